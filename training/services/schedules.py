"""When a workspace trains again by itself."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from labeling.models import Decision, Work, Workspace
from labeling.services.refusals import Forbidden, Refused
from training.lancor.config import is_trial
from training.models import RetrainSchedule, Run
from training.services.runs import start_run

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

RUNS_LOOKED_AT = 100  # for one that was no trial


@transaction.atomic
def set_schedule(*, workspace: Workspace, mode: str, hour_utc: int, n_decisions: int, by: User) -> RetrainSchedule:
    """Sets how often a workspace retrains: `off`, `nightly` at an hour (UTC), or `after_decisions`."""
    if workspace.role_of(by) != "admin":
        raise Forbidden("not_admin", f"Only an admin of {workspace} sets its retraining schedule.")
    if mode not in RetrainSchedule.Mode.values:
        raise Refused("unknown_mode", f"{mode!r} is no schedule. Choose one of {', '.join(RetrainSchedule.Mode.values)}.")
    if not 0 <= hour_utc <= 23:
        raise Refused("bad_hour", f"{hour_utc} is no hour of the day. Give 0 to 23 (UTC).")
    if n_decisions < 1:
        raise Refused("bad_number", "Retraining needs at least 1 decision between two runs.")
    schedule, _ = RetrainSchedule.objects.update_or_create(
        workspace=workspace, defaults={"mode": mode, "hour_utc": hour_utc, "n_decisions": n_decisions, "last_checked_at": timezone.now()}
    )
    return schedule


def next_run_at(schedule: RetrainSchedule) -> datetime | None:
    """When a nightly schedule is due next; None for the other modes."""
    if schedule.mode != RetrainSchedule.Mode.NIGHTLY:
        return None
    now = timezone.now()
    today = now.replace(hour=schedule.hour_utc, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def decisions_since_last_run(workspace: Workspace) -> int:
    """Decisions that changed or confirmed a pick since the newest run began, and stand; skips, comments and polarities do not count."""
    ended_badly = Q(state__in=[Work.State.CANCELLED, Work.State.FAILED])
    # A scheduled run that failed counts: begun again at every look, it would fail for ever.
    last = Run.objects.filter(workspace=workspace).exclude(ended_badly & Q(trigger=Run.Trigger.MANUAL)).order_by("-id").first()
    standing = Decision.objects.applied().filter(workspace=workspace, undone_by=None)
    decisions = standing.exclude(kind__in=[Decision.Kind.DESCRIBE, *Decision.DECIDES_NOTHING])
    if last is not None:
        decisions = decisions.filter(made_at__gt=last.created_at)
    return decisions.count()


def is_due(schedule: RetrainSchedule) -> bool:
    """Whether the schedule asks for a run now. A nightly hour that passed while nothing ran is made up for."""
    now = timezone.now()
    if schedule.mode == RetrainSchedule.Mode.AFTER_DECISIONS:
        return decisions_since_last_run(schedule.workspace) >= schedule.n_decisions
    if schedule.mode == RetrainSchedule.Mode.NIGHTLY:
        last_hour = now.replace(hour=schedule.hour_utc, minute=0, second=0, microsecond=0)
        if last_hour > now:
            last_hour -= timedelta(days=1)
        return schedule.last_checked_at is None or schedule.last_checked_at < last_hour
    return False


def start_due_runs() -> int:
    """Starts the runs that are due. One that falls due beside another run starts once that has ended. Returns how many were started."""
    started = 0
    under_way = Run.objects.filter(workspace=OuterRef("workspace")).exclude(state__in=Work.FINISHED)
    free = RetrainSchedule.objects.exclude(Exists(under_way))
    for schedule in free.exclude(mode=RetrainSchedule.Mode.OFF).select_related("workspace"):
        if not is_due(schedule):
            continue
        # Compare-and-set, so that two schedulers at once start one run.
        mine = RetrainSchedule.objects.filter(pk=schedule.pk, last_checked_at=schedule.last_checked_at).update(
            last_checked_at=timezone.now()
        )
        if not mine:
            continue
        try:
            run = start_run(workspace=schedule.workspace, by=None, settings=_last_configuration(schedule), trigger=Run.Trigger.SCHEDULE)
        except Refused as reason:
            logger.info("%s: no scheduled run: %s", schedule.workspace, reason)
            continue
        RetrainSchedule.objects.filter(pk=schedule.pk).update(last_run=run)
        started += 1
    return started


def _last_configuration(schedule: RetrainSchedule) -> dict[str, Any]:
    """Retraining repeats what people chose last; a trial was not chosen to be repeated."""
    chosen = Run.objects.filter(workspace=schedule.workspace).order_by("-number").values_list("configuration", "review_when_done")
    for configuration, goes_under_review in chosen[:RUNS_LOOKED_AT]:
        if goes_under_review or not is_trial(configuration):
            return dict(configuration)
    return {}
