"""Uploads, catalogs and their events."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .work import Work
from .workspaces import Workspace


class CatalogQuerySet(models.QuerySet["Catalog"]):
    def active(self) -> CatalogQuerySet:
        return self.filter(withdrawn_at=None)


class Catalog(models.Model):
    """What one import brought in. Withdrawing it hides its picks; nothing is deleted."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="catalogs")
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = CatalogQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class Import(Work):
    """An upload and what became of it. Files are received first, then a worker reads them."""

    task_name = "labeling.import_catalog"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="imports")
    catalog = models.ForeignKey(Catalog, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports")
    name = models.CharField(max_length=200)
    counts = models.JSONField(
        default=dict, blank=True
    )  # events, picks, picks_unscored, traces, stations, channels, errors, warnings, infos, repeated
    fdsn = models.JSONField(null=True, blank=True)  # service, before_s, after_s: where they are fetched from
    archive = models.JSONField(null=True, blank=True)  # name, folder, before_s, after_s: where picks without waveform look for one

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # Two at once would make rows that they have in common twice, and take rows for known that the other may yet discard.
            models.UniqueConstraint(fields=["workspace"], condition=models.Q(state="running"), name="one_import_of_a_workspace_runs")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def used_nothing(self) -> bool:
        """Whether it ended without a row, new or known: every file was refused."""
        whats = ("events", "picks", "traces", "stations", "channels")
        named = (*whats, *(f"repeated_{what}" for what in whats))
        return self.state == self.State.DONE and not any(self.counts.get(name) for name in named)


class ImportPreview(Work):
    """What an import would read, found out before it starts; nothing but this row is written. found: see `labeling.jobs.preview_import`."""

    task_name = "labeling.preview_import"

    source_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="previews")
    n_files = models.PositiveIntegerField()
    found = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Preview of {self.source_import}"


class SourceFile(models.Model):
    """One uploaded file as it came, kept under the sha256 of its content. name: relative path as uploaded.

    table_key: the same for tables of the same columns, "" for what no mapping may read. needs_mapping: it is not read without.
    """

    source_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    table_key = models.CharField(max_length=32, blank=True)
    needs_mapping = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["source_import", "name"], name="one_file_per_name_and_import")]
        indexes = [models.Index(fields=["sha256"])]

    def __str__(self) -> str:
        return self.name


class ConfirmedMapping(models.Model):
    """What somebody said of an import's tables with this key. mapping: `TableMapping` as JSON; {} where they are left out."""

    source_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="mappings")
    table_key = models.CharField(max_length=32)
    mapping = models.JSONField(default=dict, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["source_import", "table_key"], name="one_mapping_per_table_and_import")]
        indexes = [models.Index(fields=["table_key"])]

    def __str__(self) -> str:
        return f"{self.source_import}: {'left out' if self.is_left_out else 'mapped'}"

    @property
    def is_left_out(self) -> bool:
        return not self.mapping


class PartialFile(models.Model):
    """A file that comes in chunks and is not whole yet. Whole, it becomes a SourceFile. stored_as: name of what has come so far."""

    source_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="partial_files")
    name = models.CharField(max_length=500)
    stored_as = models.UUIDField(default=uuid.uuid4, editable=False)
    size_bytes = models.BigIntegerField()  # of the whole file
    received_bytes = models.BigIntegerField(default=0)
    crc32 = models.BigIntegerField(default=0)  # of the received bytes
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["source_import", "name"], name="one_partial_file_per_name_and_import")]

    def __str__(self) -> str:
        return self.name


class ImportProblemQuerySet(models.QuerySet["ImportProblem"]):
    def of_file(self, name: str) -> ImportProblemQuerySet:
        """Lines whose place is in this file, archive or folder. A line that calls a pick or trace by its own name is of no file."""
        inside = models.Q(place__startswith=f"{name}:") | models.Q(place__startswith=f"{name}/")
        return self.filter(models.Q(place=name) | inside)


class ImportProblem(models.Model):
    """A line of the import report."""

    class Severity(models.TextChoices):
        ERROR = "error"
        WARNING = "warning"
        INFO = "info"

    source_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems", db_index=False)  # heads two indexes
    severity = models.CharField(max_length=8, choices=Severity.choices)
    code = models.CharField(max_length=60)
    place = models.CharField(max_length=600)
    message = models.TextField()

    objects = ImportProblemQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["source_import", "severity", "code"]),
            models.Index(fields=["source_import", "id"], name="problem_in_order"),  # a report's pages, whatever was reported before
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Event(models.Model):
    """An earthquake, with the origin that its catalog prefers."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="events", db_index=False)  # heads other indexes
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="events")
    source_ref = models.CharField(max_length=600)
    identity = models.CharField(max_length=64)
    origin_time = models.DateTimeField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    depth_km = models.FloatField(null=True, blank=True)
    magnitude = models.FloatField(null=True, blank=True)
    magnitude_type = models.CharField(max_length=20, blank=True)
    is_withdrawn = models.BooleanField(default=False)
    is_added = models.BooleanField(default=False)  # in review, for an arrival that no event of the catalog explains; without origin
    extra = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "identity"], condition=models.Q(is_withdrawn=False), name="event_is_imported_once")
        ]
        indexes = [
            models.Index(fields=["workspace", "origin_time"]),
            models.Index(fields=["workspace", "source_ref"], name="event_by_name"),  # the queue, the list of picks and the search ask so
        ]

    def __str__(self) -> str:
        return self.source_ref
