"""Bulletins of the IMS and the ISC: IMS1.0 and ISF (short and long, with ISF2's further columns), GSE2.0, and lists of arrivals.

Columns are fixed. A line whose time stands elsewhere than the form has it is refused, not guessed at. Phase lines of IMS1.0 have no date:
theirs is that of the origin, or the day after. What belongs to no event (DATA_TYPE ARRIVAL) has a date of its own. Amplitudes, slownesses
and residuals are not read. Sources: CRP 243 (GSE2.0), IDC-3.4.1 (IMS1.0), ISC (ISF 1 and 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from labeling.seismo.formats import cells
from labeling.seismo.formats.text_lines import Line, at_clock, degrees_or_none, read_lines
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records
from labeling.seismo.timing import seconds_between

_DATA_TYPE = re.compile(r"DATA_TYPE\s+(BULLETIN|ARRIVAL|EVENT|ORIGIN)", re.IGNORECASE)
_EVENT = re.compile(r"EVENT\s+(\S+)", re.IGNORECASE)
_ORIGIN = re.compile(r"(\d{4}/\d\d/\d\d) (\d\d:\d\d:\d\d(?:\.\d*)?)")
_GSE_PLACE = re.compile(r"[\s*f]*(-?\d+\.\d+)[\s*f]+(-?\d+\.\d+)[\s*f]*(-?\d+\.\d+)?")
_GSE_MAGNITUDE = re.compile(r"\b(M\w{0,2}|m\w)\s*[<>]?(-?\d\.\d)\b")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d(?:\.\d*)?)")
_HEADERS = re.compile(r"(Sta\s+Dist|Net\s+Sta|Magnitude\s+Err|\s+Date\s+Time)")
_COMMENT = re.compile(r"\s*\(.*\)\s*$|\s*\(#|\s*\(\+")
_NEXT_DAY_AFTER_S = 3600.0  # so much before its origin a phase is one of the next day
_DAY_BEFORE_AFTER_S = 82_800.0


class _Layout(NamedTuple):
    """Columns of a phase line, from 0. time: where the clock begins; date: where the date begins, None if there is none."""

    station: slice
    phase: slice
    mode: slice
    direction: slice
    onset: slice
    time: int
    date: int | None = None
    network: slice = slice(0, 0)
    channel: slice = slice(0, 0)
    location: slice = slice(0, 0)
    arrival_id: slice = slice(0, 0)


_IMS = _Layout(slice(0, 5), slice(19, 27), slice(99, 100), slice(100, 101), slice(101, 102), 28, arrival_id=slice(114, 123))
_ISF2 = _Layout(
    slice(0, 5), slice(19, 27), slice(99, 100), slice(100, 101), slice(101, 102), 28,
    network=slice(129, 137), location=slice(138, 140), channel=slice(153, 156), arrival_id=slice(114, 123),
)  # fmt: skip
_GSE = _Layout(slice(0, 5), slice(23, 30), slice(19, 20), slice(20, 21), slice(21, 22), 42, 31, arrival_id=slice(119, 130))
_ARRIVALS = _Layout(
    slice(10, 15), slice(49, 57), slice(92, 93), slice(93, 94), slice(94, 95), 36, 25,
    network=slice(0, 9), channel=slice(16, 19), arrival_id=slice(107, 116),
)  # fmt: skip


@dataclass
class _Event:
    """An event that is being read. prime: the origin marked #PRIME, else the last."""

    ref: str
    where: str
    origins: list[EventRecord] = field(default_factory=list)
    prime: EventRecord | None = None
    magnitudes: list[tuple[str, float]] = field(default_factory=list)
    is_told: bool = False

    @property
    def origin(self) -> EventRecord | None:
        return self.prime or (self.origins[-1] if self.origins else None)

    def record(self) -> EventRecord:
        """The event as far as it is known by now. It is told once, before its first pick or at its end."""
        self.is_told = True
        given = vars(self.origin) if self.origin else {}
        magnitude_type, magnitude = self.magnitudes[0] if self.magnitudes else ("", None)
        return EventRecord(**{**given, "source_ref": self.ref, "magnitude": magnitude, "magnitude_type": magnitude_type})


def looks_like_ims(head: str) -> bool:
    """Whether these first lines of a file say that it is a bulletin or a list of arrivals, or hold the header of phases."""
    lines = head.splitlines()[:200]
    if any(line.startswith(("WID1", "WID2", "DAT1", "DAT2")) for line in lines):
        return False  # waveforms
    return any(_DATA_TYPE.match(line) or re.match(r"Sta\s+Dist\s+EvAz", line) for line in lines)


def read_ims(path: Path, *, place: str) -> Records:
    """Each event, its picks and problems. place: what to call the file in the report."""
    event: _Event | None = None
    block, layout = "", _IMS
    for line in read_lines(path):
        text, where = line.text, f"{place}:{line.number}"
        if not text.strip(" .") or text.strip() == "STOP" or text.startswith(("BEGIN ", "MSG_")):
            block = "" if not text.strip() and block == "magnitudes" else block
        elif _DATA_TYPE.match(text) or _EVENT.match(text):
            if event is not None and not event.is_told:
                yield event.record()
            found = _EVENT.match(text)
            event, block = _Event(found.group(1), where) if found else None, ""
        elif _HEADERS.match(text):
            block, layout = _block_of(text), _layout_of(text) or layout
        elif _COMMENT.match(text):
            if event is not None and "#PRIME" in text and block == "origins" and event.origins:
                event.prime = event.origins[-1]
        elif block == "origins" and event is not None and _ORIGIN.match(text):
            yield from _origin(line, event, where)
        elif block == "magnitudes" and event is not None:
            _add_magnitude(text, event)
        elif block == "phases":
            if event is not None and not event.is_told:
                yield event.record()
            yield from _phase(line, layout, event, where)
    if event is not None and not event.is_told:
        yield event.record()


