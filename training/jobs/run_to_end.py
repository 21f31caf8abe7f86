"""A whole run in the calling process, for the command line and the demo."""

from __future__ import annotations

from collections.abc import Callable

from labeling.models import Work
from training.jobs.advance_run import advance_run
from training.jobs.train_fold import train_fold
from training.models import FoldResult, Run


def run_to_end(run_id: int, report: Callable[[str], None]) -> Run:
    """Prepares, trains every fold and flags. Workers that are up may do some of it meanwhile. report is told each step in words."""
    run = Run.objects.get(pk=run_id)
    report(f"{run}: cutting waveforms around the picks of {run.snapshot}")
    advance_run(run_id, send=False)
    for fold in FoldResult.objects.filter(run_id=run_id):
        run.refresh_from_db()
        if run.is_finished:
            break
        report(f"{run}: {fold.fold + 1} of {run.folds.count()} folds, {run.n_labels} picks")
        train_fold(fold.pk)
    run.refresh_from_db()
    if run.state == Work.State.QUEUED:
        report(f"{run}: judging the labels")
        advance_run(run_id)
        run.refresh_from_db()
    return run
