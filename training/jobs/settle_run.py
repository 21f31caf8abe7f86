"""Moves a waiting run on once its folds have ended."""

from __future__ import annotations

from contextlib import suppress

from django.db.models import Avg, Count, Q
from django.utils import timezone

from labeling.jobs.nudge import nudge
from labeling.models import Work
from labeling.services.refusals import Conflict
from labeling.services.work import cancel_work
from training.models import FoldResult, Run


def settle_run(run_id: int) -> None:
    """All folds done: the run is queued to be flagged. One failed or cancelled: so is the run. Otherwise nothing happens."""
    states = list(FoldResult.objects.filter(run_id=run_id).values_list("state", flat=True))
    waiting = Run.objects.filter(pk=run_id, state=Work.State.WAITING)
    if Work.State.FAILED in states:
        reason = FoldResult.objects.filter(run_id=run_id, state=Work.State.FAILED).values_list("message", flat=True).first()
        if waiting.update(state=Work.State.FAILED, message=f"A fold failed: {reason}"[:300], finished_at=timezone.now()):
            cancel_folds(run_id)
    elif Work.State.CANCELLED in states:
        if waiting.update(state=Work.State.CANCELLED, message="Cancelled.", finished_at=timezone.now()):
            cancel_folds(run_id)
    elif set(states) == {Work.State.DONE} and waiting.update(state=Work.State.QUEUED, stage=Run.Stage.FLAG, attempt=0, sent_at=None):
        nudge(Run, run_id)


def cancel_folds(run_id: int) -> None:
    """Stops the folds that have not ended."""
    for fold in FoldResult.objects.filter(run_id=run_id).exclude(state__in=Work.FINISHED):
        with suppress(Conflict):  # it has just ended
            cancel_work(row=fold)


def tell_progress(run_id: int) -> None:
    """What a waiting run shows of its folds: from 0.1, after its waveforms were cut, to 0.9, before its labels are judged."""
    folds = FoldResult.objects.filter(run_id=run_id).aggregate(
        n_folds=Count("pk"), n_done=Count("pk", filter=Q(state=Work.State.DONE)), mean=Avg("progress")
    )
    message = f"Training: {folds['n_done']} of {folds['n_folds']} folds done"
    Run.objects.filter(pk=run_id, state=Work.State.WAITING).update(progress=0.1 + 0.8 * (folds["mean"] or 0.0), message=message)


def settle_waiting_runs() -> None:
    """For runs whose last fold's worker died between finishing the fold and moving the run on."""
    for run_id in Run.objects.filter(state=Work.State.WAITING).values_list("pk", flat=True):
        settle_run(run_id)
