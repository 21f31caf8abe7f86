"""Counts over all picks and flags of a workspace, kept since a million of them take seconds to count."""

from __future__ import annotations

from django.db import models

from .workspaces import Workspace


class OverviewCounts(models.Model):
    """What `services.overview_counts` counted, as JSON. asked_at: when a worker was last asked to count again."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="overview_counts")
    counts = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "overview counts"

    def __str__(self) -> str:
        return f"counts of {self.workspace}"
