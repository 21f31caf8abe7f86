"""What every writer takes: picks as finally decided with how they came to be so, their events, and traces read on demand.

`record` holds a pick as it is after the last decision; `status` and the `original_*` fields say what was done to it. A removed pick
keeps the time and the phase that it had. `record.event_ref` is the `event_id` of an `ExportEvent`, `trace_key` the key of an `ExportTrace`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

import numpy as np

from labeling.seismo.records import EventRecord, FloatArray, PickRecord, StationRecord

PickStatus = Literal["kept", "moved", "phase_changed", "described", "removed", "added"]
CORRECTED: tuple[PickStatus, ...] = ("moved", "phase_changed", "described")

EMPTY_CODE = "--"


@dataclass  # as PickRecord is: nobody changes one, and a frozen one takes four times as long to make
class ExportPick:
    """One pick of a snapshot. p_mislabelled: of the run named, None if unscored.

    decision: token of the one that made the pick what it is, else of the last that left it so; empty if nobody decided.
    """

    record: PickRecord
    pick_id: str
    status: PickStatus = "kept"
    original_time: datetime | None = None  # None for an added pick
    original_phase_hint: str = ""
    decision: str = ""
    analyst: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    run: str = ""
    checkpoint_sha256: str = ""
    p_mislabelled: float | None = None
    trace_key: str | None = None

    @property
    def is_label(self) -> bool:
        """True if there is an arrival at record.time after all decisions."""
        return self.status != "removed"

    @property
    def was_corrected(self) -> bool:
        """True if time, phase, or what is said of the onset are no longer those of the upload."""
        return self.status in CORRECTED


@dataclass(frozen=True)
class ExportEvent:
    """An event under the id that the picks' `record.event_ref` names."""

    event_id: str
    record: EventRecord


@dataclass
class ExportTrace:
    """One recording, its samples read only when a writer comes to it.

    channel_codes: SEED codes in the order of the rows that `read_samples()` returns, (n_components, n_samples) float32, NaN in gaps.
    """

    trace_key: str
    network_code: str | None
    station_code: str
    location_code: str | None
    channel_codes: tuple[str, ...]
    start_time: datetime
    sampling_rate_hz: float
    read_samples: Callable[[], FloatArray]
    event_id: str | None = None
    time_is_relative: bool = False
    station: StationRecord | None = None
    category: str = ""  # trace_category of the upload: `earthquake_local`, `noise`
    split: str = ""  # as uploaded


# Samples of many traces, in their order: (n_traces, n_components, n_samples) of as many as follow each other and have the same channels.
ReadTogether = Callable[[Sequence[ExportTrace]], Iterator[FloatArray]]


def each_by_itself(traces: Sequence[ExportTrace]) -> Iterator[FloatArray]:
    """A `ReadTogether` of traces that can be read one by one only."""
    for trace in traces:
        yield trace.read_samples()[np.newaxis]


def names_left_out(names: Iterable[str]) -> list[str]:
    """What to say of further values that a form has no place for; nothing where there are none."""
    found = ", ".join(sorted(names))
    return [f"Further values of the upload are left out: {found}."] if found else []


def code_text(code: str | None) -> str:
    """A SEED code for a cell: `--` for an empty one, blank for a missing one, as on the command line and in CSV."""
    if code is None:
        return ""
    return code or EMPTY_CODE


@lru_cache(maxsize=1024)
def network_phase(phase_hint: str) -> Literal["P", "S"] | None:
    """The kind of wave that a phase name stands for: `Pg`, `IPU0`, `pP` are P; `Sn` is S; anything else (`AML`, `L`, `end`) is None."""
    name = phase_hint.strip().lstrip("iIeEqQ") or phase_hint.strip()
    if name[:1] in ("P", "p"):
        return "P"
    if name[:1] in ("S", "s"):
        return "S"
    return None
