"""python manage.py work_on_run RUN_ID: `train` starts it beside itself, to train folds side by side."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from training.jobs.run_to_end import work_on_run

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Command(BaseCommand):
    help = "Trains folds of a run in this process until the run has ended. `train` starts it by itself."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run_id", type=int)

    def handle(self, *_: Any, run_id: int, **__: Any) -> None:
        for number in STOPPING:
            signal.signal(number, _stop)
        with suppress(KeyboardInterrupt):  # the job has said so in its row
            work_on_run(run_id, self.stdout.write)


def _stop(*_: Any) -> NoReturn:
    """Ends the work in order. Once only: Ctrl-C comes from the terminal, and then SIGTERM from `train`."""
    for number in STOPPING:
        signal.signal(number, _is_stopping)
    raise KeyboardInterrupt


def _is_stopping(*_: Any) -> None:
    """Python tells of a signal that it ignores while it is on its way; one that does nothing is silent."""
