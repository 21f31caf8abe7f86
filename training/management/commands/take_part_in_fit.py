"""python manage.py take_part_in_fit FILE: torchrun starts it, and a fold's job starts torchrun, where REPICK_TORCHRUN_PROCESSES says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from training.jobs.fit_together import take_part


class Command(BaseCommand):
    help = "Trains one network together with the other processes of its torchrun. `train` and the workers start it by themselves."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, file: Path, **__: Any) -> None:
        take_part(file)
