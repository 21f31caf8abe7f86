"""Nordic S-files of SEISAN: events, picks and the names of their waveform files; old phase lines, and the new ones (SEISAN 12).

Own parser, since ObsPy's gives up a whole file for one bad line. Columns are those of the SEISAN manual, appendix A, counted from 0 here.
A channel of two letters is the first and the last of a SEED code (`HZ` for HHZ); the matching of picks to traces knows that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from labeling.seismo.formats import cells
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records
from labeling.seismo.timing import add_seconds, seconds_between

_TYPES = "1234567EFIHMPSX "
_HALF_DAY_S = 43_200.0
_AMPLITUDE = re.compile(r"^(I?AM.*|I?V.*|A)$", re.IGNORECASE)
_OLD_HEADER = " STAT SP"
_NEW_HEADER = " STAT COM"


@dataclass(frozen=True)
class _Line:
    text: str  # filled up to 80 columns
    number: int

    @property
    def type(self) -> str:
        return self.text[79]


@dataclass
class _Block:
    """The lines of one event, up to the blank line behind it."""

    lines: list[_Line] = field(default_factory=list)

    def of_type(self, line_type: str) -> list[_Line]:
        return [line for line in self.lines if line.type == line_type]


def looks_like_nordic(head: str) -> bool:
    """Whether these first lines of a file hold an event line (type 1 with a date) or the header of phase lines."""
    for text in head.splitlines()[:200]:
        if text.startswith((_OLD_HEADER, _NEW_HEADER)) and text[79:80] == "7":
            return True
        if text[79:80] == "1" and re.match(r"^ [12]\d{3} ?[ \d]\d ?[ \d]\d", text):
            return True
    return False


def read_nordic(path: Path, *, place: str) -> Records:
    """Events, picks and problems of an S-file or a collection of them. place: what to call the file in the report.

    Amplitude, coda and azimuth readings are reported (severity info) and are not picks. The event's source_ref is the file, with the line
    of the event where a file holds several.
    """
    blocks = list(_blocks(path.read_text(encoding="latin-1")))
    for block in blocks:
        heads = block.of_type("1")
        origin_time, origin_problem = _origin_time(heads)
        if origin_time is None:
            yield Problem("unreadable_event", origin_problem, f"{place}:{block.lines[0].number}")
            continue
        event_ref = place if len(blocks) == 1 else f"{place}:{heads[0].number}"
        yield from _event(heads[0], block, origin_time, event_ref, place)
        yield from _picks(block, origin_time, event_ref, place)


def _blocks(text: str) -> Iterator[_Block]:
    block = _Block()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip("\x1a\x00 \t\r"):
            if block.lines:
                yield block
                block = _Block()
            continue
        block.lines.append(_Line(line.rstrip("\r\x1a").ljust(80), number))
    if block.lines:
        yield block


def _origin_time(heads: list[_Line]) -> tuple[datetime | None, str]:
    if not heads:
        return None, "These lines have no event line (type 1 in column 80), so their picks have no date. Copy the whole S-file again."
    text = heads[0].text
    try:
        day = datetime(int(text[1:5]), int(text[6:8]), int(text[8:10]), tzinfo=UTC)
        seconds = (_integer(text[11:13]) or 0) * 3600 + (_integer(text[13:15]) or 0) * 60 + (cells.number_or_none(text[15:20]) or 0.0)
        return add_seconds(day, seconds), ""
    except ValueError as error:
        return None, f"The event line has no readable date ({error}): {text[:20].strip()!r}. Mend it and import the file again."


def _event(head: _Line, block: _Block, origin_time: datetime, event_ref: str, place: str) -> Iterator[Record]:
    text = head.text
    values: dict[str, float | None] = {}
    for name, part in (("latitude", text[23:30]), ("longitude", text[30:38]), ("depth_km", text[38:43]), ("magnitude", text[55:59])):
        try:
            values[name] = cells.number_or_none(part)
        except ValueError as error:
            values[name] = None
            message = f"The event's {name} is not read: {error}. Mend columns of the event line."
            yield Problem("unreadable_event", message, f"{place}:{head.number}", severity="warning")
    letter = text[59].strip()
    identifier = next((found.group(1) for line in block.of_type("I") if (found := re.search(r"ID:(\d{14})", line.text))), "")
    yield EventRecord(
        source_ref=event_ref,
        origin_time=origin_time,
        magnitude_type=f"M{letter}" if letter else "",
        extra={key: value for key, value in (("agency_id", text[45:48].strip()), ("seisan_id", identifier)) if value},
        **values,
    )


@dataclass(frozen=True)
class _Reading:
    """One phase line, as far as both layouts say the same. time_text: hour, minute, seconds."""

    station_code: str
    channel_code: str | None
    phase: str
    time_text: tuple[str, str, str]
    weight: str
    onset: str
    polarity: str
    mode: str
    network_code: str | None = None
    location_code: str | None = None
    amplitude: str = ""
    coda: str = ""
    agency_id: str = ""
    author: str = ""


def _picks(block: _Block, origin_time: datetime, event_ref: str, place: str) -> Iterator[Record]:
    waveform_files = tuple(name for line in block.of_type("6") for name in line.text[1:79].split())
    read_line = _new_phase if any(line.text.startswith(_NEW_HEADER) for line in block.of_type("7")) else _old_phase
    below_header = not block.of_type("7")
    for line in block.lines:
        where = f"{place}:{line.number}"
        if line.type == "7":
            below_header = True
        elif line.type not in _TYPES:
            message = f"The line has the unknown type {line.type!r} in column 80: {line.text.strip()[:40]!r}. Mend it, or take it out."
            yield Problem("unreadable_row", message, where)
        elif line.type in " 4" and below_header:
            reading = read_line(line.text)
            try:
                other = _not_a_pick(reading, where)
                yield from [other] if other else _pick(reading, origin_time, event_ref, waveform_files, where)
            except ValueError as error:
                message = f"The phase line is not read: {error}: {line.text.rstrip()!r}. Mend it and import the file again."
                yield Problem("unreadable_row", message, where)


def _old_phase(text: str) -> _Reading:
    weight, phase, polarity = text[14], text[10:14].strip(), text[16]
    if weight not in " 012349_":  # a phase name of more than four letters; the weight then stands before the onset
        weight, phase, polarity = text[8], text[10:18].strip(), ""
    elif weight == "_":
        weight, phase, polarity = "", text[10:18].strip(), ""
    return _Reading(
        station_code=text[1:6].strip(),
        channel_code=text[6:8].replace("_", "").replace(" ", "") or None,
        phase=phase,
        time_text=(text[18:20], text[20:22], text[22:29]),
        weight=weight,
        onset=text[9],
        polarity=polarity,
        mode=text[15] if polarity else "",
        amplitude=text[33:40].strip(),
        coda=text[29:33].strip(),
    )


def _new_phase(text: str) -> _Reading:
    return _Reading(
        station_code=text[1:6].strip(),
        channel_code=text[6:9].replace("_", "").replace(" ", "") or None,
        phase=text[16:24].strip(),
        time_text=(text[26:28], text[28:30], text[31:37]),
        weight=text[24],
        onset=text[15],
        polarity=text[43],
        mode=text[25],
        network_code=text[10:12].strip() or None,
        location_code=text[12:14].strip() or None,
        agency_id=text[51:54].strip(),
        author=text[55:58].strip(),
    )


def _not_a_pick(reading: _Reading, where: str) -> Problem | None:
    name = f"{reading.station_code} {reading.phase}".strip()
    if _AMPLITUDE.match(reading.phase) or (not reading.phase and reading.amplitude):
        return Problem("amplitude_reading", f"{name} is an amplitude reading, not a pick.", where, severity="info")
    if reading.phase.upper() == "END" or (not reading.phase and reading.coda):
        return Problem("coda_reading", f"{name} is a coda length, not a pick.", where, severity="info")
    if reading.phase.upper().startswith("BAZ"):
        return Problem("azimuth_reading", f"{name} is a back azimuth, not a pick.", where, severity="info")
    return None


def _pick(reading: _Reading, origin_time: datetime, event_ref: str, waveform_files: tuple[str, ...], where: str) -> list[Record]:
    if not reading.station_code:
        raise ValueError("it names no station")
    if not reading.phase:
        raise ValueError("it names no phase")
    if not any(part.strip() for part in reading.time_text):
        raise ValueError("it has no time")
    problems: list[Record] = []
    weight = None  # blank stands for full weight, 0; we keep it as not given
    try:
        weight = cells.weight_or_none(reading.weight)
    except ValueError as error:
        problems.append(Problem("unknown_weight", f"The pick is imported without its weight: {error}.", where, severity="warning"))
    pick = PickRecord(
        source_ref=where,
        time=_pick_time(reading.time_text, origin_time),
        phase_hint=reading.phase,
        station_code=reading.station_code,
        network_code=reading.network_code,
        location_code=reading.location_code,
        channel_code=reading.channel_code,
        event_ref=event_ref,
        weight=weight,
        onset=cells.onset(reading.onset),
        polarity=cells.polarity(reading.polarity),
        evaluation_mode="automatic" if reading.mode == "A" else "manual",
        agency_id=reading.agency_id,
        author=reading.author,
        waveform_files=waveform_files,
    )
    return [pick, *problems]


def _pick_time(time_text: tuple[str, str, str], origin_time: datetime) -> datetime:
    """Hours of 24 and more are on the next day (SEISAN allows 48); so is an early hour after an origin late in the day.

    Seconds may pass 60.
    """
    hour, minute = _integer(time_text[0]) or 0, _integer(time_text[1]) or 0
    second = cells.number_or_none(time_text[2]) or 0.0
    if not (0 <= hour <= 48 and 0 <= minute <= 60 and 0 <= second < 10_000):
        raise ValueError(f"there is no time {hour}:{minute}:{second}")
    midnight = origin_time.replace(hour=0, minute=0, second=0, microsecond=0)
    time = add_seconds(midnight, hour * 3600 + minute * 60 + second)
    return add_seconds(time, 86_400.0) if seconds_between(time, origin_time) > _HALF_DAY_S else time


def _integer(text: str) -> int | None:
    stripped = text.strip()
    if stripped and not stripped.isdigit():
        raise ValueError(f"{stripped!r} is not a whole number")
    return int(stripped) if stripped else None
