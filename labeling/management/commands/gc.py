"""python manage.py gc [--dry-run] [--min-age-hours 24]"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat

from labeling.jobs.collect_garbage import Garbage, delete_garbage, find_garbage, put_back
from labeling.management.command_line import refusals_end_the_command, wrong

SHOWN = 20


class Command(BaseCommand):
    help = "Deletes files of the data folder that no row points to any more. What a snapshot, export or import needs stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")
        parser.add_argument("--min-age-hours", type=float, default=24.0, metavar="H", help="leave younger files alone (%(default)s)")

    @refusals_end_the_command()
    def handle(self, *_: Any, dry_run: bool, min_age_hours: float, **__: Any) -> None:
        if not min_age_hours >= 0:
            raise wrong(f"--min-age-hours is {min_age_hours:g}. Give 0 or more hours.")
        min_age_s = 3600 * min_age_hours
        found: dict[str, list[Garbage]] = defaultdict(list)
        if not dry_run:
            put_back()
        garbage_found = list(find_garbage(min_age_s=min_age_s))
        for garbage in garbage_found if dry_run else delete_garbage(garbage_found, min_age_s=min_age_s):
            found[garbage.kind].append(garbage)
        for kind, files in found.items():
            self.stdout.write(f"{kind}: {len(files)}, {_together(files)}")
            for garbage in files[:SHOWN]:
                self.stdout.write(f"  {garbage.name}  {filesizeformat(garbage.size_bytes)}")
            if len(files) > SHOWN:
                self.stdout.write(f"  and {len(files) - SHOWN} more")
        everything = [garbage for files in found.values() for garbage in files if not garbage.is_aside]
        aside = [garbage for files in found.values() for garbage in files if garbage.is_aside]
        if aside:
            self.stdout.write(f"{len(aside)} were put aside in the bucket, {_together(aside)}: a `gc` after the least age deletes them.")
        if not everything and not aside:
            self.stdout.write("Nothing to delete: a row points to every file, or it is younger than the least age.")
        elif dry_run:
            self.stdout.write(f"Nothing was deleted. Without --dry-run {_together(everything)} would be freed.")
        elif everything:
            self.stdout.write(f"Deleted; {_together(everything)} are free.")


def _together(files: list[Garbage]) -> str:
    return str(filesizeformat(sum(garbage.size_bytes for garbage in files)))
