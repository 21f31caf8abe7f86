"""What a row can hold. PostgreSQL refuses a whole batch for one text that is too long, SQLite none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django.db import models

from labeling.models import ChannelEpoch, Event, Pick, Station, Trace
from labeling.seismo.field_values import values_of
from labeling.seismo.records import ChannelRecord, EventRecord, PickRecord, Problem, StationRecord, TraceRecord

# Arithmetic with such times stays within the calendar. Placeholder hours of millions of traces reach beyond 2300.
FIRST_YEAR, LAST_YEAR = 1800, 9000
LONGEST_TRACE = timedelta(days=3660)
_SHOWN = 40
_MODELS: dict[type, type[models.Model]] = {
    EventRecord: Event,
    PickRecord: Pick,
    StationRecord: Station,
    ChannelRecord: ChannelEpoch,
    TraceRecord: Trace,
}


def overlong_text(record: EventRecord | PickRecord | StationRecord | ChannelRecord | TraceRecord) -> Problem | None:
    """Why the record makes no row: the first of its codes and names that is longer than its column."""
    kind: type = type(record)
    too_long = _too_long(kind, _texts(kind)(record))
    if too_long is None:
        return None
    name, text, limit = too_long
    shown = repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
    message = (
        f"The {name.replace('_', ' ')} {shown} has {len(text)} characters, at most {limit} are taken; this row is left out. "
        "Shorten it and import the file again."
    )
    return Problem("too_long", message, record.source_ref)


@lru_cache(maxsize=10_000)  # a catalog has few different codes and names
def _too_long(kind: type, texts: tuple[str | None, ...]) -> tuple[str, str, int] | None:
    """Name, text and limit of the first text that is longer than its column."""
    return next(((name, text, limit) for (name, limit), text in zip(_limits(kind), texts, strict=True) if text and len(text) > limit), None)


@cache
def _texts(kind: type) -> Callable[[Any], tuple[str | None, ...]]:
    """Gets the texts of such a record that have a limit."""
    return values_of([name for name, _ in _limits(kind)])


@cache
def _limits(kind: type) -> tuple[tuple[str, int], ...]:
    """Characters that the column of each text of such a record takes. Names of the upload itself are cut instead."""
    texts = {*(field.name for field in fields(kind)), "instrument_code"} - {"source_ref"}  # that of a trace is worked out
    columns = [field for field in _MODELS[kind]._meta.get_fields() if isinstance(field, models.CharField) and field.name in texts]
    return tuple((column.name, column.max_length) for column in columns if column.max_length)


def is_believable(start_time: datetime, end_time: datetime | None = None) -> bool:
    """Whether something may have been recorded then: not in the year 1, and not for ten years on end."""
    end_time = end_time or start_time
    return start_time.year >= FIRST_YEAR and end_time.year <= LAST_YEAR and end_time - start_time <= LONGEST_TRACE
