"""What people decided. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from .catalogs import Event
from .flags import Flag
from .picks import Pick
from .workspaces import Workspace


class DecisionQuerySet(models.QuerySet["Decision"]):
    def applied(self) -> DecisionQuerySet:
        """Those that were not kept aside: neither in conflict with an unseen one, nor a reading that waits for a second one."""
        return self.filter(is_conflicting=False, is_reading=False)

    def standing_at(self, moment: datetime) -> DecisionQuerySet:
        """Decisions that counted at a moment: applied, and not taken back until then. Skips, undos and comments decide nothing."""
        made = self.applied().filter(made_at__lte=moment).exclude(kind__in=Decision.DECIDES_NOTHING)
        return made.exclude(undone_by__made_at__lte=moment)


class DecisionBatch(models.Model):
    """Many decisions taken at once, or the undo of such a batch. n_left_out: by reason, how many of the flags asked for got none."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="batches")
    client_id = models.UUIDField()
    analyst = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="batches")
    criteria = models.JSONField(default=dict, blank=True)  # what the analyst chose the flags by
    n_decided = models.PositiveIntegerField(default=0)
    n_left_out = models.JSONField(default=dict, blank=True)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "decision batches"
        constraints = [models.UniqueConstraint(fields=["workspace", "client_id"], name="batch_is_stored_once")]

    def __str__(self) -> str:
        return f"{self.analyst}: {self.n_decided} at once"


class Decision(models.Model):
    """One decision of one analyst. Undo is a decision of its own; nothing here is updated or deleted.

    client_id: made by the client, so that a decision sent twice is stored once. shown: what the analyst had before them.
    seen_revision: the pick's newest revision as the analyst saw it. uncertainty_s, weight, onset, polarity: what the decision set; null or
    blank where it left them as they were. reason: of a comment, its text.
    """

    class Kind(models.TextChoices):
        ACCEPT = "accept"
        REJECT = "reject"
        MOVE = "move"
        CHANGE_PHASE = "change_phase"
        REMOVE = "remove"
        ADD = "add"
        DESCRIBE = "describe"  # polarity, onset, weight or uncertainty, and the pick stays where it is
        COMMENT = "comment"
        SKIP = "skip"
        UNDO = "undo"

    DECIDES_NOTHING = (Kind.COMMENT, Kind.SKIP, Kind.UNDO)
    NO_VERDICT = (Kind.ADD, Kind.DESCRIBE, *DECIDES_NOTHING)  # they don't say whether the pick before the analyst is right

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="decisions")
    client_id = models.UUIDField()
    pick = models.ForeignKey(Pick, on_delete=models.CASCADE, related_name="decisions")
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions")
    analyst = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    time = models.DateTimeField(null=True, blank=True)
    phase = models.CharField(max_length=16, blank=True)
    uncertainty_s = models.FloatField(null=True, blank=True)
    weight = models.SmallIntegerField(null=True, blank=True)
    onset = models.CharField(max_length=12, blank=True)
    polarity = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    shown = models.JSONField(default=dict, blank=True)
    seen_revision = models.PositiveIntegerField(default=0)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")  # of the arrival that was added
    batch = models.ForeignKey(DecisionBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions")
    is_conflicting = models.BooleanField(default=False)  # somebody else had decided unseen; kept, not applied
    is_reading = models.BooleanField(default=False)  # one of two independent ones on a doubly reviewed item; kept, not applied
    made_at = models.DateTimeField(auto_now_add=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "client_id"], name="decision_is_stored_once"),
            models.CheckConstraint(
                condition=models.Q(kind="undo", undoes__isnull=False) | (~models.Q(kind="undo") & models.Q(undoes__isnull=True)),
                name="undo_names_what_it_undoes",
            ),
            models.CheckConstraint(condition=~models.Q(kind="move") | models.Q(time__isnull=False), name="move_has_a_time"),
            models.CheckConstraint(condition=~models.Q(kind="change_phase") | ~models.Q(phase=""), name="change_phase_has_a_phase"),
            models.CheckConstraint(condition=~models.Q(kind="comment") | ~models.Q(reason=""), name="comment_has_a_text"),
            models.CheckConstraint(
                condition=~models.Q(kind="describe")
                | models.Q(uncertainty_s__isnull=False)
                | models.Q(weight__isnull=False)
                | ~models.Q(onset="")
                | ~models.Q(polarity=""),
                name="describe_sets_something",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "analyst", "-id"]),
            # What pages ask for every few seconds, however many decisions there are.
            models.Index(fields=["workspace", "made_at"], name="decision_of_a_day"),
            models.Index(fields=["workspace", "analyst"], condition=models.Q(is_reading=True), name="decision_reading"),
            models.Index(fields=["workspace"], condition=models.Q(kind="add"), name="decision_added"),
        ]

    def __str__(self) -> str:
        return f"{self.analyst}: {self.kind} {self.pick}"

    def described(self) -> dict[str, float | int | str]:
        """What it set besides time and phase, by the names of a label."""
        said = {name: getattr(self, name) for name in ("uncertainty_s", "weight", "onset", "polarity")}
        return {name: value for name, value in said.items() if value not in (None, "")}


class ReviewLease(models.Model):
    """A flag that somebody has open, or will open next. It says so to others for some minutes; renewed while the page is open.

    page: made by each page of the review screen as it opens, so that two tabs of one person keep apart what they have open.
    """

    flag = models.OneToOneField(Flag, on_delete=models.CASCADE, related_name="lease")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    analyst = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.UUIDField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.analyst}: {self.flag_id} until {self.until}"
