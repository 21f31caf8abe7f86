"""What the SeisBench and the STEAD forms have in common: one row of metadata for each trace, with its labels in samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from labeling.seismo.formats import cells
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, StationRecord
from labeling.seismo.timing import parse_utc, sample_to_time

Metadata = Mapping[str, object]  # by lower-case column name


@dataclass
class SeenIds:
    """Which events and stations of a file have been told of already, and how many picks each trace has so far."""

    events: set[str] = field(default_factory=set)
    stations: set[tuple[str | None, str]] = field(default_factory=set)
    picks: dict[str, int] = field(default_factory=dict)

    def next_pick_ref(self, trace_name: str, phase_hint: str) -> str:
        """`trace_name:P` for the first P of a trace, `trace_name:P:2` for the second."""
        stem = f"{trace_name}:{phase_hint}"
        self.picks[stem] = self.picks.get(stem, 0) + 1
        return stem if self.picks[stem] == 1 else f"{stem}:{self.picks[stem]}"


@dataclass(frozen=True)
class TraceHead:
    """What a row says of its trace, less the samples."""

    trace_name: str
    network_code: str | None
    station_code: str
    location_code: str | None
    start_time: datetime
    time_is_relative: bool
    sampling_rate_hz: float
    event_ref: str | None


def first_text(metadata: Metadata, *names: str) -> str:
    """The first of these columns that holds something, as text."""
    for name in names:
        text = cells.text_or_nothing(metadata.get(name))
        if text:
            return text
    return ""


def first_code(metadata: Metadata, *names: str) -> str:
    """The first of these columns that holds a SEED code."""
    return next((code for name in names if (code := cells.code_or_nothing(metadata.get(name)))), "")


def event_of(metadata: Metadata, seen: SeenIds, where: str) -> list[Record]:
    """The row's event if it is the first row to name it. A value that cannot be read is reported and left out."""
    event_id = first_text(metadata, "source_id")
    if not event_id or event_id in seen.events:
        return []
    seen.events.add(event_id)
    problems: list[Record] = []

    def number(*names: str) -> float | None:
        try:
            return cells.number_or_none(first_text(metadata, *names))
        except ValueError as error:
            problems.append(_event_problem(event_id, f"{names[0]}: {error}", where))
            return None

    origin_time = None
    origin_text = first_text(metadata, "source_origin_time")
    if origin_text:
        try:
            origin_time = parse_utc(origin_text)
        except ValueError as error:
            problems.append(_event_problem(event_id, f"source_origin_time: {error}", where))
    event = EventRecord(
        source_ref=event_id,
        origin_time=origin_time,
        latitude=number("source_latitude_deg", "source_latitude"),
        longitude=number("source_longitude_deg", "source_longitude"),
        depth_km=number("source_depth_km"),
        magnitude=number("source_magnitude"),
        magnitude_type=first_text(metadata, "source_magnitude_type"),
    )
    return [event, *problems]


def station_of(metadata: Metadata, head: TraceHead, seen: SeenIds, where: str) -> list[Record]:
    """The row's station if it is the first row to name it and gives its coordinates."""
    key = (head.network_code, head.station_code)
    if key in seen.stations:
        return []
    try:
        latitude, longitude, elevation_m = (
            cells.number_or_none(first_text(metadata, *names))
            for names in (
                ("station_latitude_deg", "receiver_latitude"),
                ("station_longitude_deg", "receiver_longitude"),
                ("station_elevation_m", "receiver_elevation_m"),
            )
        )
    except ValueError as error:
        seen.stations.add(key)
        message = f"The coordinates of station {head.station_code} are not read: {error}. Mend them, or add a stations CSV."
        return [Problem("unreadable_station", message, where, severity="warning")]
    if latitude is None or longitude is None:
        return []
    seen.stations.add(key)
    return [StationRecord(where, head.network_code, head.station_code, latitude, longitude, elevation_m)]


