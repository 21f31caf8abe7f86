"""Brings back what a dead worker or a lost message left: rows are requeued and sent again, by task name."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from labeling.jobs.lease import stale_before
from labeling.jobs.nudge import nudge
from labeling.models import Work

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5  # a row that kills its worker each time must not do so for ever


def take_up_lost_work() -> int:
    """Requeues stale rows, sends queued rows that wait too long. Returns how many were sent."""
    return sum(_take_up(model) for model in Work.__subclasses__())


def _take_up(model: type[Work]) -> int:
    now = timezone.now()
    rows = model._default_manager
    stale = rows.filter(state=Work.State.RUNNING, heartbeat_at__lt=stale_before())
    given_up = stale.filter(attempt__gte=MAX_ATTEMPTS).update(
        state=Work.State.FAILED,
        lease=None,
        finished_at=now,
        message=f"The worker died {MAX_ATTEMPTS} times over this; it is not tried again. Look into the workers' log for the reason.",
    )
    if given_up:
        logger.error("%s: %d given up after %d attempts", model.__name__, given_up, MAX_ATTEMPTS)
    stale.update(state=Work.State.QUEUED, lease=None, sent_at=None)
    # One that was begun goes to a worker all the same, which takes away what the dead one had made.
    unbegun = rows.filter(state=Work.State.QUEUED, cancel_requested=True, attempt=0)
    unbegun.update(state=Work.State.CANCELLED, finished_at=now, message="Cancelled.")
    unsent = Q(sent_at=None) | Q(sent_at__lt=now - timedelta(seconds=settings.WORK_RESEND_S))
    sent = 0
    for pk, sent_at in list(rows.filter(unsent, state=Work.State.QUEUED).values_list("pk", "sent_at")[:1000]):
        # Compare-and-set, so that two schedulers at once send once.
        if rows.filter(pk=pk, state=Work.State.QUEUED, sent_at=sent_at).update(sent_at=now):
            nudge(model, pk)
            sent += 1
    return sent
