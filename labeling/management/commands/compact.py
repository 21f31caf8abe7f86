"""python manage.py compact [--dry-run] [--below 0.5] [--min-age-hours 24]"""

from __future__ import annotations

import shutil
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat

from labeling.files import data_dir
from labeling.jobs.compact_store import BELOW, compact, sparse_shards
from labeling.management.command_line import refusals_end_the_command, refused, wrong


class Command(BaseCommand):
    help = "Copies waveforms out of shards that are mostly unused, so that `gc` can delete those."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say which shards, and copy nothing")
        parser.add_argument("--below", type=float, default=BELOW, metavar="SHARE", help="shards of which less is used (%(default)s)")
        parser.add_argument("--min-age-hours", type=float, default=24.0, metavar="H", help="leave younger shards alone (%(default)s)")

    @refusals_end_the_command()
    def handle(self, *_: Any, dry_run: bool, below: float, min_age_hours: float, **__: Any) -> None:
        if not 0 < below <= 1:
            raise wrong(f"--below is {below:g}. Give a share above 0, at most 1.")
        if not min_age_hours >= 0:
            raise wrong(f"--min-age-hours is {min_age_hours:g}. Give 0 or more hours.")
        shards = sparse_shards(below=below, min_age_s=3600 * min_age_hours)
        if not shards:
            self.stdout.write(
                f"Nothing to do: of each shard {100 * below:g} % or more is used, or nothing, or it is younger than the least age."
            )
            return
        for shard in shards:
            used, size = filesizeformat(shard.used_bytes), filesizeformat(shard.size_bytes)
            self.stdout.write(f"{shard.path.relative_to(data_dir())}: {used} of {size} used")
        used_bytes = sum(shard.used_bytes for shard in shards)
        unused = filesizeformat(sum(shard.size_bytes for shard in shards) - used_bytes)
        if dry_run:
            self.stdout.write(f"Nothing was copied. Without --dry-run, and once `gc` has run, {unused} would be free.")
            return
        free_bytes = shutil.disk_usage(data_dir()).free
        if free_bytes < used_bytes:
            needed, free = filesizeformat(used_bytes), filesizeformat(free_bytes)
            raise refused(f"The copies need {needed}, and {free} are free on the data folder's disk. Nothing was copied.")
        n_moved = n_damaged = 0
        for moved_now, damaged in compact(shards):
            n_moved, n_damaged = n_moved + moved_now, n_damaged + len(damaged)
            for damage in damaged:
                self.stderr.write(f"{damage.place}: {damage.message}")
            self.stdout.write(f"{n_moved} traces moved")
        if n_damaged:
            raise refused(f"{n_damaged} traces are damaged and were left where they are. All others were moved.")
        self.stdout.write(f"Done. {unused} will be free once `gc` has deleted the old shards, which it leaves to their readers for a day.")