def _block_of(header: str) -> str:
    if header.startswith(("Sta", "Net")):
        return "phases"
    return "magnitudes" if header.startswith("Magnitude") else "origins"


def _layout_of(header: str) -> _Layout | None:
    """By the header above the phases; None for another header."""
    if header.startswith("Net"):
        return _ARRIVALS
    if not header.startswith("Sta"):
        return None
    if "Date" in header:
        return _GSE
    return _ISF2 if "Deploy" in header else _IMS


def _origin(line: Line, event: _Event, where: str) -> Iterator[Record]:
    match = _ORIGIN.match(line.text)
    assert match is not None
    is_ims = len(line.text) > 110 and not _GSE_MAGNITUDE.search(line.text[68:96])
    try:
        time = _time(match.group(1), match.group(2))
        if is_ims:
            latitude, longitude, depth_km = (cells.number_or_none(line.text[at]) for at in (slice(36, 44), slice(45, 54), slice(71, 76)))
        else:
            found = _GSE_PLACE.match(line.text, match.end())
            latitude, longitude, depth_km = (cells.number_or_none(part) for part in found.groups()) if found else (None, None, None)
            event.magnitudes += [(name, float(value)) for name, value in _GSE_MAGNITUDE.findall(line.text[68:]) if not event.magnitudes]
        extra = {"author": author} if is_ims and (author := line.text[118:127].strip()) else {}
        latitude, longitude = degrees_or_none(latitude, 90), degrees_or_none(longitude, 360)
        event.origins.append(EventRecord(event.ref, time, latitude, longitude, depth_km, extra=extra))
    except ValueError as error:
        message = f"An origin of the event {event.ref} is not read: {error}. Mend the line and import the file again."
        yield Problem("unreadable_event", message, where, severity="warning")


def _add_magnitude(text: str, event: _Event) -> None:
    try:
        value = cells.number_or_none(text[6:10])
    except ValueError:
        return
    if value is not None:
        event.magnitudes.append((text[:5].strip(), value))


def _phase(line: Line, layout: _Layout, event: _Event | None, where: str) -> Iterator[Record]:
    try:
        yield _pick(line.text, layout, event, where)
    except _NoPick as reason:
        yield Problem("amplitude_reading", f"{line.text[layout.station].strip()}: {reason}.", where, severity="info")
    except ValueError as error:
        message = f"The phase line is not read: {error}: {line.text.strip()[:60]!r}. Mend it and import the file again."
        yield Problem("unreadable_row", message, where)


class _NoPick(Exception):
    """The line holds no reading of a time."""


def _pick(text: str, layout: _Layout, event: _Event | None, where: str) -> PickRecord:
    station = text[layout.station].strip()
    if not text[layout.time : layout.time + 12].strip() and not _CLOCK.search(text):
        raise _NoPick("the line has no time")
    clock = _CLOCK.match(text, layout.time)
    if clock is None:
        found = _CLOCK.search(text)
        raise ValueError(f"its time stands in column {found.start() + 1}, not {layout.time + 1}" if found else "its time can't be read")
    if not station or text[layout.station.stop : layout.station.stop + 1].strip():
        raise ValueError("it names no station" if not station else "its station does not end where the form has it")
    date = text[layout.date : layout.date + 10] if layout.date is not None else ""
    arrival_id = text[layout.arrival_id].strip()
    return PickRecord(
        source_ref=where,
        time=_time(date, clock.group()) if date else _on_day_of(event, clock),
        phase_hint=text[layout.phase].strip(),  # may be blank, and then the import says so
        station_code=station,
        network_code=text[layout.network].strip() or None,
        location_code=cells.code_or_none(text[layout.location]),
        channel_code=text[layout.channel].strip().strip("?") or None,
        event_ref=event.ref if event is not None else None,
        onset=cells.onset(text[layout.onset]),
        polarity=cells.polarity(text[layout.direction]),
        evaluation_mode=cells.evaluation_mode(text[layout.mode]),
        extra={"arrival_id": arrival_id} if arrival_id else {},
    )


def _time(date: str, clock: str) -> datetime:
    year, month, day = (int(part) for part in date.split("/"))
    hour, minute, second = clock.split(":")
    return at_clock(year, month, day, int(hour), int(minute), float(second))


def _on_day_of(event: _Event | None, clock: re.Match[str]) -> datetime:
    """The time of day on the origin's day, or on the one before or after it."""
    origin_time = event.origin.origin_time if event is not None and event.origin is not None else None
    if origin_time is None:
        raise ValueError("no origin stands above it, so that its day is not known")
    hour, minute, second = clock.groups()
    time = at_clock(origin_time.year, origin_time.month, origin_time.day, int(hour), int(minute), float(second))
    after_s = seconds_between(origin_time, time)
    if after_s < -_NEXT_DAY_AFTER_S:
        return time + timedelta(days=1)
    return time - timedelta(days=1) if after_s > _DAY_BEFORE_AFTER_S else time
