"""`manage.py up`: everything in one go."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import time
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from webapp.checks import TAG
from webapp.process_tree import CannotStart, ProcessTree, children_for, require_free_port, wait_until_ready


class Command(BaseCommand):
    requires_system_checks = [TAG]
    help = "Starts web server, workers and scheduler as one process tree. Ctrl-C ends them all."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the web server, on this machine only (default 8000)")

    def handle(self, *, port: int, **options: Any) -> None:
        with_process_tree(self, port, ready=lambda watch: self.stdout.write(f"Repick is at http://127.0.0.1:{port}/  Ctrl-C ends it."))


def with_process_tree(command: BaseCommand, port: int, *, ready: Any) -> None:
    """Migrates, starts the tree, calls `ready(watch)` once the site answers, waits for Ctrl-C. watch: keeps the tree alive meanwhile."""

    def report(text: str) -> None:
        with suppress(OSError):  # the terminal may have been closed, which must not keep the tree from being ended
            command.stdout.write(text)
            command.stdout.flush()

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # a closed terminal ends it as Ctrl-C does; under nohup it goes on
        signal.signal(signal.SIGHUP, stop)
    n_workers, threads = training_workers()
    children = children_for(port, n_training_workers=n_workers, torch_threads=threads)
    tree = ProcessTree(children, data_dir=settings.DATA_DIR, project_dir=settings.BASE_DIR, report=report)
    try:
        require_free_port(port)
        tree.claim()
        report("Bringing the database up to date …")
        call_command("migrate", verbosity=0, interactive=False)
        tree.start()
    except CannotStart as problem:
        raise CommandError(str(problem)) from None
    try:
        report("Starting web server, workers and scheduler …")
        wait_until_ready(port, tree)
        ready(tree.watch)
        while True:
            tree.watch()
            time.sleep(1)
    except KeyboardInterrupt:
        report("\nEnding …")
    except CannotStart as problem:
        raise CommandError(str(problem)) from None
    finally:
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        tree.end()


def training_workers() -> tuple[int, int]:
    """How many training workers, and torch threads in each: folds side by side use cores better than threads do."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    n_workers = _count_gpus() or min(cores, 5)
    return n_workers, max(1, cores // n_workers)


def _count_gpus() -> int:
    """NVIDIA cards of this machine. PyTorch would know too, and takes seconds to load."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=10, check=True)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
