"""Telling a worker that a row is ready: after the commit, so that it finds the row."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from labeling.jobs.nudge import nudge
from labeling.models import Work


def send_after_commit(row: Work) -> None:
    """Nudges a worker about a queued row."""
    transaction.on_commit(partial(nudge, type(row), row.pk), robust=True)
