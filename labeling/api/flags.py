"""What a run said about each scored pick."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers

from labeling.api.access import WorkspaceViewSet
from labeling.api.filtering import Filters
from labeling.api.picks import PHASES, SEED_FIELDS
from labeling.models import Flag, Pick


class FlaggedPickSerializer(serializers.ModelSerializer[Pick]):
    class Meta:
        model = Pick
        fields = ("id", "source_ref", "event", *SEED_FIELDS, "phase_hint", "time", "revision", "is_removed", "in_conflict")


class FlagSerializer(serializers.ModelSerializer[Flag]):
    run = serializers.IntegerField(source="flag_set.run_id", read_only=True)
    pick = FlaggedPickSerializer(read_only=True)
    flagged = serializers.SerializerMethodField(help_text="Whether P(mislabelled) reaches the workspace's threshold.")
    shift_s = serializers.FloatField(read_only=True, allow_null=True, help_text="Proposed less given time; null where nothing is proposed.")
    evidence = serializers.DictField(read_only=True)

    class Meta:
        model = Flag
        fields = (
            "id",
            "run",
            "pick",
            "label_time",
            "label_phase",
            "p_mislabelled",
            "p_mislabelled_without_alignment",
            "flagged",
            "kind",
            "sentence",
            "proposed_time",
            "proposed_lower",
            "proposed_upper",
            "proposed_phase",
            "shift_s",
            "evidence",
            "state",
        )

    def get_flagged(self, flag: Flag) -> bool:
        threshold: float = self.context["view"].workspace.flag_threshold
        return flag.p_mislabelled >= threshold


class FlagFilter(Filters):
    run = django_filters.NumberFilter(field_name="flag_set__run_id", label="A run's id; without it, the run under review")
    kind = django_filters.ChoiceFilter(choices=Flag.Kind.choices)
    state = django_filters.ChoiceFilter(choices=Flag.State.choices)
    phase = django_filters.ChoiceFilter(choices=PHASES, field_name="label_phase")
    network = django_filters.CharFilter(field_name="pick__network_code")
    station = django_filters.CharFilter(field_name="pick__station_code")
    event = django_filters.NumberFilter(field_name="pick__event_id")
    pick = django_filters.NumberFilter(field_name="pick_id")
    min_p = django_filters.NumberFilter(field_name="p_mislabelled", lookup_expr="gte", label="Least P(mislabelled)")


class FlagViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Scored picks, the most probably mislabelled first: of the run under review, or of the one that `run` names."""

    queryset = Flag.objects.filter(pick__is_withdrawn=False).select_related("pick", "flag_set").defer("posterior", "alignment")
    serializer_class = FlagSerializer
    filterset_class = FlagFilter
    page_order = ("-p_mislabelled", "id")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset)
        if self.action == "list" and not self.request.query_params.get("run"):
            return rows.filter(flag_set__is_current=True, pick__state=Pick.State.SCORED)
        return rows
