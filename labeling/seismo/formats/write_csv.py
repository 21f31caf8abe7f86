"""Picks as CSV: one row a pick, with its event, and with what was decided about it, by whom, when and why.

Removed picks are rows too (`status` removed, `evaluation_status` rejected): filter on `status` before you use the times as labels.
Our own reader leaves them out. What the upload said besides stands in further columns at the end, under its own names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

from labeling.seismo.formats.csv_rows import RowWriter
from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, code_text, names_left_out
from labeling.seismo.timing import iso

IDENTITY_COLUMNS = (
    "pick_id", "source_ref", "event_id", "network_code", "station_code", "location_code", "channel_code", "phase_hint", "time",
)  # fmt: skip
RECORD_COLUMNS = (
    "uncertainty_s", "lower_uncertainty_s", "upper_uncertainty_s", "weight", "onset", "polarity", "evaluation_mode", "evaluation_status",
    "agency_id", "author", "method_id", "creation_time", "time_is_relative", "trace_name",
)  # fmt: skip
EVENT_COLUMNS = (
    "event_time", "event_latitude", "event_longitude", "event_depth_km", "event_magnitude", "event_magnitude_type",
)  # fmt: skip
AUDIT_COLUMNS = (
    "status", "original_time", "original_phase_hint", "decision", "analyst", "decided_at", "reason", "run", "checkpoint_sha256",
    "p_mislabelled",
)  # fmt: skip
COLUMNS = IDENTITY_COLUMNS + RECORD_COLUMNS + EVENT_COLUMNS + AUDIT_COLUMNS


@dataclass
class CsvSummary:
    """What was written. names_taken: further names that columns of ours have; further_of_events: what is known of the events besides."""

    names_taken: list[str]
    further_of_events: set[str]
    n_rows: int = 0
    has_relative_times: bool = False


class PickTable:
    """Rows of picks, one at a time, below their header. target: a text file that was opened with `newline=""`."""

    def __init__(self, target: TextIO, events: Mapping[str, ExportEvent], further_names: Sequence[str] = ()) -> None:
        self._writer = RowWriter(target)
        self._events = events
        self._further = [name for name in further_names if name.lower() not in COLUMNS]
        self._writer.writerow([*COLUMNS, *self._further])
        self.summary = CsvSummary(
            names_taken=[name for name in further_names if name not in self._further],
            further_of_events={name for event in events.values() for name in event.record.extra},
        )

    def add(self, pick: ExportPick) -> None:
        cells = pick_row(pick, self._events.get(pick.record.event_ref or ""))
        self._writer.writerow([*cells, *(_further_cell(pick.record.extra.get(name)) for name in self._further)])
        self.summary.n_rows += 1
        self.summary.has_relative_times |= pick.record.time_is_relative


def write_csv(
    target: TextIO, picks: Iterable[ExportPick], events: Mapping[str, ExportEvent], further_names: Sequence[str] = ()
) -> CsvSummary:
    """Write all picks to a text file that was opened with `newline=""`. further_names: of `record.extra`, to be columns too."""
    table = PickTable(target, events, further_names)
    for pick in picks:
        table.add(pick)
    return table.summary


def pick_row(pick: ExportPick, event: ExportEvent | None) -> list[str]:
    """The cells of one pick in the order of COLUMNS."""
    record = pick.record
    identity = [
        pick.pick_id, record.source_ref, record.event_ref or "", code_text(record.network_code), record.station_code,
        code_text(record.location_code), code_text(record.channel_code), record.phase_hint, iso(record.time),
    ]  # fmt: skip
    read = [
        number_cell(record.uncertainty_s), number_cell(record.lower_uncertainty_s), number_cell(record.upper_uncertainty_s),
        number_cell(record.weight), record.onset, record.polarity, record.evaluation_mode,
        record.evaluation_status if pick.is_label else "rejected", record.agency_id, record.author, record.method_id,
        time_cell(record.creation_time), "true" if record.time_is_relative else "false", pick.trace_key or "",
    ]  # fmt: skip
    audit = [
        pick.status, time_cell(pick.original_time), pick.original_phase_hint, pick.decision, pick.analyst, time_cell(pick.decided_at),
        pick.reason, pick.run, pick.checkpoint_sha256, number_cell(pick.p_mislabelled),
    ]  # fmt: skip
    return [*identity, *read, *_event_cells(event), *audit]


def what_it_cannot_hold(summary: CsvSummary, form: str = "CSV") -> list[str]:
    """What is lost in CSV, or the form named, in sentences for the person who exports."""
    losses = [f"{form} holds no waveforms: trace_name says on which trace a pick was read."]
    losses.append(f"{form} holds one decision on each pick, the one that made it what it is, and not the others.")
    if summary.names_taken:
        losses.append(f"Columns of the upload that are named as columns of this form are left out: {', '.join(summary.names_taken)}.")
    losses += names_left_out(summary.further_of_events)
    if summary.has_relative_times:
        losses.append(
            "Some times count from a placeholder hour of 1970, for their upload had no absolute times: time_is_relative is true there."
        )
    return losses


def number_cell(value: float | int | None) -> str:
    """A number in as few digits as give it back exactly; blank for none."""
    return "" if value is None else repr(value)


def time_cell(time: datetime | None) -> str:
    """ISO 8601 with microseconds; blank for none."""
    return "" if time is None else iso(time)


def _further_cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _event_cells(event: ExportEvent | None) -> list[str]:
    if event is None:
        return [""] * len(EVENT_COLUMNS)
    record = event.record
    numbers = (record.latitude, record.longitude, record.depth_km, record.magnitude)
    return [time_cell(record.origin_time), *(number_cell(number) for number in numbers), record.magnitude_type]
