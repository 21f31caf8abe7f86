"""A whole run from the calling process, for the command line: folds side by side where there are cores for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from django.conf import settings

from labeling.jobs.take_up_lost_work import take_up_lost_work
from labeling.models import Work
from training.jobs.advance_run import advance_run
from training.jobs.settle_run import settle_run
from training.jobs.train_fold import device_name, train_fold
from training.models import FoldResult, Run

POLL_S = 0.5
LOOK_FOR_LOST_WORK_S = 5.0


def run_to_end(run_id: int, report: Callable[[str], None], *, processes: int = 1) -> Run:
    """Prepares, trains every fold and flags. Workers that are up may do some of it meanwhile, and what a dead one left is taken up.

    report is told each step in words. processes: how many folds to train side by side, each in a process of its own.
    """
    helpers = _start_helpers(run_id, processes - 1)
    try:
        return work_on_run(run_id, report)
    finally:
        for helper in helpers:
            helper.terminate()
            helper.wait()


def side_by_side() -> int:
    """How many folds to train at once here: as many as there are cores for, five at most; one on a GPU."""
    if device_name() != "cpu":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores // settings.TORCHRUN_PROCESSES, 5))


def work_on_run(run_id: int, report: Callable[[str], None]) -> Run:
    """Does what there is to do for a run until it has ended, beside any others that do."""
    told = ""
    looked_at = time.monotonic()
    while True:
        run = Run.objects.get(pk=run_id)
        if run.message != told and run.message:
            told = run.message
            report(f"{run}: {told}")
        if run.is_finished:
            return run
        fold = FoldResult.objects.filter(run_id=run_id, state=Work.State.QUEUED).order_by("fold").first()
        if run.state == Work.State.QUEUED:
            advance_run(run_id, send=False)
        elif fold is not None:
            train_fold(fold.pk)
        else:
            settle_run(run_id)  # whoever ended the last fold may not have lived to do so
            time.sleep(POLL_S)  # the rest is in other hands
        if time.monotonic() - looked_at > LOOK_FOR_LOST_WORK_S:
            take_up_lost_work()
            looked_at = time.monotonic()


def _start_helpers(run_id: int, count: int) -> list[subprocess.Popen[bytes]]:
    if count < 1:
        return []
    threads = max(1, (os.cpu_count() or 1) // (count + 1))
    environment = {**os.environ, "REPICK_TORCH_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "work_on_run", str(run_id)]
    torch.set_num_threads(threads)
    return [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(count)]  # noqa: S603  our own command
