"""What Celery calls on the training side. The rows say what there is to do; see `labeling.jobs.lease`."""

from celery import shared_task

from training.jobs import advance_run as advance
from training.jobs import train_fold as train
from training.jobs.settle_run import settle_waiting_runs
from training.services.schedules import start_due_runs


@shared_task(name="training.advance_run")  # type: ignore[untyped-decorator]
def advance_run(run_id: int) -> None:
    advance.advance_run(run_id)


@shared_task(name="training.train_fold")  # type: ignore[untyped-decorator]
def train_fold(fold_id: int) -> None:
    train.train_fold(fold_id)


@shared_task(name="training.look_at_schedules")  # type: ignore[untyped-decorator]
def look_at_schedules() -> None:
    settle_waiting_runs()
    start_due_runs()
