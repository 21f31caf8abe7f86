"""Picks in their newest revision, and how they came to be what they are."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import WorkspaceViewSet, is_schema_view
from labeling.api.decisions import DecisionSerializer
from labeling.api.filtering import Filters
from labeling.models import Decision, Pick, PickRevision
from labeling.services.veil import told, unseen_picks

PHASES = [("P", "P"), ("S", "S")]
SEED_FIELDS = ("network_code", "station_code", "location_code", "channel_code")


class PickSerializer(serializers.ModelSerializer[Pick]):
    class Meta:
        model = Pick
        fields = (
            "id",
            "source_ref",
            "catalog",
            "event",
            "trace",
            *SEED_FIELDS,
            "time",
            "time_is_relative",
            "phase_hint",
            "uncertainty_s",
            "lower_uncertainty_s",
            "upper_uncertainty_s",
            "weight",
            "onset",
            "polarity",
            "evaluation_mode",
            "evaluation_status",
            "agency_id",
            "author",
            "state",
            "unscored_reason",
            "unscored_message",
            "revision",
            "is_removed",
            "is_added",
            "in_conflict",
            "arrival_group",
        )


class PickRevisionSerializer(serializers.ModelSerializer[PickRevision]):
    class Meta:
        model = PickRevision
        fields = ("number", *PickRevision.LABEL, "decision", "created_at")


class PickHistorySerializer(serializers.Serializer[Any]):
    revisions = PickRevisionSerializer(many=True)
    decisions = DecisionSerializer(many=True)


class PickFilter(Filters):
    network = django_filters.CharFilter(field_name="network_code")
    station = django_filters.CharFilter(field_name="station_code")
    phase = django_filters.ChoiceFilter(choices=PHASES, field_name="phase_hint", lookup_expr="istartswith")
    state = django_filters.ChoiceFilter(choices=Pick.State.choices)
    unscored_reason = django_filters.CharFilter()
    time_from = django_filters.IsoDateTimeFilter(field_name="time", lookup_expr="gte")
    time_before = django_filters.IsoDateTimeFilter(field_name="time", lookup_expr="lt")
    event = django_filters.NumberFilter(field_name="event_id")
    catalog = django_filters.NumberFilter(field_name="catalog_id")
    trace = django_filters.NumberFilter(field_name="trace_id")
    source_ref = django_filters.CharFilter()
    in_conflict = django_filters.BooleanFilter()
    is_removed = django_filters.BooleanFilter()
    is_added = django_filters.BooleanFilter()


class PickViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Picks of the catalogs that are not withdrawn, in the order of their times, removed ones included."""

    queryset = Pick.objects.active()
    serializer_class = PickSerializer
    filterset_class = PickFilter
    page_order = ("time", "id")

    def get_queryset(self) -> QuerySet[Pick]:
        picks: QuerySet[Pick] = super().get_queryset()
        return picks if is_schema_view(self) else picks.exclude(pk__in=unseen_picks(self.workspace, self.request.user))

    @extend_schema(responses=PickHistorySerializer, summary="Every revision of a pick, and every decision on it", filters=False)
    @action(detail=True, pagination_class=None)
    def history(self, request: Request, **_: Any) -> Response:
        pick = self.get_object()
        known = told(Decision.objects.filter(revisions__pick=pick), request.user)
        revisions = pick.revisions.filter(Q(decision=None) | Q(decision__in=known.values("pk"))).order_by("number")
        decisions = told(pick.decisions.all(), request.user).select_related("analyst").order_by("id")
        return Response(PickHistorySerializer({"revisions": revisions, "decisions": decisions}, context=self.get_serializer_context()).data)
