"""NonLinLoc: phase files (`.obs`), and location files (`.hyp`) with their phases.

An event is a block that a blank line ends, or one from NLLOC to END_NLLOC. A phase line knows a station, an instrument and a component, and
neither network nor location code. An uncertainty of −1 or 0 is none given. Of a location's results for each phase nothing is read.
Source: NonLinLoc, file formats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from labeling.seismo.formats import cells
from labeling.seismo.formats.text_lines import Line, at_clock, degrees_or_none, read_lines, whole_number
from labeling.seismo.formats.write_nonlinloc import NO_UNCERTAINTY
from labeling.seismo.records import EventRecord, PickRecord, Problem, Records

# station, instrument, component, onset, phase, first motion, date, hour and minute, second, kind and size of the error
_PHASE = re.compile(r"\S+\s+\S+\s+\S+\s+\S\s+\S+\s+\S\s+\d{8}\s+\d{1,4}\s+-?[\d.]+\s+(GAU|BOX|FIX|NONE)\s")
_ORIGIN = re.compile(r"GEOGRAPHIC\s+OT\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+Lat\s+(\S+)\s+Long\s+(\S+)\s+Depth\s+(\S+)")
_MAGNITUDE = re.compile(r"\b(Mamp|Mdur)\s+(\S+)")
_BEGIN, _END = "NLLOC ", "END_NLLOC"
_NOT_GIVEN = "?"
_LEAST_MAGNITUDE = -9.0  # -9.9 is none


def looks_like_nonlinloc(head: str) -> bool:
    """Whether these first lines of a file hold a phase line or begin a location."""
    return any(_PHASE.match(line) or line.startswith('NLLOC "') for line in head.splitlines()[:200])


def read_nonlinloc(path: Path, *, place: str) -> Records:
    """Each event, its picks and problems. place: what to call the file in the report. Events of a phase file have no origin."""
    n_without_uncertainty = 0
    for block in _blocks(path):
        is_location = block[0].text.startswith(_BEGIN)
        event_ref = next((line.text.split()[1] for line in block if re.match(r"PUBLIC_ID\s+\S", line.text)), f"{place}:{block[0].number}")
        phases = [line for line in block if _PHASE.match(line.text + " ")]
        if not is_location and not phases and all(line.text.startswith(("#", "PUBLIC_ID")) for line in block):
            continue
        yield from _event(block, event_ref, place)
        stood_in = {line.number + 1 for line in block if line.text.startswith(NO_UNCERTAINTY)}
        for line in phases:
            try:
                pick = _pick(line.text, event_ref, f"{place}:{line.number}")
                if line.number in stood_in:
                    pick = replace(pick, uncertainty_s=None)
            except ValueError as error:
                message = f"The phase line is not read: {error}. Mend it and import the file again."
                yield Problem("unreadable_row", message, f"{place}:{line.number}")
                continue
            n_without_uncertainty += pick.uncertainty_s is None
            yield pick
        yield from _other_lines(block, is_location, place)
    if n_without_uncertainty:
        message = f"{n_without_uncertainty} picks have no uncertainty here (−1 or 0 in NonLinLoc); they are imported without one."
        yield Problem("no_uncertainty", message, place, severity="info")


def _blocks(path: Path) -> Iterator[list[Line]]:
    """The lines of one event after the other, blank ones left out."""
    block: list[Line] = []
    for line in read_lines(path):
        is_in_location = bool(block) and block[0].text.startswith(_BEGIN)
        if line.text.startswith(_BEGIN) and block:
            yield block
            block = []
        if line.text.strip():
            block.append(line)
        if block and (line.text.startswith(_END) or (not line.text.strip() and not is_in_location)):
            yield block
            block = []
    if block:
        yield block


def _event(block: list[Line], event_ref: str, place: str) -> Records:
    origin = next(((line.number, match) for line in block if (match := _ORIGIN.match(line.text))), None)
    if origin is None:
        yield EventRecord(event_ref)
        return
    number, match = origin
    doubts: list[str] = []
    *day_and_clock, second, latitude, longitude, depth_km = match.groups()
    numbers: dict[str, float | None] = {}
    for name, text, limit in (("latitude", latitude, 90.0), ("longitude", longitude, 360.0), ("depth_km", depth_km, math.inf)):
        try:
            numbers[name] = degrees_or_none(cells.number_or_none(text), limit)
        except ValueError as error:
            doubts.append(f"{name}: {error}")
    try:
        year, month, day, hour, minute = (int(part) for part in day_and_clock)
        origin_time = at_clock(year, month, day, hour, minute, float(second))
    except ValueError as error:
        origin_time = None
        doubts.append(f"time: {error}")
    magnitude, magnitude_type = _magnitude(block)
    status = block[0].text.split('"')[3:4]
    extra = {"nonlinloc_status": status[0]} if status else {}
    yield EventRecord(event_ref, origin_time, magnitude=magnitude, magnitude_type=magnitude_type, extra=extra, **numbers)
    if doubts:
        message = f"The event is imported in part: {'; '.join(doubts)}. Mend the line GEOGRAPHIC (a grid of TRANSFORM NONE has no degrees)."
        yield Problem("unreadable_event", message, f"{place}:{number}", severity="warning")


def _magnitude(block: list[Line]) -> tuple[float | None, str]:
    """Of the line QUALITY, by amplitude or else by duration."""
    for name, text in (found for line in block if line.text.startswith("QUALITY") for found in _MAGNITUDE.findall(line.text)):
        try:
            value = cells.number_or_none(text)
        except ValueError:
            continue
        if value is not None and value > _LEAST_MAGNITUDE:
            return value, name
    return None, ""


def _pick(text: str, event_ref: str, where: str) -> PickRecord:
    parts = text.partition(">")[0].split()
    station, instrument, component, onset, phase, first_motion, date, clock, second, error_kind, error_s, *rest = (*parts, "-1")
    if phase == _NOT_GIVEN:
        raise ValueError("it names no phase")
    clock = clock.zfill(4)
    uncertainty_s = cells.number_or_none(error_s)
    further = dict(zip(("coda_duration_s", "amplitude", "period_s", "prior_weight"), (cells.number_or_none(part) for part in rest[:-1])))
    if instrument != _NOT_GIVEN and len(instrument) == 2 and len(component) == 1 and component != _NOT_GIVEN:
        instrument, component = _NOT_GIVEN, instrument + component  # HH and Z
    extra = {name: value for name, value in further.items() if value is not None and value >= 0}
    return PickRecord(
        source_ref=where,
        time=at_clock(int(date[:4]), int(date[4:6]), int(date[6:]), whole_number(clock[:2]), whole_number(clock[2:]), float(second)),
        phase_hint=phase,
        station_code=station,
        channel_code=None if component == _NOT_GIVEN else component,
        event_ref=event_ref,
        uncertainty_s=uncertainty_s if uncertainty_s and uncertainty_s > 0 else None,
        onset=cells.onset(onset),
        polarity=cells.polarity(first_motion),
        extra={
            **extra,
            **({"error_kind": error_kind} if error_kind != "GAU" else {}),
            **({"instrument": instrument} if instrument != _NOT_GIVEN else {}),
        },
    )


def _other_lines(block: list[Line], is_location: bool, place: str) -> Iterator[Problem]:
    """What is wrong with lines that are no phases: in a location those between PHASE and END_PHASE, in a phase file all."""
    within = not is_location
    for line in block:
        first = line.text.split(maxsplit=1)[0]
        if first in ("PHASE", "END_PHASE") and is_location:
            within = first == "PHASE"
        elif within and not _PHASE.match(line.text + " ") and not line.text.startswith(("#", "PUBLIC_ID")):
            message = f"The line is no phase line of NonLinLoc: {line.text.strip()[:60]!r}. Mend it, or take it out."
            yield Problem("unreadable_row", message, f"{place}:{line.number}")
    if is_location and not block[-1].text.startswith(_END):
        message = "The location that begins here has no END_NLLOC; what stands in the file is imported. Copy it again from where it came."
        yield Problem("file_breaks_off", message, f"{place}:{block[0].number}", severity="warning")
