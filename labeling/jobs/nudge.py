"""Telling a worker about a queued row. A nudge may be lost: `take_up_lost_work` finds the row all the same."""

from __future__ import annotations

import logging

from celery import current_app
from django.utils import timezone
from kombu.exceptions import OperationalError

from labeling.models import Work

logger = logging.getLogger(__name__)


def nudge(model: type[Work], pk: int) -> None:
    """Sends the row's task by name. Where the broker is away, the row waits for the next look."""
    try:
        current_app.send_task(model.task_name, args=[pk], retry=False)
    except OperationalError:
        logger.warning("The broker can't be reached; %s %s waits until it can.", model.__name__, pk)
        return
    model._default_manager.filter(pk=pk).update(sent_at=timezone.now())
