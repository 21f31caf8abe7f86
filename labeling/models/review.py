"""What people decided. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from .flags import Flag
from .picks import Pick
from .workspaces import Workspace


class DecisionQuerySet(models.QuerySet["Decision"]):
    def standing_at(self, moment: datetime) -> DecisionQuerySet:
        """Decisions that counted at a moment: applied, and not taken back until then. Skips and undos decide nothing."""
        made = self.filter(made_at__lte=moment, is_conflicting=False).exclude(kind__in=[Decision.Kind.SKIP, Decision.Kind.UNDO])
        return made.exclude(undone_by__made_at__lte=moment)


class Decision(models.Model):
    """One decision of one analyst. Undo is a decision of its own; nothing here is updated or deleted.

    client_id: made by the client, so that a decision sent twice is stored once. shown: what the analyst had before them.
    seen_revision: the pick's newest revision as the analyst saw it.
    """

    class Kind(models.TextChoices):
        ACCEPT = "accept"
        REJECT = "reject"
        MOVE = "move"
        CHANGE_PHASE = "change_phase"
        REMOVE = "remove"
        ADD = "add"
        SKIP = "skip"
        UNDO = "undo"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="decisions")
    client_id = models.UUIDField()
    pick = models.ForeignKey(Pick, on_delete=models.CASCADE, related_name="decisions")
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions")
    analyst = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    time = models.DateTimeField(null=True, blank=True)
    phase = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    shown = models.JSONField(default=dict, blank=True)
    seen_revision = models.PositiveIntegerField(default=0)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    is_conflicting = models.BooleanField(default=False)  # somebody else had decided unseen; kept, not applied
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
        ]
        indexes = [models.Index(fields=["workspace", "analyst", "-id"])]

    def __str__(self) -> str:
        return f"{self.analyst}: {self.kind} {self.pick}"
