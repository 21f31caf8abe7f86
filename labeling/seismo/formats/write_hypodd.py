"""HypoDD's phase file (`.pha`, input of ph2dt): event lines and travel times, to the microsecond."""

from __future__ import annotations

import re
from typing import TextIO

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, network_phase
from labeling.seismo.formats.phase_losses import EventsWithPicks, PhaseLosses
from labeling.seismo.timing import seconds_between

NO_MAGNITUDE = -9.9
_LONGEST_STATION = 7
_LARGEST_ID = 999_999_999
# What converters from HYPO71's weights to HypoDD's use; a weight that HypoDD itself gave comes before it.
_WEIGHTS = {0: 1.0, 1: 0.75, 2: 0.5, 3: 0.25, 4: 0.0, 9: 0.0}


def write_hypodd(target: TextIO, events: EventsWithPicks, losses: PhaseLosses, ids: TextIO) -> None:
    """Write events and their picks; what HypoDD can't hold is counted in losses. ids: takes each event's number and own name."""
    used: set[int] = set()
    for event, picks in events:
        labels = list(losses.labels(picks, lambda pick, event=event: _why_not(pick, event)))  # type: ignore[misc]
        if event is None or not labels:
            continue
        number = _number(event, used)
        ids.write(f"{number} {' '.join(event.record.source_ref.split())}\n")
        target.write(_event_line(event, number) + "\n")
        target.writelines(_line(pick, event, losses) + "\n" for pick in labels)


def _number(event: ExportEvent, used: set[int]) -> int:
    """The event's own name if it is a number that HypoDD can read, else the next free one."""
    own = event.record.source_ref
    number = int(own) if re.fullmatch(r"[1-9]\d{0,8}", own, re.ASCII) and int(own) not in used else len(used) + 1
    while number in used:
        number = number % _LARGEST_ID + 1
    used.add(number)
    return number


def _why_not(pick: ExportPick, event: ExportEvent | None) -> str:
    if event is None:
        return "they belong to no event"
    origin = (event.record.origin_time, event.record.latitude, event.record.longitude, event.record.depth_km)
    if None in origin:
        return "their event has no time, latitude, longitude or depth"
    if network_phase(pick.record.phase_hint) is None:
        return "they are neither P nor S"
    station = pick.record.station_code
    if not station.isascii() or not re.fullmatch(r"[^\s#]+", station) or len(station) > _LONGEST_STATION:
        return f"their station code is longer than {_LONGEST_STATION} letters or no plain word"
    return ""


def _event_line(event: ExportEvent, number: int) -> str:
    record = event.record
    assert record.origin_time is not None
    time = record.origin_time
    magnitude = NO_MAGNITUDE if record.magnitude is None else record.magnitude
    second = time.second + time.microsecond / 1e6
    return (
        f"# {time.year:4d} {time.month:2d} {time.day:2d} {time.hour:2d} {time.minute:2d} {second:9.6f} {record.latitude:10.6f} "
        f"{record.longitude:11.6f} {record.depth_km:8.4f} {magnitude:5.2f} 0.0 0.0 0.0 {number:9d}"
    )


def _line(pick: ExportPick, event: ExportEvent, losses: PhaseLosses) -> str:
    record = pick.record
    phase = network_phase(record.phase_hint)
    assert event.record.origin_time is not None and phase is not None
    losses.lose("HypoDD knows P and S only: full phase names (Pg, Sn …) are left out", phase != record.phase_hint)
    losses.lose("Network, location and channel codes are left out", any((record.network_code, record.location_code, record.channel_code)))
    losses.lose("Uncertainties are left out", record.uncertainty_s is not None)
    losses.lose("Weights of 0–4 become HypoDD's 1, 0.75, 0.5, 0.25 and 0; a pick without one gets 1", record.weight is not None)
    losses.lose(
        "Onset, polarity, manual or automatic, status, agency and author are left out", bool(record.onset or record.evaluation_mode)
    )
    given = record.extra.get("hypodd_weight")
    weight = float(given) if isinstance(given, int | float) else _WEIGHTS.get(record.weight or 0, 1.0)
    travel_time_s = seconds_between(event.record.origin_time, record.time)
    return f"{record.station_code:<7} {travel_time_s:11.6f} {weight:7.4f} {phase}"
