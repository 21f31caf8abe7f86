"""python manage.py benchmark detection|picking|speed … — tables to look at, and JSON to compare."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from training.management import benchmark_detection, benchmark_picking, benchmark_speed

PARTS = {
    "detection": benchmark_detection,
    "picking": benchmark_picking,
    "speed": benchmark_speed,
}


class Command(BaseCommand):
    help = "Runs a benchmark with fixed seeds; writes a table to look at and JSON to compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True, metavar="|".join(PARTS))
        for part in PARTS.values():
            part.add_parser(parts)

    def handle(self, *_: Any, **options: Any) -> None:
        PARTS[options["part"]].run(options, self.stdout.write)
