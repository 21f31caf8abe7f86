"""What people may do to any row that a worker works on."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labeling.models import Work
from labeling.services.refusals import Conflict


@transaction.atomic
def cancel_work(*, row: Work) -> None:
    """Stops work that has not ended: at once if no worker has it, at its next heartbeat otherwise."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    idle = rows.filter(Q(state__in=[Work.State.RECEIVING, Work.State.WAITING]) | Q(state=Work.State.QUEUED, attempt=0))
    ended = idle.update(state=Work.State.CANCELLED, cancel_requested=True, finished_at=timezone.now(), message="Cancelled.")
    # One that a dead worker had begun is still queued: the next worker takes away what was made, and then ends it.
    if not ended and not rows.filter(state__in=[Work.State.QUEUED, Work.State.RUNNING]).update(cancel_requested=True):
        raise Conflict("already_finished", f"{row} has ended already; there is nothing to cancel.")
    row.refresh_from_db()
