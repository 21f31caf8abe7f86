"""HypoDD's phase file (`.pha`, input of ph2dt): an event line that begins with #, and below it station, travel time, weight, phase.

Times of picks are travel times after the origin. A station has no network, location or channel code. The weight is a number of HypoDD's
(1 full, 0 none), not 0–4: it is kept as a further value. Source: Waldhauser (2001), HypoDD, appendix A.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labeling.seismo.formats import cells
from labeling.seismo.formats.text_lines import Line, at_clock, degrees_or_none, read_lines, whole_number
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records
from labeling.seismo.timing import add_seconds

_EVENT = re.compile(r"#\s*\d{4}(\s+\d{1,2}){4}\s+-?[\d.]+(\s+-?[\d.]+){3}\s")
_LEAST_MAGNITUDE = -9.0  # -9.9 is none, as in NonLinLoc


@dataclass
class _Event:
    """The event that is being read; None for one whose line can't be read."""

    ref: str
    origin_time: datetime | None
    line_number: int


def looks_like_hypodd(head: str) -> bool:
    """Whether an event line is the first of these lines that is not blank."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    return _EVENT.match(first) is not None


def read_hypodd(path: Path, *, place: str) -> Records:
    """Each event, its picks and problems. place: what to call the file in the report."""
    event: _Event | None = None
    seen: dict[str, int] = {}
    for line in read_lines(path):
        where = f"{place}:{line.number}"
        if not line.text.strip():
            continue
        try:
            if line.text.lstrip().startswith("#"):
                event = _Event(where, None, line.number)
                record = _event(line, where)
                seen[record.source_ref] = count = seen.get(record.source_ref, 0) + 1
                event = _Event(record.source_ref if count == 1 else f"{record.source_ref}#{count}", record.origin_time, line.number)
                yield EventRecord(**{**vars(record), "source_ref": event.ref})
            else:
                yield from _pick(line, event, where)
        except ValueError as error:
            what = "event" if line.text.lstrip().startswith("#") else "phase"
            message = f"The {what} line is not read: {error}: {line.text.strip()[:80]!r}. Mend it and import the file again."
            yield Problem("unreadable_event" if what == "event" else "unreadable_row", message, where)


def _event(line: Line, where: str) -> EventRecord:
    parts = line.text.lstrip()[1:].split()
    if len(parts) < 9:
        raise ValueError(f"it has {len(parts)} values; year, month, day, hour, minute, second, latitude, longitude and depth are needed")
    year, month, day, hour, minute = (whole_number(part) for part in parts[:5])
    second, latitude, longitude, depth_km = (float(part) for part in parts[5:9])
    magnitude = cells.number_or_none(parts[9]) if len(parts) > 9 else None
    return EventRecord(
        source_ref=parts[13] if len(parts) > 13 else where,
        origin_time=at_clock(year, month, day, hour, minute, second),
        latitude=degrees_or_none(latitude, 90),
        longitude=degrees_or_none(longitude, 360),
        depth_km=depth_km,
        magnitude=magnitude if magnitude is not None and magnitude > _LEAST_MAGNITUDE else None,
    )


def _pick(line: Line, event: _Event | None, where: str) -> list[Record]:
    if event is None:
        raise ValueError("no event line (#) stands above it")
    if event.origin_time is None:
        raise ValueError(f"the event line above it (line {event.line_number}) can't be read")
    parts = line.text.split()
    if len(parts) != 4:
        raise ValueError(f"it has {len(parts)} values; station, travel time, weight and phase are needed")
    station, travel_time, weight, phase = parts
    travel_time_s, hypodd_weight = cells.number_or_none(travel_time), cells.number_or_none(weight)
    if travel_time_s is None:
        raise ValueError("it has no travel time")
    pick = PickRecord(
        source_ref=where,
        time=add_seconds(event.origin_time, travel_time_s),
        phase_hint=phase,
        station_code=station,
        event_ref=event.ref,
        extra={} if hypodd_weight is None else {"hypodd_weight": hypodd_weight},
    )
    if travel_time_s >= 0:
        return [pick]
    message = f"The pick lies {-travel_time_s:g} s before its event. Mend the travel time if that is wrong."
    return [pick, Problem("before_origin", message, where, severity="warning")]
