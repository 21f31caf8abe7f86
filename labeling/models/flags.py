"""What a run says about picks: P(mislabelled), evidence and a proposal."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from .catalogs import Catalog
from .picks import Pick
from .snapshots import Snapshot
from .workspaces import Workspace

# What queues are narrowed by, each with what else is counted from the same index.
NARROWED_BY = {
    "kind": ("label_phase",),
    "network_code": ("station_code",),
    "station_code": (),
    "author": (),
    "snr_band": (),
    "distance_band": (),
    "month": (),
}
UNVEILED = models.Q(drawn_place=None) | models.Q(state="decided")  # of the run under review
LEAST_P_TO_REMOVE = 0.9  # as for the changes that a run proposes (flagging.proposals.ProposalConfig.least_p)


class FlagSetQuerySet(models.QuerySet["FlagSet"]):
    def with_withdrawals(self) -> models.QuerySet[Any]:
        """Each with `was_withdrawn_from`: whether picks that it judged, or their waveforms, may have been withdrawn with a catalog."""
        since = Catalog.objects.filter(workspace=OuterRef("workspace"), withdrawn_at__gte=OuterRef("snapshot__created_at"))
        return self.annotate(was_withdrawn_from=Exists(since))


class FlagSet(models.Model):
    """All flags of one run. Labeling knows the run as an id and a copied provenance, no more.

    provenance: configuration, seed, code version, checkpoint sha256. calibration: rows of threshold, n_flagged, expected errors,
    share of planted errors found. posterior_offsets_s, alignment_offsets_s: [first, step, count] of their time axes.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="flag_sets")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="flag_sets")
    run_id = models.BigIntegerField(unique=True)
    run_name = models.CharField(max_length=200)
    provenance = models.JSONField(default=dict)
    calibration = models.JSONField(default=dict, blank=True)
    statements = models.JSONField(default=list, blank=True)
    posterior_offsets_s = models.JSONField(default=list, blank=True)
    alignment_offsets_s = models.JSONField(default=list, blank=True)
    is_current = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FlagSetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace"], condition=models.Q(is_current=True), name="one_current_flag_set"),
        ]

    def __str__(self) -> str:
        return self.run_name


class FlagQuerySet(models.QuerySet["Flag"]):
    def current(self, workspace: Workspace) -> FlagQuerySet:
        """Active flags of the run that the workspace reviews."""
        return self.active().filter(workspace=workspace, flag_set__is_current=True)

    def active(self) -> FlagQuerySet:
        """On active picks whose waveform was not withdrawn since."""
        return self.filter(pick__is_withdrawn=False, pick__state=Pick.State.SCORED)

    def above(self, threshold: float) -> FlagQuerySet:
        return self.filter(p_mislabelled__gte=threshold)

    def queued_above(self, threshold: float) -> FlagQuerySet:
        """By the place in the queue: what is shown blind stands at a place drawn at random, which tells nothing of its own P."""
        return self.filter(queue_place__gte=threshold)

    def unveiled(self) -> FlagQuerySet:
        """Of the run under review, all but the blind slice's that are not decided yet."""
        return self.filter(UNVEILED)

    def in_queue_order(self) -> FlagQuerySet:
        return self.order_by("-queue_place", "id")

    def open(self) -> FlagQuerySet:
        return self.filter(state=Flag.State.OPEN)

    def worst_first(self) -> FlagQuerySet:
        return self.order_by("-p_mislabelled", "id")


