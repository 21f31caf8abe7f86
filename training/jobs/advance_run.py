"""A run's own two steps: cutting its waveforms before the folds, flagging after them."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from labeling.jobs.lease import LeaseLost, working_on
from labeling.models import Work
from labeling.services.sending import send_after_commit
from training.jobs.flag_run import flag_run
from training.jobs.prepare_run import prepare_run
from training.jobs.train_fold import device_name
from training.models import FoldResult, Run


def advance_run(run_id: int, *, send: bool = True) -> None:
    """Does what a queued run is due for. send: False where the caller trains the folds itself."""
    with working_on(Run, run_id) as lease:
        if lease is None:
            return
        run = lease.row
        assert isinstance(run, Run)
        if run.stage == Run.Stage.FLAG:
            flag_run(run, lease)
            return
        n_folds = prepare_run(run, lease)
        with transaction.atomic():
            for fold in range(n_folds):
                row, is_new = FoldResult.objects.get_or_create(run=run, fold=fold, defaults={"created_by": run.created_by})
                if is_new and send:
                    send_after_commit(row)
            mine = Run.objects.filter(pk=run.pk, lease=lease.token, state=Work.State.RUNNING, cancel_requested=False)
            waiting = mine.update(
                state=Work.State.WAITING,
                stage=Run.Stage.TRAIN,
                lease=None,
                heartbeat_at=timezone.now(),
                progress=0.1,
                message=f"Training {n_folds} folds",
                device=device_name(),
            )
            if not waiting:
                lease.beat()  # raises if somebody asked to stop; then the folds are not made either
                raise LeaseLost(str(run))
