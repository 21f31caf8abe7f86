"""Retraining by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from labeling.models import Decision, FlagSet, Pick, Work
from labeling.services.refusals import Forbidden, Refused
from labeling.services.review import decide, undo
from tests import factories
from tests.integration.small_uploads import QUICK_SETTINGS, import_files, small_files
from training.jobs.run_to_end import run_to_end
from training.models import RetrainSchedule, Run
from training.services.runs import promote_run, start_run
from training.services.schedules import is_due, next_run_at, set_schedule, start_due_runs


@pytest.fixture
def picks(workspace) -> list[Pick]:
    trace = factories.make_trace(factories.make_catalog(workspace))
    return [factories.make_pick(trace, offset_s=10.0 + number) for number in range(5)]


def scheduled(workspace, by, mode: str, **values) -> RetrainSchedule:
    facts = {"hour_utc": 2, "n_decisions": 3, **values}
    return set_schedule(workspace=workspace, mode=mode, by=by, **facts)


def reviewed(picks: list[Pick], analyst, kind: str = Decision.Kind.REMOVE) -> None:
    for pick in picks:
        decide(pick=pick, kind=kind, analyst=analyst, client_id=uuid4())


def test_a_schedule_starts_out_as_what_was_set(workspace, workspace_admin):
    schedule = scheduled(workspace, workspace_admin, "nightly", hour_utc=4)
    assert (schedule.mode, schedule.hour_utc) == ("nightly", 4)
    assert next_run_at(schedule).hour == 4
    assert timezone.now() < next_run_at(schedule) <= timezone.now() + timedelta(days=1)


def test_setting_it_again_changes_the_one_there_is(workspace, workspace_admin):
    scheduled(workspace, workspace_admin, "nightly")
    schedule = scheduled(workspace, workspace_admin, "off")
    assert next_run_at(schedule) is None
    assert RetrainSchedule.objects.filter(workspace=workspace).count() == 1


def test_only_an_admin_sets_it(workspace, analyst):
    with pytest.raises(Forbidden, match="Only an admin"):
        scheduled(workspace, analyst, "nightly")


@pytest.mark.parametrize("values", [{"mode": "weekly"}, {"mode": "nightly", "hour_utc": 24}, {"mode": "after_decisions", "n_decisions": 0}])
def test_what_makes_no_sense_is_refused(workspace, workspace_admin, values):
    with pytest.raises(Refused):
        scheduled(workspace, workspace_admin, **values)


def test_a_run_starts_once_enough_is_decided(workspace, workspace_admin, analyst, picks: list[Pick]):
    scheduled(workspace, workspace_admin, "after_decisions", n_decisions=3)
    reviewed(picks[:2], analyst)
    assert start_due_runs() == 0
    reviewed(picks[2:3], analyst)
    assert start_due_runs() == 1
    run = workspace.runs.get()
    assert (run.trigger, run.state, run.created_by) == (Run.Trigger.SCHEDULE, Work.State.QUEUED, None)
    assert RetrainSchedule.objects.get(workspace=workspace).last_run == run


def test_skips_do_not_count(workspace, workspace_admin, analyst, picks: list[Pick]):
    scheduled(workspace, workspace_admin, "after_decisions", n_decisions=3)
    reviewed(picks, analyst, kind=Decision.Kind.SKIP)
    assert start_due_runs() == 0


def test_decisions_that_were_undone_do_not_count(workspace, workspace_admin, analyst, picks: list[Pick]):
    scheduled(workspace, workspace_admin, "after_decisions", n_decisions=2)
    reviewed(picks[:2], analyst)
    undo(decision=Decision.objects.get(pick=picks[0]), analyst=analyst, client_id=uuid4())
    assert start_due_runs() == 0


def test_looking_twice_starts_one_run(workspace, workspace_admin, analyst, picks: list[Pick]):
    scheduled(workspace, workspace_admin, "after_decisions", n_decisions=3)
    reviewed(picks, analyst)
    assert (start_due_runs(), start_due_runs()) == (1, 0)


def test_a_run_that_is_due_waits_for_the_one_under_way(workspace, workspace_admin, analyst, picks: list[Pick]):
    first = start_run(workspace=workspace, by=None, settings={"epochs": 17}, send=False)
    scheduled(workspace, workspace_admin, "after_decisions", n_decisions=3)
    reviewed(picks, analyst)
    assert start_due_runs() == 0
    Run.objects.filter(pk=first.pk).update(state=Work.State.DONE)
    assert start_due_runs() == 1
    assert workspace.runs.get(number=2).configuration["epochs"] == 17, "retraining repeats what people chose last"


def test_a_trial_is_not_what_retraining_repeats(workspace, workspace_admin, analyst, picks: list[Pick]):
    for epochs in (17, 2):
        start_run(workspace=workspace, by=None, settings={"epochs": epochs}, send=False)
        workspace.runs.update(state=Work.State.DONE)
    scheduled(workspace, workspace_admin, "after_decisions", n_decisions=3)
    reviewed(picks, analyst)
    assert start_due_runs() == 1
    assert workspace.runs.get(number=3).configuration["epochs"] == 17


def test_a_scheduled_run_that_fails_is_not_begun_again_until_more_is_decided(workspace, workspace_admin, analyst, picks: list[Pick]):
    scheduled(workspace, workspace_admin, "after_decisions", n_decisions=2)
    reviewed(picks[:2], analyst)
    assert start_due_runs() == 1
    workspace.runs.update(state=Work.State.FAILED)
    assert start_due_runs() == 0
    reviewed(picks[2:4], analyst)
    assert start_due_runs() == 1


def test_a_nightly_run_starts_once_its_hour_has_passed_even_if_nobody_looked_at_that_moment(workspace, workspace_admin, picks: list[Pick]):
    hour = (timezone.now() - timedelta(hours=3)).hour
    schedule = scheduled(workspace, workspace_admin, "nightly", hour_utc=hour)
    assert not is_due(schedule)
    RetrainSchedule.objects.update(last_checked_at=timezone.now() - timedelta(hours=10))
    assert (start_due_runs(), start_due_runs()) == (1, 0)


def test_a_nightly_run_that_falls_due_beside_another_starts_once_that_has_ended(workspace, workspace_admin, picks: list[Pick]):
    other = start_run(workspace=workspace, by=None, settings={}, send=False)
    scheduled(workspace, workspace_admin, "nightly", hour_utc=(timezone.now() - timedelta(hours=3)).hour)
    RetrainSchedule.objects.update(last_checked_at=timezone.now() - timedelta(hours=10))
    assert start_due_runs() == 0
    Run.objects.filter(pk=other.pk).update(state=Work.State.DONE)
    assert (start_due_runs(), start_due_runs()) == (1, 0)


def test_a_scheduled_run_waits_for_an_admin_unless_nothing_is_under_review(workspace):
    import_files(workspace, small_files())
    runs = []
    for seed, trigger in enumerate([Run.Trigger.SCHEDULE, Run.Trigger.SCHEDULE, Run.Trigger.MANUAL]):
        asked = True if trigger == Run.Trigger.MANUAL else None
        run = start_run(
            workspace=workspace, by=None, settings=QUICK_SETTINGS, seed=seed, trigger=trigger, review_when_done=asked, send=False
        )
        runs.append(run_to_end(run.pk, lambda text: None))
    first, second, third = (FlagSet.objects.get(run_id=run.pk) for run in runs)
    assert [first.is_current, second.is_current, third.is_current] == [False, False, True]
    promote_run(run=runs[1])
    assert FlagSet.objects.get(workspace=workspace, is_current=True) == second


def test_a_workspace_that_is_off_never_trains_by_itself(workspace, workspace_admin, analyst, picks: list[Pick]):
    scheduled(workspace, workspace_admin, "off", n_decisions=1)
    reviewed(picks, analyst)
    assert start_due_runs() == 0