class Flag(models.Model):
    """One scored pick in one run, flagged or not (that is a matter of the threshold).

    kind: what kind of error it would be; filled for every scored pick. proposed_*: null where a proposal is withheld.
    posterior: float16 little-endian, relative to the label, over the flag set's `posterior_offsets_s`. alignment: the same of how well the
    label would fit the waveform elsewhere, over `alignment_offsets_s`; empty for a network without alignment. drawn_place: of a flag in the
    blind slice, the P of another flag drawn at random, where it stands in the queue; null for all others.
    network_code to month: copied from the pick when the flag is recorded (`services.flag_facts`), so that no filter needs a join.
    """

    class Kind(models.TextChoices):
        TIMING = "timing"
        PHASE = "phase"
        NO_ARRIVAL = "no_arrival"
        MISSED_ARRIVAL = "missed_arrival"
        GROUP_OFFSET = "group_offset"
        DUPLICATE = "duplicate"

    class State(models.TextChoices):
        OPEN = "open"
        DECIDED = "decided"
        SKIPPED = "skipped"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="flags", db_index=False)  # found by its flag set
    flag_set = models.ForeignKey(FlagSet, on_delete=models.CASCADE, related_name="flags")
    pick = models.ForeignKey(Pick, on_delete=models.CASCADE, related_name="flags")
    label_time = models.DateTimeField()  # the label that was judged
    label_phase = models.CharField(max_length=1)
    p_mislabelled = models.FloatField()
    p_mislabelled_without_alignment = models.FloatField(null=True, blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True)
    sentence = models.CharField(max_length=400, blank=True)
    evidence = models.JSONField(default=dict)
    proposed_time = models.DateTimeField(null=True, blank=True)
    proposed_lower = models.DateTimeField(null=True, blank=True)
    proposed_upper = models.DateTimeField(null=True, blank=True)
    proposed_phase = models.CharField(max_length=1, blank=True)
    posterior = models.BinaryField(default=b"", editable=False)
    alignment = models.BinaryField(default=b"", editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    drawn_place = models.FloatField(null=True, blank=True, editable=False)
    queue_place = models.GeneratedField(
        expression=Coalesce("drawn_place", "p_mislabelled"), output_field=models.FloatField(), db_persist=True
    )
    network_code = models.CharField(max_length=8, blank=True)
    station_code = models.CharField(max_length=64, blank=True)
    author = models.CharField(max_length=200, blank=True)
    snr_band = models.CharField(max_length=8, blank=True)
    distance_band = models.CharField(max_length=8, blank=True)
    month = models.CharField(max_length=7, blank=True)  # 2012-09

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag_set", "pick"], name="one_flag_per_pick_and_run"),
            models.CheckConstraint(condition=models.Q(p_mislabelled__gte=0, p_mislabelled__lte=1), name="p_mislabelled_is_probability"),
        ]
        indexes = [
            models.Index("flag_set", models.F("p_mislabelled").desc(), "id", name="flag_worst_first"),
            # P comes last for the sum over the queue, which so reads no rows.
            models.Index("flag_set", "state", models.F("queue_place").desc(), "id", "p_mislabelled", name="flag_place"),
            # Of the few that are drawn all that progress and veils ask for, so that none of their rows is read.
            models.Index(
                fields=["flag_set", "drawn_place", "state", "pick", "p_mislabelled"],
                condition=models.Q(drawn_place__isnull=False),
                name="flag_blind",
            ),
            *(
                models.Index("flag_set", name, "state", models.F("queue_place").desc(), "id", *counted, name=f"flag_by_{name}")
                for name, counted in NARROWED_BY.items()
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pick}: {self.p_mislabelled:.2f}"

    @property
    def proposes_removal(self) -> bool:
        """Whether the label should go; where that is less sure than LEAST_P_TO_REMOVE, nothing is proposed."""
        return self.kind in (self.Kind.NO_ARRIVAL, self.Kind.DUPLICATE) and self.p_mislabelled >= LEAST_P_TO_REMOVE

    @property
    def proposed_action(self) -> str:
        """What accepting would do: `remove`, `add`, `move`, `change_phase`; "" where nothing is proposed."""
        if self.proposes_removal:
            return "remove"
        if self.proposed_time is None:
            return "change_phase" if self.proposed_phase else ""
        if self.kind == self.Kind.MISSED_ARRIVAL:
            return "add"
        has_other_phase = self.proposed_phase not in ("", self.label_phase)
        return "change_phase" if has_other_phase and self.proposed_time == self.label_time else "move"

    @property
    def new_phase(self) -> str:
        """The phase of the arrival to be added, or that the pick would have instead of its own; "" where neither is proposed."""
        if self.proposed_action == "add":
            return self.proposed_phase or self.label_phase
        return self.proposed_phase if self.proposed_action and self.proposed_phase != self.label_phase else ""

    @property
    def shift_s(self) -> float | None:
        """proposed − given; None where nothing is proposed."""
        if self.proposed_time is None:
            return None
        return (self.proposed_time - self.label_time).total_seconds()
