"""How a worker takes a row, shows that it is alive, and hands the row back: all by compare-and-set.

A row may be sent any number of times and a job may run twice; only who holds the lease can write.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labeling.bucket import StorageUnreachable
from labeling.models import Work

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else has the row now, or it is finished. Whoever sees this stops and writes nothing."""


class CancelRequested(Exception):
    """A person asked for the row's work to stop."""


class JobFailed(Exception):
    """The work can't be done, for a reason that the person at the screen can mend. The text is shown to them."""


class Lease:
    """The right to work on one row. `beat` and `finish` raise LeaseLost once the row is somebody else's."""

    def __init__(self, row: Work, token: uuid.UUID) -> None:
        self.row = row
        self.token = token
        self._last_beat = time.monotonic()

    def _mine(self) -> Any:
        return type(self.row)._default_manager.filter(pk=self.row.pk, lease=self.token, state=Work.State.RUNNING)

    def write(self, **values: Any) -> None:
        """Writes columns of the row while it is mine."""
        if not self._mine().update(heartbeat_at=timezone.now(), **values):
            raise LeaseLost(f"{type(self.row).__name__} {self.row.pk}")
        for name, value in values.items():
            setattr(self.row, name, value)

    def beat(self, *, progress: float | None = None, message: str | None = None) -> None:
        """Shows life and progress, and looks whether to stop. Raises CancelRequested or LeaseLost."""
        values: dict[str, Any] = {}
        if progress is not None:
            values["progress"] = min(1.0, max(0.0, progress))
        if message is not None:
            values["message"] = message[:300]
        self.write(**values)
        self._last_beat = time.monotonic()
        if self._mine().filter(cancel_requested=True).exists():
            raise CancelRequested

    def beat_if_due(self, *, progress: float | None = None, message: str | None = None, every_s: float = 1.0) -> None:
        """`beat`, but at most once in `every_s` seconds, for inner loops."""
        if self.beat_is_due(every_s=every_s):
            self.beat(progress=progress, message=message)

    def beat_is_due(self, *, every_s: float = 1.0) -> bool:
        """Whether the last beat is that long ago: for inner loops that don't want to word a message each time."""
        return time.monotonic() - self._last_beat >= every_s

    def finish(self, state: str = Work.State.DONE, **values: Any) -> None:
        """Ends the work. To be called in the transaction that commits its result."""
        done = {"progress": 1.0, "finished_at": timezone.now()} if state == Work.State.DONE else {}
        if state in (Work.State.FAILED, Work.State.CANCELLED):
            done = {"finished_at": timezone.now()}
        updated = self._mine().update(state=state, lease=None, heartbeat_at=timezone.now(), **{**done, **values})
        if not updated:
            raise LeaseLost(f"{type(self.row).__name__} {self.row.pk}")


def claim(model: type[Work], pk: int) -> Lease | None:
    """Takes a queued row. None if there is nothing to do: it is not queued any more, or one that it must wait for still runs."""
    token = uuid.uuid4()
    now = timezone.now()
    rows = model._default_manager.filter(pk=pk, state=Work.State.QUEUED)
    row = rows.first()
    if row is None:
        return None
    values = {"state": Work.State.RUNNING, "lease": token, "heartbeat_at": now, "attempt": row.attempt + 1}
    try:
        with transaction.atomic():
            if not rows.update(started_at=row.started_at or now, **values):
                return None
    except IntegrityError:  # a constraint of the model lets no two of them run at once; this one stays queued
        return None
    row.refresh_from_db()
    return Lease(row, token)


@contextmanager
def working_on(model: type[Work], pk: int) -> Iterator[Lease | None]:
    """Claims a row and works on it with a heartbeat beside; turns every way to end into a state of the row.

    JobFailed, StorageUnreachable and CancelRequested end here. An interrupt (Ctrl-C) cancels the row and is raised again. Anything else
    marks the row failed with a reference, is logged, and is raised again.
    """
    lease = claim(model, pk)
    if lease is None:
        yield None
        return
    try:
        with _heartbeat(lease):
            yield lease
    except LeaseLost:
        logger.warning("%s %s was taken over; this worker stops.", model.__name__, pk)
    except CancelRequested:
        _end(lease, Work.State.CANCELLED, message="Cancelled.")
    except (JobFailed, StorageUnreachable) as failure:
        _end(lease, Work.State.FAILED, message=str(failure)[:300])
    except KeyboardInterrupt:
        _end(lease, Work.State.CANCELLED, message="Cancelled.")
        raise
    except Exception:
        reference = secrets.token_hex(4)
        logger.exception("%s %s failed; reference %s", model.__name__, pk, reference)
        _end(
            lease,
            Work.State.FAILED,
            message=f"Something went wrong that Repick did not expect. Ask an administrator to look for reference {reference} in the log.",
            error_reference=reference,
        )
        raise


def _end(lease: Lease, state: str, **values: Any) -> None:
    try:
        lease.finish(state, **values)
    except LeaseLost:
        logger.warning("%s %s was taken over before it could end as %s.", type(lease.row).__name__, lease.row.pk, state)


@contextmanager
def _heartbeat(lease: Lease) -> Iterator[None]:
    """A thread beats while the job is inside one long step."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(settings.WORK_HEARTBEAT_S):
            try:
                lease._mine().update(heartbeat_at=timezone.now())
            except Exception:
                logger.exception("A heartbeat could not be written; it is tried again.")
        connection.close()

    # In-memory databases (tests) exist in one connection only.
    thread = None if connection.in_atomic_block else threading.Thread(target=beat, name="heartbeat", daemon=True)
    if thread:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if thread:
            thread.join()


def stale_before() -> Any:
    """Rows whose heartbeat is older than this have lost their worker."""
    return timezone.now() - timedelta(seconds=settings.WORK_STALE_S)
