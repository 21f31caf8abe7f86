"""HYPOINVERSE-2000 archives and phase files (year-2000 columns): event lines, station lines with a P and an S each, terminators.

Shadow lines (`$`) are passed over. Numbers in fixed columns may stand without their decimal point (`4310` is 43.10 s). Seconds of S count
from the same minute as those of P. A blank weight is kept as not given. Source: Klein (2014), HYPOINVERSE-2000, chapter 6 and appendix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from labeling.seismo.formats import cells
from labeling.seismo.formats.text_lines import Line, at_clock, degrees_or_none, fixed_number, read_lines, whole_number
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records

_EVENT = re.compile(r"(1[89]|20)\d\d[ \d]{8}[ \d.]{4}[ \d]{2}[ NSns][ \d.]{4}[ \d]{3}[ EWew][ \d.]{4}")
_STATION = re.compile(r"\S.{12}.{4}(1[89]|20)\d\d[ \d]{8}")
_P, _S = (slice(13, 15), slice(15, 16), slice(16, 17), slice(29, 34)), (slice(46, 48), slice(48, 49), slice(49, 50), slice(41, 46))


def looks_like_hypoinverse(head: str) -> bool:
    """Whether the first two lines that are no shadow lines are an event and a station, or two stations."""
    lines = [line for line in head.splitlines()[:50] if line.strip() and not line.startswith("$")][:2]
    return len(lines) == 2 and (_EVENT.match(lines[0]) or _STATION.match(lines[0])) is not None and _STATION.match(lines[1]) is not None


def read_hypoinverse(path: Path, *, place: str) -> Records:
    """Each event, its picks and problems. place: what to call the file in the report.

    Stations without an event line make an event without origin.
    """
    event_ref: str | None = None
    seen: dict[str, int] = {}
    for line in read_lines(path):
        where = f"{place}:{line.number}"
        if not line.text[:17].strip():  # a terminator, with or without the event's number or a trial hypocentre
            event_ref = None
        elif line.text.startswith("$"):
            continue
        elif _EVENT.match(line.text):
            own_name = line.text[136:146].strip() or where
            seen[own_name] = count = seen.get(own_name, 0) + 1
            event_ref = own_name if count == 1 else f"{own_name}#{count}"
            yield from _event(line, event_ref, where)
        else:
            if event_ref is None:
                event_ref = where
                yield EventRecord(event_ref)
            yield from _picks(line, event_ref, where)


def _event(line: Line, event_ref: str, where: str) -> Iterator[Record]:
    text = line.text
    try:
        time = _minute(text[0:12], fixed_number(text[12:16], 2) or 0.0)
        yield EventRecord(
            event_ref,
            time,
            latitude=degrees_or_none(_degrees(text[16:18], text[18:19] in "Ss" and text[18:19] != "", text[19:23]), 90),
            longitude=degrees_or_none(_degrees(text[23:26], text[26:27] not in ("E", "e"), text[27:31]), 180),
            depth_km=fixed_number(text[31:36], 2),
            magnitude=fixed_number(text[147:150], 2),
            magnitude_type=f"M{text[146].strip()}" if text[146:147].strip() else "",
        )
    except ValueError as error:
        message = f"The event is imported without its origin: {error}: {text[:36]!r}. Mend the line and import the file again."
        yield Problem("unreadable_event", message, where, severity="warning")
        yield EventRecord(event_ref)


def _picks(line: Line, event_ref: str, where: str) -> Iterator[Record]:
    text = line.text
    if not _STATION.match(text):
        message = f"The line is no station line: {text.strip()[:60]!r}: year, month, day, hour and minute belong in columns 18 to 29."
        yield Problem("unreadable_row", f"{message} Mend it and import the file again.", where)
        return
    found = False
    for default, (remark, motion, weight, seconds) in (("P", _P), ("S", _S)):
        if not text[remark].strip() and not text[seconds].strip(" 0."):
            continue  # no reading of this kind on the line
        found = True
        try:
            yield from _pick(text, (default, text[remark], text[motion], text[weight], text[seconds]), event_ref, f"{where}:{default}")
        except ValueError as error:
            message = f"The {default} of the line is not read: {error}: {text[:50]!r}. Mend it and import the file again."
            yield Problem("unreadable_row", message, where)
    if not found:
        yield Problem("amplitude_reading", f"{text[:5].strip()} has neither P nor S here.", where, severity="info")


def _pick(text: str, reading: tuple[str, str, str, str, str], event_ref: str, where: str) -> Iterator[Record]:
    default, remark, motion, weight_text, seconds_text = reading
    second = fixed_number(seconds_text, 2)
    if second is None:
        raise ValueError("it has no seconds")
    onset, phase = split_remark(remark, default)
    weight, problem = weight_of(weight_text, where)
    yield PickRecord(
        source_ref=where,
        time=_minute(text[17:29], second),
        phase_hint=phase,
        station_code=text[0:5].strip(),
        network_code=text[5:7].strip() or None,
        location_code=cells.code_or_none(text[111:113]),
        channel_code=text[9:12].strip() or text[8:9].strip() or None,
        event_ref=event_ref,
        weight=weight,
        onset=cells.onset(onset),
        polarity=cells.polarity(motion),
        extra={"weight_code": weight_text.strip()} if problem else {},
    )
    if problem:
        yield problem


def split_remark(remark: str, default: str) -> tuple[str, str]:
    """Onset and phase of a remark such as `IP`, `ES`, ` P`, `Pn`. default: the phase of a blank one."""
    if remark[:1] in ("I", "E", "i", "e") and remark[1:2].strip():
        return remark[0], remark[1:].strip()
    return "", remark.strip() or default


def weight_of(text: str, where: str) -> tuple[int | None, Problem | None]:
    """A weight code 0–4 or 9, None for a blank or another one; then the Problem says so."""
    try:
        return cells.weight_or_none(text), None
    except ValueError as error:
        return None, Problem("unknown_weight", f"The pick is imported without its weight: {error}.", where, severity="warning")


def _minute(text: str, second: float) -> datetime:
    """YYYYMMDDHHMM, blanks for leading zeros."""
    year, *rest = (whole_number(part or "0") for part in (text[0:4], text[4:6], text[6:8], text[8:10], text[10:12]))
    month, day, hour, minute = rest
    return at_clock(year, month, day, hour, minute, second)


def _degrees(whole: str, is_negative: bool, minutes: str) -> float | None:
    """Degrees and minutes; None where both are blank."""
    if not whole.strip() and not minutes.strip():
        return None
    degrees = round((cells.number_or_none(whole) or 0.0) + (fixed_number(minutes, 2) or 0.0) / 60.0, 6)
    return -degrees if is_negative else degrees
