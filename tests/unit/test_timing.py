from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.seismo.timing import (
    add_seconds,
    iso,
    parse_utc,
    placeholder_start,
    sample_to_time,
    seconds_between,
    time_to_sample,
)

START = datetime(2013, 9, 26, 15, 17, 5, 610000, tzinfo=UTC)


def test_sample_0_is_the_start_of_the_trace():
    assert sample_to_time(START, 0, 100.0) == START


def test_sample_250_at_100_hz_is_two_and_a_half_seconds_later():
    assert sample_to_time(START, 250, 100.0) == START + timedelta(seconds=2.5)


@given(sample=st.floats(-1e7, 1e7), rate_hz=st.sampled_from([1.0, 20.0, 62.5, 100.0, 200.0, 250.0]))
def test_a_sample_comes_back_from_its_time_to_the_microsecond(sample: float, rate_hz: float):
    assert time_to_sample(START, sample_to_time(START, sample, rate_hz), rate_hz) == pytest.approx(sample, abs=rate_hz * 1e-6)


def test_seconds_between_is_negative_where_the_later_time_comes_first():
    assert seconds_between(add_seconds(START, 1.25), START) == -1.25


def test_iso_text_is_read_back_as_the_same_time():
    assert iso(START) == "2013-09-26T15:17:05.610000Z"
    assert parse_utc(iso(START)) == START


def test_a_time_with_an_offset_is_converted_and_one_without_is_utc():
    assert parse_utc("2013-09-27T03:17:05.61+12:00") == START
    assert parse_utc("2013-09-26 15:17:05.61") == START


def test_a_text_that_is_no_time_is_refused_with_the_text():
    with pytest.raises(ValueError, match="'yesterday' is not an ISO 8601 time"):
        parse_utc("yesterday")


def test_a_time_beyond_the_calendar_is_a_value_error():
    with pytest.raises(ValueError, match="sample -9.22337e\\+18 at 100 Hz"):
        sample_to_time(START, -9223372036854775808, 100.0)
    with pytest.raises(ValueError, match="1e\\+12 s after 2013-09-26"):
        add_seconds(START, 1e12)
    with pytest.raises(ValueError, match="0001-01-01T00:00:00\\+05:00"):
        parse_utc("0001-01-01T00:00:00+05:00")


def test_iso_writes_other_time_zones_as_utc():
    assert iso(START.astimezone(timezone(timedelta(hours=12)))) == "2013-09-26T15:17:05.610000Z"


def test_placeholder_hours_follow_each_other_from_1970_on():
    assert placeholder_start(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert placeholder_start(25) == datetime(1970, 1, 2, 1, tzinfo=UTC)
