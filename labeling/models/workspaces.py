"""A workspace and the people in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def of(self, user: User | AnonymousUser) -> WorkspaceQuerySet:
        """The workspaces a person is a member of; a superuser is in all."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(memberships__user=user)


class Workspace(models.Model):
    """One catalog under repair, its waveforms, people, runs and decisions.

    blind_share, double_share, hidden_share: of the queue, what chance sets aside for honest figures (`services.review_draw`); 0 turns one
    off. tolerance_p_s, tolerance_s_s: from which distance on a label counts as wrong and two readings as different.
    """

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=130, unique=True)
    flag_threshold = models.FloatField(default=0.5)
    blind_share = models.FloatField(default=0.05)
    double_share = models.FloatField(default=0.05)
    hidden_share = models.FloatField(default=0.05)
    tolerance_p_s = models.FloatField(default=0.1)
    tolerance_s_s = models.FloatField(default=0.2)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(flag_threshold__gte=0, flag_threshold__lte=1), name="workspace_threshold_is_probability"
            ),
            *(
                models.CheckConstraint(condition=models.Q(**{f"{name}__gte": 0, f"{name}__lte": 0.5}), name=f"workspace_{name}_is_small")
                for name in ("blind_share", "double_share", "hidden_share")
            ),
            *(
                models.CheckConstraint(condition=models.Q(**{f"{name}__gt": 0}), name=f"workspace_{name}_is_positive")
                for name in ("tolerance_p_s", "tolerance_s_s")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def tolerance_s(self, phase: str) -> float:
        """From which distance on a pick of this phase is another one."""
        return self.tolerance_s_s if phase == "S" else self.tolerance_p_s

    def role_of(self, user: User | AnonymousUser) -> str | None:
        """`admin`, `analyst` or `viewer`; None for somebody who is not a member."""
        if not user.is_authenticated:
            return None
        if user.is_superuser:
            return Membership.Role.ADMIN
        return self.memberships.filter(user=user).values_list("role", flat=True).first()


class Membership(models.Model):
    class Role(models.TextChoices):
        ADMIN = "admin"
        ANALYST = "analyst"
        VIEWER = "viewer"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.ANALYST)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["user__username"]
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace} ({self.role})"
