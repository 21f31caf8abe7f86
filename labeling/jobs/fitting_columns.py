"""What a row can hold. PostgreSQL refuses a whole batch for one text that is too long, SQLite none."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from django.db import models

from labeling.models import ChannelEpoch, Event, Pick, Station, Trace
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
    for name, limit in _limits(_MODELS[type(record)]).items():
        text = getattr(record, name, None) or ""
        if len(text) > limit:
            shown = repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
            message = (
                f"The {name.replace('_', ' ')} {shown} has {len(text)} characters, at most {limit} are taken; this row is left out. "
                "Shorten it and import the file again."
            )
            return Problem("too_long", message, record.source_ref)
    return None


@cache
def _limits(model: type[models.Model]) -> dict[str, int]:
    """Characters that each text column of the model takes. Names of the upload itself are cut instead."""
    columns = [field for field in model._meta.get_fields() if isinstance(field, models.CharField)]
    return {column.name: column.max_length for column in columns if column.max_length and column.name not in ("source_ref", "identity")}


def is_believable(start_time: datetime, end_time: datetime | None = None) -> bool:
    """Whether something may have been recorded then: not in the year 1, and not for ten years on end."""
    end_time = end_time or start_time
    return start_time.year >= FIRST_YEAR and end_time.year <= LAST_YEAR and end_time - start_time <= LONGEST_TRACE
