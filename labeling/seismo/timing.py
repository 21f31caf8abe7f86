"""The one place where samples, seconds and UTC are converted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

PLACEHOLDER_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sample_to_time(start_time: datetime, sample: float, sampling_rate_hz: float) -> datetime:
    """UTC time of a fractional sample, to the microsecond. start_time: time of sample 0. Raises ValueError beyond the years 1 to 9999."""
    try:
        return start_time + timedelta(seconds=sample / sampling_rate_hz)
    except OverflowError:
        raise ValueError(f"sample {sample:g} at {sampling_rate_hz:g} Hz lies beyond the calendar") from None


def time_to_sample(start_time: datetime, time: datetime, sampling_rate_hz: float) -> float:
    """Fractional sample position of a UTC time. start_time: time of sample 0."""
    return seconds_between(start_time, time) * sampling_rate_hz


def seconds_between(earlier: datetime, later: datetime) -> float:
    """later − earlier in seconds, negative if they come the other way round."""
    return (later - earlier).total_seconds()


def add_seconds(time: datetime, seconds: float) -> datetime:
    """time + seconds, to the microsecond. Raises ValueError beyond the years 1 to 9999."""
    try:
        return time + timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"{seconds:g} s after {iso(time)} lies beyond the calendar") from None


def placeholder_start(index: int) -> datetime:
    """Start of the `index`-th placeholder hour from 1970 on, for forms that have no absolute times."""
    return PLACEHOLDER_EPOCH + timedelta(hours=index)


def iso(time: datetime) -> str:
    """ISO 8601 with microseconds and Z: `2013-09-26T15:17:05.610000Z`."""
    return (time if time.tzinfo is UTC else time.astimezone(UTC)).isoformat(timespec="microseconds")[:26] + "Z"


def parse_utc(text: str) -> datetime:
    """A UTC datetime from ISO 8601. A time with an offset is converted, one without is taken as UTC.

    Raises ValueError with the text in it if it is no time.
    """
    try:
        time = datetime.fromisoformat(text.strip())
        if time.tzinfo is UTC:
            return time
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):  # the year 1, less five hours
        raise ValueError(f"{text!r} is not an ISO 8601 time such as 2013-09-26T15:17:05.610000Z") from None
