"""python manage.py publish"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import filesizeformat

from labeling.files import shared_files
from labeling.jobs.publish_files import publish_files
from labeling.management.command_line import refusals_end_the_command, wrong

TOLD_EVERY = 1000


class Command(BaseCommand):
    help = "Stores what the data folder holds in the bucket of REPICK_BUCKET. Can be run again; stop Repick on this host first."

    def handle(self, *_: Any, **__: Any) -> None:
        bucket = shared_files().bucket
        if bucket is None:
            raise wrong("There is no bucket. Set REPICK_BUCKET to one such as s3://bucket/prefix.")
        n_files = n_new = n_bytes = 0
        with refusals_end_the_command():
            bucket.check()
            for path, is_new in publish_files(bucket):
                n_files += 1
                if is_new:
                    n_new, n_bytes = n_new + 1, n_bytes + path.stat().st_size
                if n_files % TOLD_EVERY == 0:
                    self.stdout.write(f"{n_files} files, {n_new} of them stored now, {filesizeformat(n_bytes)}")
        self.stdout.write(f"{n_files} files are in the bucket; {n_new} were stored now, {filesizeformat(n_bytes)}.")
