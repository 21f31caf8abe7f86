"""Traces: what recordings there are. The samples themselves travel as binary, not here."""

from __future__ import annotations

import django_filters
from rest_framework import mixins, serializers

from labeling.api.access import WorkspaceViewSet
from labeling.api.filtering import Filters
from labeling.models import Trace


class TraceSerializer(serializers.ModelSerializer[Trace]):
    channel_codes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Trace
        fields = (
            "id",
            "catalog",
            "event",
            "source_ref",
            "network_code",
            "station_code",
            "location_code",
            "channel_codes",
            "start_time",
            "end_time",
            "sampling_rate_hz",
            "n_samples",
            "time_is_relative",
        )


class TraceFilter(Filters):
    network = django_filters.CharFilter(field_name="network_code")
    station = django_filters.CharFilter(field_name="station_code")
    catalog = django_filters.NumberFilter(field_name="catalog_id")
    event = django_filters.NumberFilter(field_name="event_id")
    covers = django_filters.IsoDateTimeFilter(method="filter_covers", label="Traces that cover this time")

    def filter_covers(self, rows: object, _name: str, time: object) -> object:
        return rows.filter(start_time__lte=time, end_time__gte=time)  # type: ignore[attr-defined]


class TraceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Recordings in the order of their start. A location code of "" is empty, null is missing."""

    queryset = Trace.objects.filter(is_withdrawn=False)
    serializer_class = TraceSerializer
    filterset_class = TraceFilter
    page_order = ("start_time", "id")
