"""One small snapshot, as the writers take it: what can happen to a pick, each once, and a trace with a gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, ExportTrace
from labeling.seismo.records import EventRecord, PickRecord, StationRecord
from labeling.seismo.timing import add_seconds

START = datetime(2021, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
DECIDED = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
RATE_HZ = 100.0
N_SAMPLES = 4000
GAP = slice(3000, 3100)
STATION = StationRecord("NZ.WEL", "NZ", "WEL", -41.28, 174.77, 138.0)


@dataclass(frozen=True)
class Example:
    """picks_on_trace: all but the last pick, which has no waveform."""

    events: dict[str, ExportEvent]
    trace: ExportTrace
    picks: list[ExportPick]

    @property
    def picks_on_trace(self) -> list[ExportPick]:
        return self.picks[:-1]

    @property
    def labels(self) -> list[ExportPick]:
        return [pick for pick in self.picks if pick.is_label]


def samples() -> np.ndarray:
    """(3, N_SAMPLES) float32 with a gap of one second on the second component."""
    made = np.random.default_rng(3).normal(size=(3, N_SAMPLES)).astype(np.float32)
    made[1, GAP] = np.nan
    return made


def example() -> Example:
    """One event, one trace with Z, 1 and 2, and six picks."""
    event = ExportEvent("42", EventRecord("smi:nz.org/event/2021p1", add_seconds(START, -4.5), -41.0, 174.2, 12.345, 2.7, "ML"))
    trace = ExportTrace("t-7", "NZ", "WEL", "", ("HHZ", "HH1", "HH2"), START, RATE_HZ, samples, event_id="42", station=STATION)
    decided: dict[str, Any] = {"analyst": "anna", "decided_at": DECIDED, "run": "3", "checkpoint_sha256": "ab" * 32, "trace_key": "t-7"}
    picks = [
        ExportPick(
            record("a", 10.004217, "P", weight=2, uncertainty_s=0.05, polarity="negative"), "1", p_mislabelled=0.03, trace_key="t-7",
        ),
        ExportPick(
            record("b", 14.5, "Sg", onset="emergent"), "2", "moved", add_seconds(START, 15.25), "Sg", "move",
            reason="on the converted phase", p_mislabelled=0.97, **decided,
        ),
        ExportPick(record("c", 20.0, "S"), "3", "phase_changed", add_seconds(START, 20.0), "P", "change_phase", **decided),
        ExportPick(record("d", 2.0, "P"), "4", "removed", add_seconds(START, 2.0), "P", "remove", **decided),
        ExportPick(record("repick:added:5", 25.75, "P"), "5", "added", None, "", "add", **decided),
        ExportPick(record("catalog.csv:12", 300.0, "P", network_code=None, location_code=None, channel_code=None), "6"),
    ]  # fmt: skip
    return Example({"42": event}, trace, picks)


def record(name: str, seconds: float, phase: str, **fields: object) -> PickRecord:
    """A pick of NZ.WEL with an empty location code, so many seconds after START."""
    given: dict[str, object] = {
        "source_ref": name if ":" in name else f"smi:nz.org/pick/{name}",
        "time": add_seconds(START, seconds),
        "phase_hint": phase,
        "station_code": "WEL",
        "network_code": "NZ",
        "location_code": "",
        "channel_code": "HHZ" if phase == "P" else "HH1",
        "event_ref": "42",
        "evaluation_mode": "manual",
        "evaluation_status": "reviewed",
        "agency_id": "WEL(GNS)",
        "author": "otto",
    }
    return PickRecord(**{**given, **fields})  # type: ignore[arg-type]


def identity(pick: PickRecord) -> tuple[object, ...]:
    """What makes two picks the same to whoever uses the catalog."""
    return (
        pick.source_ref, pick.time, pick.phase_hint, pick.network_code, pick.station_code, pick.location_code, pick.channel_code,
        pick.weight, pick.uncertainty_s, pick.onset, pick.polarity,
    )  # fmt: skip
