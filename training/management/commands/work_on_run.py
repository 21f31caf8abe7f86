"""python manage.py work_on_run RUN_ID: `train` starts it beside itself, to train folds side by side."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from training.jobs.run_to_end import work_on_run


class Command(BaseCommand):
    help = "Trains folds of a run in this process until the run has ended. `train` starts it by itself."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run_id", type=int)

    def handle(self, *_: Any, run_id: int, **__: Any) -> None:
        work_on_run(run_id, self.stdout.write)
