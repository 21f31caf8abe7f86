"""`manage.py demo`: a workspace to look at, then what `up` does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.checks import TAG
from webapp.demo import DemoFailed, logins, make_demo
from webapp.management.commands.up import with_process_tree


class Command(BaseCommand):
    requires_system_checks = [TAG]
    help = "Makes a demo workspace with waveforms, a finished run and flags to review, and serves it. Ctrl-C ends everything."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--data", nargs="+", type=Path, default=[], metavar="PATH", help="real catalogs and waveforms instead of generated ones"
        )
        parser.add_argument("--port", type=int, default=8000, help="of the web server, on this machine only (default 8000)")

    def handle(self, *, data: list[Path], port: int, **options: Any) -> None:
        def report(text: str) -> None:
            self.stdout.write(text)
            self.stdout.flush()

        def ready(watch: Callable[[], None]) -> None:
            try:
                workspace = make_demo(data, report=report, watch=watch)
            except DemoFailed as problem:
                raise CommandError(str(problem)) from None
            report(f"\n  {workspace.name}: http://127.0.0.1:{port}/w/{workspace.slug}/review/\n")
            for name, password, role in logins():
                report(f"  {name:<6} password {password}   {role}")
            report("\nCtrl-C ends Repick. Everything is kept; the next start takes seconds.")

        with_process_tree(self, port, ready=ready)
