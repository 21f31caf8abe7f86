"""Picks and their revisions."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Coalesce

from labeling.seismo.phases import phase_family

from .catalogs import Catalog, Event
from .waveforms import Trace
from .workspaces import Workspace


class PickQuerySet(models.QuerySet["Pick"]):
    def active(self) -> PickQuerySet:
        """Picks of catalogs that were not withdrawn, removed ones included."""
        return self.filter(is_withdrawn=False)

    def standing(self) -> PickQuerySet:
        """Active picks that nobody removed."""
        return self.filter(is_withdrawn=False, is_removed=False)

    def corrected(self) -> PickQuerySet:
        """Picks that are not as they were imported (or added) any more. A correction that was undone leaves none."""
        return self.filter(revision__gt=0).exclude(is_as_imported())


class Pick(models.Model):
    """A time read on a trace, in its newest revision. What was imported is revision 0 of `revisions` and stays for ever.

    phase_hint: the analyst's guess as written. A code of "" is empty, None is missing.
    """

    class State(models.TextChoices):
        UNSCORED = "unscored"
        SCORED = "scored"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="picks", db_index=False)  # heads other indexes
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="picks", db_index=False)  # heads an index of its own
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.SET_NULL, related_name="picks")
    trace = models.ForeignKey(Trace, null=True, blank=True, on_delete=models.SET_NULL, related_name="picks", db_index=False)  # `pick_trace`
    source_ref = models.CharField(max_length=600)
    identity = models.CharField(max_length=64)

    network_code = models.CharField(max_length=8, null=True, blank=True)
    station_code = models.CharField(max_length=64)
    location_code = models.CharField(max_length=8, null=True, blank=True)
    channel_code = models.CharField(max_length=8, null=True, blank=True)

    time = models.DateTimeField()
    phase_hint = models.CharField(max_length=16, blank=True)
    time_is_relative = models.BooleanField(default=False)
    uncertainty_s = models.FloatField(null=True, blank=True)
    lower_uncertainty_s = models.FloatField(null=True, blank=True)
    upper_uncertainty_s = models.FloatField(null=True, blank=True)
    weight = models.SmallIntegerField(null=True, blank=True)
    onset = models.CharField(max_length=12, blank=True)
    polarity = models.CharField(max_length=12, blank=True)
    evaluation_mode = models.CharField(max_length=10, blank=True)
    evaluation_status = models.CharField(max_length=12, blank=True)
    agency_id = models.CharField(max_length=120, blank=True)
    author = models.CharField(max_length=200, blank=True)
    method_id = models.CharField(max_length=300, blank=True)
    creation_time = models.DateTimeField(null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True)

    state = models.CharField(max_length=8, choices=State.choices, default=State.UNSCORED)
    unscored_reason = models.CharField(max_length=60, blank=True)  # a token such as no_waveform; empty once scored
    unscored_message = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=0)  # number of the newest revision
    is_removed = models.BooleanField(default=False)
    is_added = models.BooleanField(default=False)
    in_conflict = models.BooleanField(default=False)
    is_withdrawn = models.BooleanField(default=False)
    arrival_group = models.BigIntegerField(null=True, blank=True)  # picks of one arrival share the id of the first of them

    objects = PickQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "identity"], condition=models.Q(is_withdrawn=False), name="pick_is_imported_once"),
            models.CheckConstraint(
                condition=models.Q(state="scored", unscored_reason="") | models.Q(state="unscored"), name="scored_pick_has_no_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["catalog", "id"]),  # a catalog's newest and its pages, before PostgreSQL has counted its rows too
            models.Index(fields=["workspace", "time", "id"]),
            models.Index(fields=["workspace", "time", "id"], condition=models.Q(revision__gt=0), name="pick_revised"),
            models.Index(fields=["workspace", "time", "id"], condition=models.Q(in_conflict=True), name="pick_in_conflict"),
            models.Index(fields=["workspace", "time", "id"], condition=models.Q(state="unscored"), name="pick_unscored"),
            models.Index(fields=["workspace", "station_code", "time"]),
            models.Index(fields=["trace"], condition=models.Q(trace__isnull=False), name="pick_trace"),
            models.Index(fields=["workspace", "arrival_group"], condition=models.Q(arrival_group__isnull=False), name="pick_arrival_group"),
        ]

    def __str__(self) -> str:
        return f"{self.seed_id} {self.phase_hint}"

    @property
    def seed_id(self) -> str:
        """NET.STA.LOC.CHA; an empty location is written `--`, what is missing is blank."""
        location = "--" if self.location_code == "" else self.location_code or ""
        return f"{self.network_code or ''}.{self.station_code}.{location}.{self.channel_code or ''}"

    @property
    def phase(self) -> str:
        """`P`, `S` or "" — the family that the hint belongs to."""
        return phase_family(self.phase_hint)


def is_as_imported(pick: str = "pk", label: str = "") -> Exists:
    """Whether a label is that of its pick's revision 0. pick, label: how rows lead to the pick's id and to the columns of the label."""
    # In SQL nothing equals what is missing, so a value that no reading has stands for it.
    spread, weight = Coalesce("uncertainty_s", Value(-1.0)), Coalesce("weight", Value(-1))
    first = PickRevision.objects.alias(spread=spread, known_weight=weight).filter(
        pick=OuterRef(pick),
        number=0,
        spread=Coalesce(OuterRef(f"{label}uncertainty_s"), Value(-1.0)),
        known_weight=Coalesce(OuterRef(f"{label}weight"), Value(-1)),
        **{name: OuterRef(f"{label}{name}") for name in PickRevision.LABEL if name not in ("uncertainty_s", "weight")},
    )
    return Exists(first)


class PickRevision(models.Model):
    """One state of a pick. Number 0 is what was imported (or added); each later one is a decision's work. Never updated."""

    LABEL = ("time", "phase_hint", "uncertainty_s", "weight", "onset", "polarity", "is_removed")  # what people decide on

    pick = models.ForeignKey(Pick, on_delete=models.CASCADE, related_name="revisions", db_index=False)  # heads the constraint's index
    number = models.PositiveIntegerField()
    time = models.DateTimeField()
    phase_hint = models.CharField(max_length=16, blank=True)
    uncertainty_s = models.FloatField(null=True, blank=True)
    weight = models.SmallIntegerField(null=True, blank=True)
    onset = models.CharField(max_length=12, blank=True)
    polarity = models.CharField(max_length=12, blank=True)
    is_removed = models.BooleanField(default=False)
    decision = models.ForeignKey(
        "labeling.Decision", null=True, blank=True, on_delete=models.PROTECT, related_name="revisions", db_index=False
    )  # none for what was imported: `revision_decision` leaves those out
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pick", "number"]
        constraints = [
            models.UniqueConstraint(fields=["pick", "number"], name="one_revision_per_number"),
        ]
        indexes = [
            models.Index(fields=["decision"], condition=models.Q(decision__isnull=False), name="revision_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.pick} r{self.number}"
