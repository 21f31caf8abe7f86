"""A row's work, done in this process and told on the terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from django.db import connection
from django.db.models import QuerySet

from labeling.management.command_line import refused
from labeling.models import Work
from labeling.services.refusals import Conflict
from labeling.services.work import cancel_work

LOOK_EVERY_S = 1.0
LOOK_AT_LEAST_EVERY_S = 15.0


def work_here(
    row: Work,
    job: Callable[[int], object],
    say: Callable[[str], object],
    *,
    cancel: Callable[[], object] | None = None,
    watched: type[Work] | None = None,
    **where: object,
) -> None:
    """Runs a queued row's job to its end, telling what the row says of itself; a worker that took it first is waited for.

    cancel: what Ctrl-C does, where cancelling the row alone is not enough. watched, where: the rows to watch instead, such as the folds
    of a run. Afterwards the row is done; otherwise CommandError says why not.
    """
    rows = (watched or type(row))._default_manager.filter(**(where or {"pk": row.pk}))
    try:
        with _told(rows, say):
            try:
                job(row.pk)
            except Exception:
                row.refresh_from_db()
                if not row.error_reference:
                    raise
                # The job has logged the traceback under its reference; the terminal gets the sentence below.
            _wait_until_finished(row)
    except KeyboardInterrupt:
        with suppress(Conflict):  # it had just ended, or the job has cancelled it itself
            (cancel or partial(cancel_work, row=row))()
        raise refused("Stopped. What was under way is cancelled.") from None
    if row.state != Work.State.DONE:
        raise refused(row.message or f"{row} ended as {row.state}.")


def _wait_until_finished(row: Work) -> None:
    row.refresh_from_db()
    while not row.is_finished:
        time.sleep(LOOK_EVERY_S)
        row.refresh_from_db()


@contextmanager
def _told(rows: QuerySet[Work], say: Callable[[str], object]) -> Iterator[None]:
    """Says how far the running ones of these rows are while the work goes on, from a thread beside it."""
    over = threading.Event()

    def look() -> None:
        last: tuple[float, str] | None = None
        wait_s = LOOK_EVERY_S
        while not over.wait(wait_s):
            now = rows.filter(state=Work.State.RUNNING).values_list("progress", "message").first()
            if now and now[1] and now != last:
                say(f"{100 * now[0]:3.0f} %  {now[1]}")
                last = now
                wait_s = min(2 * wait_s, LOOK_AT_LEAST_EVERY_S)  # hours of work need not fill the screen
        connection.close()

    # Inside a transaction (tests) nobody else sees the row.
    thread = None if connection.in_atomic_block else threading.Thread(target=look, name="progress", daemon=True)
    if thread:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if thread:
            thread.join()
