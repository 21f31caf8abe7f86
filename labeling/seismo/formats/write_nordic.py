"""Nordic S-files in the new columns (SEISAN 12): they hold channels of three letters, network, location and milliseconds, the old do not.

Source: SEISAN manual, appendix A. Hours count from the day of the event and pass 24 where a pick lies on the next day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TextIO

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick
from labeling.seismo.formats.phase_losses import EventsWithPicks, PhaseLosses
from labeling.seismo.timing import seconds_between

_HEADER = " STAT COM NTLO IPHASE   W HHMM SS.SSS   PAR1  PAR2 AGA OPE  AIN  RES W  DIS CAZ7"
_ONSETS = {"impulsive": "I", "emergent": "E", "questionable": "Q"}
_POLARITIES = {"positive": "C", "negative": "D"}
_LENGTHS = (("station_code", 5), ("channel_code", 3), ("network_code", 2), ("location_code", 2), ("phase_hint", 8))
_HALF_DAY_S = 43_200.0
_READINGS = ("AM", "IAM", "IV", "AV", "END", "BAZ")  # phase names that SEISAN takes for amplitude, coda and azimuth


def write_nordic(target: TextIO, events: EventsWithPicks, losses: PhaseLosses) -> None:
    """Write each event with its picks; what the form can't hold is counted in losses."""
    used: set[str] = set()
    for event, picks in events:
        time = _head_time(event, picks)
        labels = list(losses.labels(picks, lambda pick, time=time: _why_not(pick, time)))  # type: ignore[misc]
        if event is None or time is None or not labels:
            continue
        lines = [_event_line(event, time), _id_line(event, time, used), _HEADER, *(_line(pick, time, losses) for pick in labels)]
        target.write("\n".join(lines) + "\n\n")


def _head_time(event: ExportEvent | None, picks: Sequence[ExportPick]) -> datetime | None:
    """The origin time; of an event without one the minute of its first pick, which gives the picks their day."""
    if event is None:
        return None
    if event.record.origin_time is not None:
        return event.record.origin_time
    first = min((pick.record.time for pick in picks), default=None)
    return first.replace(second=0, microsecond=0) if first is not None else None


def _why_not(pick: ExportPick, head_time: datetime | None) -> str:
    record = pick.record
    if head_time is None:
        return "they belong to no event"
    for name, length in _LENGTHS:
        code = getattr(record, name) or ""
        if len(code) > length or not code.isascii() or any(letter.isspace() or letter == "_" for letter in code):
            return "a code or phase name of theirs does not fit its columns"
    if not record.station_code or not record.phase_hint or record.phase_hint.upper().startswith(_READINGS) or record.phase_hint == "A":
        return "their station or phase name is blank or means another reading in SEISAN"
    before_s = seconds_between(record.time, head_time)
    if before_s > _HALF_DAY_S or _milliseconds(record.time, head_time) < 0 or _milliseconds(record.time, head_time) >= 48 * 3_600_000:
        return "they lie before the day of their event or more than a day after it"
    return ""


def _milliseconds(time: datetime, head_time: datetime) -> int:
    """Since the midnight before the event, rounded."""
    midnight = head_time.replace(hour=0, minute=0, second=0, microsecond=0)
    return round((time - midnight) / timedelta(milliseconds=1))


def _event_line(event: ExportEvent, time: datetime) -> str:
    record = event.record
    has_time = record.origin_time is not None
    second = f"{int(time.second * 10 + time.microsecond / 1e5) / 10:4.1f}" if has_time else "    "
    latitude, longitude = _number(record.latitude, 7, 3), _number(record.longitude, 8, 3)
    depth, magnitude = _number(record.depth_km, 5, 1), _number(record.magnitude, 4, 1)
    kind = record.magnitude_type.removeprefix("M").removeprefix("m")[:1].upper()
    kind = kind if magnitude.strip() and kind.isascii() and not kind.isspace() else ""
    head = f" {time.year:4d} {time.month:2d}{time.day:2d} {time.hour:2d}{time.minute:2d} {second} L {latitude}{longitude}{depth}"
    return f"{head:<55}{magnitude}{kind}".ljust(79) + "1"


def _number(value: float | None, width: int, decimals: int) -> str:
    text = "" if value is None else f"{value:{width}.{decimals}f}"
    return text if len(text) == width else " " * width


def _id_line(event: ExportEvent, time: datetime, used: set[str]) -> str:
    """SEISAN's name of the event: its own if it has one, else its time, a second later where that is taken."""
    own = str(event.record.extra.get("seisan_id", ""))
    name = own if re.fullmatch(r"\d{14}", own, re.ASCII) else time.strftime("%Y%m%d%H%M%S")
    while name in used:
        time += timedelta(seconds=1)
        name = time.strftime("%Y%m%d%H%M%S")
    used.add(name)
    return f" ACTION:REG {'OP:    STATUS:':<44} ID:{name}".ljust(79) + "I"


def _line(pick: ExportPick, head_time: datetime, losses: PhaseLosses) -> str:
    record = pick.record
    milliseconds = _milliseconds(record.time, head_time)
    minutes, rest = divmod(milliseconds, 60_000)
    losses.lose("Times are rounded to milliseconds", record.time.microsecond % 1000 != 0)
    losses.lose("Uncertainties are left out", record.uncertainty_s is not None)
    losses.lose("An empty location or network code is written as a missing one", "" in (record.location_code, record.network_code))
    losses.lose(
        "The status, and a polarity 'undecidable', are left out; what is not automatic counts as manual", bool(record.evaluation_status)
    )
    losses.lose("Agency and author of more than three letters are left out", len(record.agency_id) > 3 or len(record.author) > 3)
    losses.lose("Method and creation time are left out", bool(record.method_id or record.creation_time))
    agency, author = (text if len(text) <= 3 and text.isascii() else "" for text in (record.agency_id, record.author))
    columns = (
        (1, record.station_code), (6, (record.channel_code or "")), (10, record.network_code or ""), (12, record.location_code or ""),
        (15, _ONSETS.get(record.onset, "")), (16, record.phase_hint), (24, "" if record.weight is None else str(record.weight)),
        (25, "A" if record.evaluation_mode == "automatic" else ""), (26, f"{minutes // 60:2d}"), (28, f"{minutes % 60:2d}"),
        (31, f"{rest / 1000:6.3f}"), (43, _POLARITIES.get(record.polarity, "")), (51, agency), (55, author),
    )  # fmt: skip
    line = [" "] * 80
    for start, text in columns:
        line[start : start + len(text)] = text
    return "".join(line)
