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
from labeling.models.flags import UNVEILED
from labeling.services.flag_facts import DISTANCE_EDGES_KM, SNR_EDGES_DB, bands
from labeling.services.veil import Veil, blind_picks, unseen_picks, veils_of, without_times


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
    withheld = serializers.SerializerMethodField(
        help_text="`proposal` where that is hidden, and all that tells its time, until the decision."
    )

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
            "withheld",
            "state",
        )

    def to_representation(self, instance: Flag) -> dict[str, Any]:
        told = super().to_representation(instance)
        if not told["withheld"]:
            return told
        nothing = dict.fromkeys(("proposed_time", "proposed_lower", "proposed_upper", "shift_s"))
        return told | nothing | {"sentence": "", "proposed_phase": "", "evidence": without_times(instance.evidence)}

    def get_withheld(self, flag: Flag) -> str:
        veils: dict[int, Veil] = self.context["view"].veils
        return Veil.PROPOSAL if veils.get(flag.pk) == Veil.PROPOSAL else Veil.NONE

    def get_flagged(self, flag: Flag) -> bool:
        threshold: float = self.context["view"].workspace.flag_threshold
        return flag.p_mislabelled >= threshold


class FlagFilter(Filters):
    run = django_filters.NumberFilter(field_name="flag_set__run_id", label="A run's id; without it, the run under review")
    kind = django_filters.ChoiceFilter(choices=Flag.Kind.choices)
    state = django_filters.ChoiceFilter(choices=Flag.State.choices)
    phase = django_filters.ChoiceFilter(choices=PHASES, field_name="label_phase")
    network = django_filters.CharFilter(field_name="network_code")
    station = django_filters.CharFilter(field_name="station_code")
    analyst = django_filters.CharFilter(field_name="author", label="Author of the pick, as the catalog names them")
    snr = django_filters.ChoiceFilter(choices=[(token, token) for token in bands(SNR_EDGES_DB)], field_name="snr_band", label="Band in dB")
    distance = django_filters.ChoiceFilter(
        choices=[(token, token) for token in bands(DISTANCE_EDGES_KM)], field_name="distance_band", label="Epicentral distance, band in km"
    )
    month = django_filters.CharFilter(field_name="month", label="Of the label, such as 2012-09")
    event = django_filters.NumberFilter(field_name="pick__event_id")
    pick = django_filters.NumberFilter(field_name="pick_id")
    min_p = django_filters.NumberFilter(field_name="p_mislabelled", lookup_expr="gte", label="Least P(mislabelled)")


class FlagViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Scored picks, the most probably mislabelled first: of the run under review, or of the one that `run` names.

    Picks of the blind slice are left out until somebody has decided about them; of hidden proposals no time is told until then.
    """

    queryset = Flag.objects.filter(pick__is_withdrawn=False).select_related("pick").defer("posterior", "alignment")
    queryset = queryset.prefetch_related("flag_set")  # one run, with all that it keeps of itself, and not once a row
    serializer_class = FlagSerializer
    filterset_class = FlagFilter
    page_order = ("-p_mislabelled", "id")
    veils: dict[int, Veil]

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        if self.action == "list" and not self.request.query_params.get("run"):
            # Looked up first: joined in, it would keep databases from walking the index that has them in this order.
            current = self.workspace.flag_sets.filter(is_current=True).values_list("pk", flat=True).first()
            return rows.filter(UNVEILED, flag_set_id=current, pick__state=Pick.State.SCORED)
        return rows.exclude(pick__in=blind_picks(self.workspace)).exclude(pick__in=unseen_picks(self.workspace, self.request.user))

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """Which proposals are hidden is asked of the page's rows alone."""
        rows = super().paginate_queryset(queryset)
        self.veils = veils_of(rows or [])
        return rows

    def get_object(self) -> Flag:
        flag: Flag = super().get_object()
        self.veils = veils_of([flag])
        return flag
