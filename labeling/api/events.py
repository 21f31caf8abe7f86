"""Events of the catalogs that are not withdrawn."""

from __future__ import annotations

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework import mixins, serializers

from labeling.api.access import WorkspaceViewSet, is_schema_view
from labeling.api.filtering import Filters
from labeling.models import Event, Pick
from labeling.services.veil import unseen_picks


class EventSerializer(serializers.ModelSerializer[Event]):
    class Meta:
        model = Event
        fields = (
            "id",
            "catalog",
            "source_ref",
            "origin_time",
            "latitude",
            "longitude",
            "depth_km",
            "magnitude",
            "magnitude_type",
            "is_added",
        )


class EventFilter(Filters):
    catalog = django_filters.NumberFilter(field_name="catalog_id")
    origin_time_from = django_filters.IsoDateTimeFilter(field_name="origin_time", lookup_expr="gte")
    origin_time_before = django_filters.IsoDateTimeFilter(field_name="origin_time", lookup_expr="lt")
    source_ref = django_filters.CharFilter()
    is_added = django_filters.BooleanFilter()


class EventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Earthquakes with the origin that their catalog prefers."""

    queryset = Event.objects.filter(is_withdrawn=False)
    serializer_class = EventSerializer
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Event]:
        events: QuerySet[Event] = super().get_queryset()
        if is_schema_view(self):
            return events
        seen = Pick.objects.standing().exclude(pk__in=unseen_picks(self.workspace, self.request.user))
        return events.filter(Q(is_added=False) | Exists(seen.filter(event=OuterRef("pk"))))
