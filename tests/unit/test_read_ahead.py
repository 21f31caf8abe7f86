"""Reading ahead changes nothing but when a record is read."""

from __future__ import annotations

import threading
from itertools import islice

import pytest

from labeling.jobs.read_ahead import RECORDS_AT_ONCE, ReadAhead
from labeling.seismo.records import Problem


def problems(count, *, ends_with=None, then=lambda: None):
    """Numbered records; `then` is called when the reader is closed."""
    try:
        yield from (Problem("code", "message", str(number)) for number in range(count))
        if ends_with is not None:
            raise ends_with
    finally:
        then()


def places(records):
    return [int(record.place) for record in records]


@pytest.mark.parametrize("count", [0, 1, RECORDS_AT_ONCE, 2 * RECORDS_AT_ONCE + 7])
@pytest.mark.parametrize("is_told_to_go_on", [True, False])
def test_the_records_come_in_their_order(count, is_told_to_go_on):
    seen = []
    with ReadAhead(problems(count)) as records:
        for record in records:
            seen.append(record)
            if is_told_to_go_on:
                records.go_on()
        records.go_on()  # after the last one
    assert places(seen) == list(range(count))


@pytest.mark.parametrize("count", [3, RECORDS_AT_ONCE, RECORDS_AT_ONCE + 3])
def test_what_the_reader_raises_comes_after_the_records_before_it(count):
    with ReadAhead(problems(count, ends_with=OSError("torn off"))) as records:
        following = iter(records)
        assert places(islice(following, count)) == list(range(count))
        with pytest.raises(OSError, match="torn off"):
            next(following)


def test_a_block_is_read_before_anybody_asks_for_its_records():
    was_closed = threading.Event()
    with ReadAhead(problems(RECORDS_AT_ONCE + 1, then=was_closed.set)) as records:
        following = iter(records)
        next(following)
        assert not was_closed.is_set()
        records.go_on()
        assert was_closed.wait(timeout=30)  # at its end; one record of the first block has been asked for


def test_an_early_end_closes_the_reader_and_leaves_no_thread():
    closed_on = []
    before = threading.active_count()
    with ReadAhead(problems(100_000, then=lambda: closed_on.append(threading.current_thread().name))) as records:
        next(iter(records))
        records.go_on()
    assert len(closed_on) == 1
    assert closed_on[0].startswith("read-ahead"), "a reader is closed on the thread that it reads on"
    assert threading.active_count() == before
