"""python manage.py verify"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from labeling.jobs.verify_store import verify_store
from labeling.management.command_line import refusals_end_the_command, refused


class Command(BaseCommand):
    help = "Reads every stored trace, original and export, and says which are damaged or missing. Status 1 if any is."

    @refusals_end_the_command()
    def handle(self, *_: Any, **__: Any) -> None:
        n_damaged = 0
        for damage in verify_store(self.stdout.write):
            n_damaged += 1
            self.stdout.write(f"{damage.place}: {damage.message}")
        if n_damaged:
            raise refused(f"{n_damaged} damaged or missing; each is named above, with what to do.")
        self.stdout.write("All is as it was stored.")
