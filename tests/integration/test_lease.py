"""How a worker takes a row and hands it back."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.jobs.lease import JobFailed, LeaseLost, claim, working_on
from labeling.models import Import, Work
from labeling.services.refusals import Conflict
from labeling.services.work import cancel_work


@pytest.fixture
def row(workspace) -> Import:
    return Import.objects.create(workspace=workspace, name="NCSN 2012", state=Work.State.QUEUED)


def taken_by_another(row: Import) -> None:
    Import.objects.filter(pk=row.pk).update(lease=uuid.uuid4())


def test_a_queued_row_is_claimed_once(row: Import):
    lease = claim(Import, row.pk)
    assert lease is not None
    assert lease.row.state == Work.State.RUNNING
    assert lease.row.attempt == 1
    assert claim(Import, row.pk) is None


@pytest.mark.parametrize("state", [state for state in Work.State.values if state != Work.State.QUEUED])
def test_a_row_in_any_other_state_is_not_claimed(row: Import, state: str):
    Import.objects.filter(pk=row.pk).update(state=state)
    assert claim(Import, row.pk) is None


def test_a_row_that_does_not_exist_is_nothing_to_do(db: None):
    with working_on(Import, 999_999) as lease:
        assert lease is None


def test_finished_work_is_done_and_free(row: Import):
    with working_on(Import, row.pk) as lease:
        lease.finish(message="53 picks")
    row.refresh_from_db()
    assert (row.state, row.message, row.progress, row.lease) == (Work.State.DONE, "53 picks", 1.0, None)
    assert row.started_at <= row.finished_at


def test_work_that_is_interrupted_is_cancelled(row: Import):
    with pytest.raises(KeyboardInterrupt), working_on(Import, row.pk):
        raise KeyboardInterrupt
    row.refresh_from_db()
    assert (row.state, row.message, row.lease) == (Work.State.CANCELLED, "Cancelled.", None)


def test_a_beat_shows_progress_and_life(row: Import):
    lease = claim(Import, row.pk)
    Import.objects.filter(pk=row.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    lease.beat(progress=0.4, message="Reading catalog.xml")
    row.refresh_from_db()
    assert (row.percent, row.message) == (40, "Reading catalog.xml")
    assert row.heartbeat_at > timezone.now() - timedelta(seconds=30)


def test_who_lost_the_lease_writes_nothing(row: Import):
    lease = claim(Import, row.pk)
    taken_by_another(row)
    with pytest.raises(LeaseLost):
        lease.beat(progress=0.9, message="from the dead")
    with pytest.raises(LeaseLost):
        lease.finish(message="from the dead")
    row.refresh_from_db()
    assert (row.state, row.message, row.progress) == (Work.State.RUNNING, "", 0.0)


def test_work_that_was_taken_over_ends_quietly(row: Import):
    with working_on(Import, row.pk) as lease:
        taken_by_another(row)
        lease.beat()
    row.refresh_from_db()
    assert row.state == Work.State.RUNNING


def test_a_cancelled_row_stops_at_its_next_beat(row: Import):
    with working_on(Import, row.pk) as lease:
        cancel_work(row=row)
        lease.beat()
        pytest.fail("the beat should have stopped the work")
    row.refresh_from_db()
    assert (row.state, row.message) == (Work.State.CANCELLED, "Cancelled.")
    assert row.finished_at is not None


def test_a_queued_row_is_cancelled_at_once(row: Import):
    cancel_work(row=row)
    assert row.state == Work.State.CANCELLED
    assert claim(Import, row.pk) is None


def test_a_row_that_a_dead_worker_had_begun_is_cancelled_by_the_next_worker(row: Import):
    Import.objects.filter(pk=row.pk).update(attempt=1)
    cancel_work(row=row)
    assert row.state == Work.State.QUEUED
    with working_on(Import, row.pk) as lease:
        lease.beat()
    row.refresh_from_db()
    assert row.state == Work.State.CANCELLED


def test_finished_work_cannot_be_cancelled(row: Import):
    with working_on(Import, row.pk) as lease:
        lease.finish()
    with pytest.raises(Conflict, match="nothing to cancel"):
        cancel_work(row=row)


def test_a_failure_that_people_can_mend_is_told_in_its_own_words(row: Import):
    with working_on(Import, row.pk):
        raise JobFailed("No pick has a waveform. Import waveforms for them.")
    row.refresh_from_db()
    assert (row.state, row.message) == (Work.State.FAILED, "No pick has a waveform. Import waveforms for them.")
    assert row.error_reference == ""


def test_an_unexpected_error_leaves_a_reference_that_the_log_explains(row: Import, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError), working_on(Import, row.pk):
        _ = 1 / 0
    row.refresh_from_db()
    assert row.state == Work.State.FAILED
    assert row.error_reference
    assert row.error_reference in row.message
    assert "ZeroDivisionError" not in row.message
    assert any(row.error_reference in record.getMessage() and record.exc_info for record in caplog.records)


def test_beats_that_come_too_often_are_left_out(row: Import, django_assert_num_queries):
    lease = claim(Import, row.pk)
    with django_assert_num_queries(0):
        for _ in range(100):
            lease.beat_if_due(progress=0.5)