def labels_of(metadata: Metadata, head: TraceHead, prefix: str, hint: str, seen: SeenIds, where: str) -> list[Record]:
    """Picks from the columns `{prefix}arrival_sample`, `{prefix}status` and so on. hint: the phase that the column names.

    A cell may hold several samples (CEED's list columns). Weights that are no 0–4 or 9 (STEAD's 0–1) go to `extra`.
    """
    status = first_text(metadata, f"{prefix}status")
    if status == "removed":
        message = f"The {hint} pick of {head.trace_name} was removed by an analyst before this file was written; it is not imported."
        return [Problem("removed_pick", message, where, severity="info")]
    try:
        samples = cells.numbers(metadata.get(f"{prefix}arrival_sample"))
        times = [sample_to_time(head.start_time, sample, head.sampling_rate_hz) for sample in samples]
        uncertainty_s = cells.number_or_none(first_text(metadata, f"{prefix}uncertainty_s", f"{prefix}uncertainty"))
        lower_s, upper_s = (cells.number_or_none(first_text(metadata, f"{prefix}{side}_uncertainty_s")) for side in ("lower", "upper"))
        creation_text = first_text(metadata, f"{prefix}creation_time")
        creation_time = parse_utc(creation_text) if creation_text else None
    except ValueError as error:
        message = f"The {hint} pick of {head.trace_name} is not read: {error}. Mend the cell and import the file again."
        return [Problem("unreadable_row", message, where)]
    weight, extra = _weight(metadata, prefix)
    extra |= {
        name: text for name in ("pick_id", "original_sample", "decision", "analyst") if (text := first_text(metadata, f"{prefix}{name}"))
    }
    own_ref = first_text(metadata, f"{prefix}source_ref")
    # Our own export says what codes the pick itself had, which may be fewer than its trace has; elsewhere they are the trace's.
    network, location = (
        cells.code_or_none(metadata[column]) if (column := f"{prefix}{name}") in metadata else of_trace
        for name, of_trace in (("network_code", head.network_code), ("location_code", head.location_code))
    )
    picks: list[Record] = []
    for time in times:
        counted_ref = seen.next_pick_ref(head.trace_name, hint)
        picks.append(
            PickRecord(
                source_ref=own_ref if own_ref and len(times) == 1 else counted_ref,
                time=time,
                phase_hint=first_text(metadata, f"{prefix}phase_hint") or hint,
                station_code=head.station_code,
                network_code=network,
                location_code=location,
                channel_code=cells.code_or_none(metadata.get(f"{prefix}channel_code")),
                event_ref=head.event_ref,
                trace_ref=head.trace_name,
                uncertainty_s=uncertainty_s,
                lower_uncertainty_s=lower_s,
                upper_uncertainty_s=upper_s,
                weight=weight,
                onset=cells.onset(metadata.get(f"{prefix}onset")),
                polarity=cells.polarity(metadata.get(f"{prefix}polarity")),
                evaluation_mode=cells.evaluation_mode(first_text(metadata, f"{prefix}evaluation_mode") or status),
                evaluation_status=cells.evaluation_status(first_text(metadata, f"{prefix}evaluation_status") or status),
                agency_id=first_text(metadata, f"{prefix}agency_id"),
                author=first_text(metadata, f"{prefix}author"),
                method_id=first_text(metadata, f"{prefix}method_id"),
                creation_time=creation_time,
                time_is_relative=head.time_is_relative,
                extra=dict(extra),
            )
        )
    return picks


def _weight(metadata: Metadata, prefix: str) -> tuple[int | None, dict[str, object]]:
    text = first_text(metadata, f"{prefix}weight")
    if len(text) == 1 and text in "012349":
        return int(text), {}
    return None, {"weight": text} if text else {}


def _event_problem(event_id: str, reason: str, where: str) -> Problem:
    return Problem("unreadable_event", f"The event {event_id} is imported in part: {reason}.", where, severity="warning")
