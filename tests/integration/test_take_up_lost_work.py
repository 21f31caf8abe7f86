"""What happens to rows whose worker died or whose message was lost."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from labeling.jobs.take_up_lost_work import MAX_ATTEMPTS, take_up_lost_work
from labeling.models import Import, Work


@pytest.fixture(autouse=True)
def empty_queue():
    _drain()
    yield
    _drain()


def _drain() -> list[tuple[str, list[int]]]:
    """(task, arguments) of the messages that wait for the data workers; they are taken away."""
    sent = []
    with current_app.connection_for_read() as connection:
        channel = connection.default_channel
        current_app.amqp.queues["data"](channel).declare()
        while (message := channel.basic_get("data", no_ack=True)) is not None:
            sent.append((message.headers["task"], message.decode()[0]))
    return sent


def make_row(workspace, *, silent_s: float = 0.0, sent_s: float | None = None, **values) -> Import:
    now = timezone.now()
    facts = {
        "heartbeat_at": now - timedelta(seconds=silent_s),
        "sent_at": None if sent_s is None else now - timedelta(seconds=sent_s),
        "lease": uuid.uuid4() if values.get("state") == Work.State.RUNNING else None,
    }
    return Import.objects.create(workspace=workspace, name="NCSN 2012", **{**facts, **values})


def test_a_row_whose_worker_fell_silent_is_queued_and_sent_again(workspace):
    row = make_row(workspace, state=Work.State.RUNNING, silent_s=3600, attempt=1)
    assert take_up_lost_work() == 1
    row.refresh_from_db()
    assert (row.state, row.lease, row.attempt) == (Work.State.QUEUED, None, 1)
    assert _drain() == [("labeling.import_catalog", [row.pk])]


def test_a_row_whose_worker_beats_is_left_alone(workspace):
    row = make_row(workspace, state=Work.State.RUNNING, silent_s=1, attempt=1)
    assert take_up_lost_work() == 0
    row.refresh_from_db()
    assert row.state == Work.State.RUNNING
    assert _drain() == []


def test_a_queued_row_that_was_never_sent_is_sent(workspace):
    row = make_row(workspace, state=Work.State.QUEUED)
    assert take_up_lost_work() == 1
    assert _drain() == [("labeling.import_catalog", [row.pk])]


def test_a_message_that_waits_too_long_is_sent_again_and_a_fresh_one_is_not(workspace):
    old = make_row(workspace, state=Work.State.QUEUED, sent_s=600)
    make_row(workspace, state=Work.State.QUEUED, sent_s=5)
    assert take_up_lost_work() == 1
    assert _drain() == [("labeling.import_catalog", [old.pk])]


def test_looking_twice_sends_once(workspace):
    make_row(workspace, state=Work.State.QUEUED)
    assert (take_up_lost_work(), take_up_lost_work()) == (1, 0)


def test_a_row_that_kills_its_worker_each_time_is_given_up_with_a_word_where_to_look(workspace):
    row = make_row(workspace, state=Work.State.RUNNING, silent_s=3600, attempt=MAX_ATTEMPTS)
    assert take_up_lost_work() == 0
    row.refresh_from_db()
    assert row.state == Work.State.FAILED
    assert "workers' log" in row.message


def test_a_row_that_nobody_has_begun_is_cancelled_without_a_worker(workspace):
    row = make_row(workspace, state=Work.State.QUEUED, cancel_requested=True)
    assert take_up_lost_work() == 0
    row.refresh_from_db()
    assert row.state == Work.State.CANCELLED


def test_a_cancelled_row_that_a_dead_worker_had_begun_goes_to_one_that_clears_up(workspace):
    row = make_row(workspace, state=Work.State.RUNNING, silent_s=3600, attempt=1, cancel_requested=True)
    assert take_up_lost_work() == 1
    assert _drain() == [("labeling.import_catalog", [row.pk])]


@pytest.mark.parametrize("state", [Work.State.RECEIVING, Work.State.DONE, Work.State.FAILED, Work.State.CANCELLED])
def test_rows_that_wait_for_nobody_are_left_alone(workspace, state: str):
    row = make_row(workspace, state=state, silent_s=3600)
    assert take_up_lost_work() == 0
    row.refresh_from_db()
    assert row.state == state
