"""Starting, stopping and promoting runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from labeling.jobs.lease import stale_before
from labeling.models import FlagSet, Snapshot, Work, Workspace
from labeling.services.flags import make_current
from labeling.services.refusals import Conflict, Refused
from labeling.services.sending import send_after_commit
from labeling.services.snapshots import freeze_snapshot
from labeling.services.work import cancel_work
from training.jobs.settle_run import cancel_folds
from training.lancor.config import FOLLOWS_RATE, TrainingConfig, is_trial
from training.models import FoldResult, Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def start_run(
    *,
    workspace: Workspace,
    by: User | None,
    settings: dict[str, Any],
    seed: int = 0,
    snapshot: Snapshot | None = None,
    trigger: str = Run.Trigger.MANUAL,
    review_when_done: bool | None = None,
    send: bool = True,
) -> Run:
    """Freezes the present state (unless a snapshot is given) and queues a run on it.

    settings: keys of `TrainingConfig` that differ from its defaults. review_when_done: whether its flags are to go under review, and so
    also weigh the labels of the next run; if not said, those of a trial and of a run that a schedule starts are not.
    send: False where the caller runs the job itself.
    Refuses unknown settings, an empty workspace, and a second run beside one that has not ended.
    """
    try:
        configuration = TrainingConfig.from_dict(settings)
    except ValueError as problem:
        raise Refused("bad_setting", str(problem)) from None
    if review_when_done is None:
        review_when_done = trigger == Run.Trigger.MANUAL and not is_trial(configuration.to_dict())
    if snapshot is not None and snapshot.workspace_id != workspace.pk:
        raise Refused("other_workspace", f"{snapshot} belongs to another workspace.")
    if Run.objects.filter(workspace=workspace).exclude(state__in=Work.FINISHED).exists():
        raise _under_way(workspace)  # before a snapshot is made for it
    chosen = snapshot or freeze_snapshot(workspace=workspace, by=by)
    try:
        with transaction.atomic():
            run = Run.objects.create(
                workspace=workspace,
                number=(workspace.runs.aggregate(last=Max("number"))["last"] or 0) + 1,
                snapshot=chosen,
                configuration=_to_store(configuration, settings),
                seed=seed,
                code_version=code_version(),
                trigger=trigger,
                review_when_done=review_when_done,
                created_by=by,
            )
            if send:
                send_after_commit(run)
    except IntegrityError:
        raise _under_way(workspace) from None
    return run


def _under_way(workspace: Workspace) -> Conflict:
    return Conflict("run_under_way", f"{workspace} has a run under way. Wait for it, or cancel it first.")


def abandoned_run(workspace: Workspace) -> Run | None:
    """The unfinished run of a workspace on which nobody works any more: neither on it nor on a fold was there a sign of life lately."""
    run = Run.objects.filter(workspace=workspace).exclude(state__in=Work.FINISHED).first()
    if run is None:
        return None
    lately = {"heartbeat_at__gte": stale_before()}
    is_alive = FoldResult.objects.filter(run=run, **lately).exists() or Run.objects.filter(pk=run.pk, **lately).exists()
    return None if is_alive or run.created_at > stale_before() else run


def _to_store(configuration: TrainingConfig, settings: dict[str, Any]) -> dict[str, Any]:
    """Without a rate given, the rate and the lengths that go with it are left open: `prepare_run` takes them from the traces."""
    open_still = set() if "sampling_rate_hz" in settings else {"sampling_rate_hz", *FOLLOWS_RATE} - set(settings)
    return {name: value for name, value in configuration.to_dict().items() if name not in open_still}


@transaction.atomic
def cancel_run(*, run: Run) -> Run:
    """Stops a run and its folds. What its folds have finished stays."""
    cancel_folds(run.pk)
    cancel_work(row=run)
    return run


@transaction.atomic
def promote_run(*, run: Run) -> FlagSet:
    """Makes a finished run's flags the ones under review."""
    flag_set = FlagSet.objects.filter(run_id=run.pk).first()
    if flag_set is None:
        raise Conflict("no_flags", f"{run} has no flags yet. Wait until it has finished.")
    return make_current(flag_set=flag_set)


def code_version() -> str:
    try:
        return version("repick")
    except PackageNotFoundError:
        return "unpackaged"
