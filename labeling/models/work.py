"""The row that a worker works on: its state, its lease and its progress.

The database is the truth about work under way; a broker message is only a nudge.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Work(models.Model):
    """What imports, exports, runs and folds have in common. States change by compare-and-set, in `labeling.jobs.lease`."""

    class State(models.TextChoices):
        RECEIVING = "receiving"  # files are still being uploaded
        QUEUED = "queued"
        RUNNING = "running"
        WAITING = "waiting"  # for other rows: a run for its folds
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    FINISHED = (State.DONE, State.FAILED, State.CANCELLED)

    task_name: ClassVar[str]  # the Celery task that takes the row's id

    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempt = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    progress = models.FloatField(default=0.0)
    message = models.CharField(max_length=300, blank=True)
    error_reference = models.CharField(max_length=12, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED

    @property
    def percent(self) -> int:
        return round(100 * self.progress)

    @property
    def duration_s(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()
