"""Immutable sets of pick states, and what was exported of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .picks import Pick, PickRevision
from .work import Work
from .workspaces import Workspace


class Snapshot(models.Model):
    """The state of every active pick at one moment. content_hash: sha256 over its picks' identities and states, in order."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    content_hash = models.CharField(max_length=64)
    n_picks = models.PositiveIntegerField(default=0)
    n_removed = models.PositiveIntegerField(default=0)
    n_changed = models.PositiveIntegerField(default=0)  # picks not as they were imported or added
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="one_snapshot_per_number")]

    def __str__(self) -> str:
        return f"Snapshot {self.number}"


class SnapshotPick(models.Model):
    """One pick in one snapshot, by its revision."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="picks")
    pick = models.ForeignKey(Pick, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(PickRevision, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "pick"], name="pick_is_in_a_snapshot_once")]

    def __str__(self) -> str:
        return f"{self.pick} in {self.snapshot}"


class Export(Work):
    """A snapshot written in one form, to download. path: below the data folder's `exports`."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        SEISBENCH = "seisbench", "SeisBench"
        QUAKEML = "quakeml", "QuakeML"
        PARQUET = "parquet", "Parquet"
        SCML = "scml", "SC3ML (SeisComP)"
        PHASENET = "phasenet", "PhaseNet"
        NORDIC = "nordic", "Nordic (SEISAN 12)"
        NONLINLOC = "nonlinloc", "NonLinLoc"
        HYPODD = "hypodd", "HypoDD"
        HISTORY = "history", "History (JSON lines)"

    task_name = "labeling.export_snapshot"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="exports")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="exports")
    format = models.CharField(max_length=12, choices=Format.choices)
    path = models.CharField(max_length=300, blank=True)
    size_bytes = models.BigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    not_held = models.JSONField(default=list, blank=True)  # what the form cannot hold, in words

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.snapshot} as {self.format}"
