"""The SeisBench form: metadata.csv and waveforms.hdf5, as its package and h5py open them.

Labels stand where SeisBench's labeller looks (`trace_p_arrival_sample`, `trace_s_arrival_sample`, fractional samples). What was decided
about them stands in columns that its pattern `trace_.*_arrival_sample` does not match. A second P or S of one trace is a second row,
`bucket0_2$…` (a hard link to the same block), and so are picks of another event: a row's source_* columns are those of its own picks.
Source: Woollam et al. (2022), doi:10.1785/0220210324.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.formats.csv_rows import RowWriter
from labeling.seismo.formats.export_rows import (
    ExportEvent,
    ExportPick,
    ExportTrace,
    ReadTogether,
    code_text,
    each_by_itself,
    names_left_out,
    network_phase,
)
from labeling.seismo.formats.file_region import FileRegion
from labeling.seismo.formats.waveform_buckets import BucketWriter
from labeling.seismo.formats.write_csv import number_cell, time_cell, write_csv
from labeling.seismo.records import FloatArray
from labeling.seismo.timing import iso, time_to_sample
from labeling.seismo.traveltimes import azimuth_deg, distance_km

COMPONENTS = "ZNE"
COMPONENT_ROWS = {"Z": 0, "N": 1, "E": 2, "1": 1, "2": 2, "3": 0}
TRACES_AT_ONCE = 500
Split = Literal["train", "dev", "test"]
TraceWithPicks = tuple[ExportTrace, Sequence[ExportPick]]
SPLITS: Mapping[str, Split] = MappingProxyType({"train": "train", "dev": "dev", "test": "test"})
PICK_COLUMNS = (
    "arrival_sample", "phase_hint", "pick_id", "source_ref", "status", "original_sample", "original_phase_hint", "weight", "uncertainty_s",
    "lower_uncertainty_s", "upper_uncertainty_s", "onset", "polarity", "evaluation_mode", "evaluation_status", "agency_id", "author",
    "method_id", "creation_time", "network_code", "location_code", "channel_code", "decision", "analyst", "decided_at", "reason", "run",
    "checkpoint_sha256", "p_mislabelled",
)  # fmt: skip
TRACE_COLUMNS = (
    "trace_name", "trace_name_original", "trace_start_time", "trace_sampling_rate_hz", "trace_npts", "trace_channel",
    "trace_channel_codes", "trace_component_order", "trace_time_is_relative", "trace_gaps", "station_network_code", "station_code",
    "station_location_code", "station_latitude_deg", "station_longitude_deg", "station_elevation_m", "source_id", "source_origin_time",
    "source_latitude_deg", "source_longitude_deg", "source_depth_km", "source_magnitude", "source_magnitude_type", "path_ep_distance_km",
    "path_back_azimuth_deg", "trace_category", "split",
)  # fmt: skip
COLUMNS = TRACE_COLUMNS + tuple(f"trace_{phase}_{name}" for phase in "ps" for name in PICK_COLUMNS)


class Stored(NamedTuple):
    """Samples in waveforms.hdf5. gaps: `Z:1200:1370` is samples 1200 to 1369 of Z."""

    trace_name: str
    n_samples: int
    gaps: list[str]


@dataclass(frozen=True)
class SplitFractions:
    """Shares of the events in train, dev and test. They add up to 1."""

    train: float = 0.7
    dev: float = 0.1
    test: float = 0.2

    def __post_init__(self) -> None:
        if min(self.train, self.dev, self.test) < 0 or abs(self.train + self.dev + self.test - 1) > 1e-9:
            raise ValueError(
                f"The split {self.train}, {self.dev}, {self.test} is no set of shares: give three that are not negative and add up to 1."
            )


@dataclass
class SeisBenchSummary:
    """What was written. n_picks: labels in metadata.csv; n_without_waveform: picks in picks_without_waveform.csv."""

    n_traces: int = 0
    n_rows: int = 0
    n_picks: int = 0
    n_without_waveform: int = 0
    n_gaps: int = 0
    has_missing_components: bool = False
    has_relative_times: bool = False
    further_names: set[str] = field(default_factory=set)


def write_seisbench(
    folder: Path,
    traces: Iterable[TraceWithPicks],
    *,
    events: Mapping[str, ExportEvent],
    picks_without_trace: Iterable[ExportPick] = (),
    further_names: Sequence[str] = (),
    split: SplitFractions | None = None,
    waveforms: FileRegion | None = None,
    read_samples: ReadTogether = each_by_itself,
) -> SeisBenchSummary:
    """Write `metadata.csv`, `waveforms.hdf5` and `picks_without_waveform.csv` into a folder, trace by trace.

    waveforms: where the HDF5 is to be written, if not into that folder. Samples are read and written on threads of their own.

    A pick outside its trace, one whose phase is neither P nor S, and one that its own catalog rejected (SeisBench would take it for a
    label) go to picks_without_waveform.csv with those that have no trace. further_names: its further columns.
    """
    split = split or SplitFractions()
    folder.mkdir(parents=True, exist_ok=True)
    left_over: list[ExportPick] = []
    summary = SeisBenchSummary(further_names={name for event in events.values() for name in event.record.extra})
    rates: set[float] = set()
    with (
        nullcontext(waveforms) if waveforms else _region(folder / "waveforms.hdf5") as region,
        BucketWriter(region) as buckets,
        ThreadPoolExecutor(1) as beside,
        (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as target,
    ):
        writer = RowWriter(target)
        writer.writerow(COLUMNS)
        for (trace, picks), (trace_name, n_samples, gaps) in _stored(traces, read_samples, buckets, beside):
            on_trace: list[ExportPick] = []
            for pick in picks:
                (on_trace if _fits(pick, trace, n_samples) else left_over).append(pick)
                summary.further_names |= pick.record.extra.keys()
            side = _split_of(trace, split)
            for number, (event_id, pair) in enumerate(_rows_by_event(on_trace, trace.event_id), start=1):
                name = trace_name if number == 1 else buckets.alias(trace_name, number)
                head = _trace_cells(trace, n_samples, gaps, events.get(event_id or ""), side)
                writer.writerow([name, *head, *_pick_cells(pair[0], trace), *_pick_cells(pair[1], trace)])
                summary.n_rows += 1
            summary.n_traces += 1
            summary.n_picks += sum(pick.is_label for pick in on_trace)
            summary.n_gaps += len(gaps)
            summary.has_missing_components |= len(trace.channel_codes) < len(COMPONENTS)
            summary.has_relative_times |= trace.time_is_relative
            rates.add(trace.sampling_rate_hz)
        buckets.set_format(_data_format(rates))
    with (folder / "picks_without_waveform.csv").open("w", newline="", encoding="utf-8") as target:
        summary.n_without_waveform = write_csv(target, _chained(left_over, picks_without_trace), events, further_names).n_rows
    return summary


def what_it_cannot_hold(summary: SeisBenchSummary) -> list[str]:
    """What is lost or changed in the SeisBench form, in sentences for the person who exports."""
    losses = [
        "SeisBench knows only P and S columns here: the full phase name (Pg, Pn …) stands in trace_p_phase_hint and trace_s_phase_hint.",
        "metadata.csv holds one decision on each pick, the one that made it what it is; history.jsonl holds all.",
    ]
    if summary.n_rows > summary.n_traces:
        losses.append(
            f"{summary.n_rows - summary.n_traces} rows hold a second P or S of a trace, or picks of another event on it; a row's labels "
            "are not all of its trace's then (rows of one trace share trace_name_original)."
        )
    if summary.n_without_waveform:
        losses.append(
            f"{summary.n_without_waveform} picks have no place on a trace, are neither P nor S, or were rejected in their own catalog: "
            "see picks_without_waveform.csv."
        )
    if summary.n_gaps:
        losses.append(f"{summary.n_gaps} gaps are filled with zeros; trace_gaps says where, as component:first sample:last sample + 1.")
    if summary.has_missing_components:
        losses.append("Missing components are rows of zeros; trace_channel_codes names those that were recorded.")
    if summary.has_relative_times:
        losses.append(
            "Some traces have no absolute times: trace_start_time is a placeholder hour of 1970 where trace_time_is_relative is true."
        )
    return losses + names_left_out(summary.further_names)


@contextmanager
def _region(path: Path) -> Iterator[FileRegion]:
    with path.open("w+b") as file:
        yield FileRegion(file.fileno())


def _stored(
    traces: Iterable[TraceWithPicks], read_samples: ReadTogether, buckets: BucketWriter, beside: Executor
) -> Iterator[tuple[TraceWithPicks, Stored]]:
    """Each trace, and how its samples are stored: they are, `beside`, while the next traces are fetched and others' rows written."""
    under_way: deque[tuple[list[TraceWithPicks], Future[list[Stored]]]] = deque()
    rest = iter(traces)
    while group := list(islice(rest, TRACES_AT_ONCE)):
        under_way.append((group, beside.submit(_store, [trace for trace, _ in group], read_samples, buckets)))
        if len(under_way) > 1:
            before, stored = under_way.popleft()
            yield from zip(before, stored.result(), strict=True)
    for before, stored in under_way:
        yield from zip(before, stored.result(), strict=True)


def _store(traces: Sequence[ExportTrace], read_samples: ReadTogether, buckets: BucketWriter) -> list[Stored]:
    found: list[Stored] = []
    for read in read_samples(traces):
        samples, gaps = _filled(_zne(traces[len(found)], read))
        found += [Stored(name, samples.shape[2], of_trace) for name, of_trace in zip(buckets.add(samples), gaps, strict=True)]
    return found


def _zne(first: ExportTrace, samples: FloatArray) -> FloatArray:
    """(n_traces, 3, n_samples) in the order Z, N, E; components 1 and 2 take the places of N and E, and what was not recorded is zero.

    samples: (n_traces, n_components, n_samples) of traces that have the channels of the first one.
    """
    codes = first.channel_codes
    if samples.ndim != 3 or samples.shape[1] != len(codes):
        raise ValueError(f"{first.trace_key} has samples of shape {samples.shape[1:]}, and its channels are {', '.join(codes)}.")
    rows = [COMPONENT_ROWS.get(code[-1:]) for code in codes]
    if rows == [0, 1, 2]:
        return samples
    ordered = np.zeros((len(samples), len(COMPONENTS), samples.shape[2]), dtype=np.float32)
    free = [row for row in range(3) if row not in rows]
    for component, row in enumerate(rows):
        # A component with an uncommon letter (R, T, U …) stands in a place that nobody else wants.
        ordered[:, free.pop(0) if row is None else row] = samples[:, component]
    return ordered


def _filled(samples: FloatArray) -> tuple[FloatArray, list[list[str]]]:
    """Gaps as zeros, and where each trace has them. samples: (n_traces, 3, n_samples)."""
    missing = np.isnan(samples)
    if not missing.any():
        return samples, [[] for _ in samples]
    return np.where(missing, np.float32(0), samples), [_gaps(of_trace) for of_trace in missing]


def _gaps(missing: NDArray[np.bool_]) -> list[str]:
    """Where samples are missing of one trace. missing: (3, n_samples)."""
    gaps = []
    for component, row in zip(COMPONENTS, missing, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
        gaps += [f"{component}:{first}:{last}" for first, last in zip(edges[::2], edges[1::2], strict=True)]
    return gaps


def _fits(pick: ExportPick, trace: ExportTrace, n_samples: int) -> bool:
    if network_phase(pick.record.phase_hint) is None or (pick.is_label and pick.record.evaluation_status == "rejected"):
        return False
    return 0 <= time_to_sample(trace.start_time, pick.record.time, trace.sampling_rate_hz) < n_samples


def _rows_by_event(
    picks: Sequence[ExportPick], trace_event_id: str | None
) -> Iterator[tuple[str | None, tuple[ExportPick | None, ExportPick | None]]]:
    """The event of each row and its pair of picks, the trace's own event first: readers take the first row's for the trace's."""
    by_event: dict[str | None, list[ExportPick]] = {trace_event_id: []}
    for pick in picks:
        by_event.setdefault(pick.record.event_ref, []).append(pick)
    for event_id, of_event in by_event.items():
        if of_event or not picks:
            yield from ((event_id, pair) for pair in _rows(of_event))


def _rows(picks: Sequence[ExportPick]) -> Iterator[tuple[ExportPick | None, ExportPick | None]]:
    """Pairs of one P and one S: labels before removed picks, in order of time. At least one pair, for a trace without picks is kept."""
    p_picks, s_picks = ([pick for pick in picks if network_phase(pick.record.phase_hint) == phase] for phase in ("P", "S"))
    for alike in (p_picks, s_picks):
        alike.sort(key=lambda pick: (not pick.is_label, pick.record.time, pick.pick_id))
    yield from zip_longest(p_picks, s_picks) if picks else [(None, None)]


def _pick_cells(pick: ExportPick | None, trace: ExportTrace) -> list[str]:
    """The cells of PICK_COLUMNS. A removed pick has no arrival sample: its original one says where it was."""
    if pick is None:
        return [""] * len(PICK_COLUMNS)
    record = pick.record
    original = pick.original_time
    sample = _sample_cell(record.time, trace)
    return [
        sample if pick.is_label else "",
        record.phase_hint,
        pick.pick_id,
        record.source_ref,
        pick.status,
        sample if original == record.time else _sample_cell(original, trace),
        pick.original_phase_hint,
        number_cell(record.weight),
        number_cell(record.uncertainty_s),
        number_cell(record.lower_uncertainty_s),
        number_cell(record.upper_uncertainty_s),
        record.onset,
        record.polarity,
        record.evaluation_mode,
        record.evaluation_status if pick.is_label else "rejected",
        record.agency_id,
        record.author,
        record.method_id,
        time_cell(record.creation_time),
        code_text(record.network_code),
        code_text(record.location_code),
        code_text(record.channel_code),
        pick.decision,
        pick.analyst,
        time_cell(pick.decided_at),
        pick.reason,
        pick.run,
        pick.checkpoint_sha256,
        number_cell(pick.p_mislabelled),
    ]


def _sample_cell(time: datetime | None, trace: ExportTrace) -> str:
    return "" if time is None else f"{time_to_sample(trace.start_time, time, trace.sampling_rate_hz):.6f}"


def _trace_cells(trace: ExportTrace, n_samples: int, gaps: list[str], event: ExportEvent | None, split: Split) -> list[str]:
    """The cells of TRACE_COLUMNS after trace_name."""
    return [
        trace.trace_key,
        iso(trace.start_time),
        number_cell(float(trace.sampling_rate_hz)),
        str(n_samples),
        trace.channel_codes[0][:-1],
        " ".join(trace.channel_codes),
        COMPONENTS,
        "true" if trace.time_is_relative else "false",
        ";".join(gaps),
        trace.network_code or "",
        trace.station_code,
        code_text(trace.location_code),
        *_station_cells(trace),
        *_source_cells(event),
        *_path_cells(trace, event),
        trace.category,
        split,
    ]


def _station_cells(trace: ExportTrace) -> list[str]:
    station = trace.station
    return [""] * 3 if station is None else [number_cell(value) for value in (station.latitude, station.longitude, station.elevation_m)]


def _source_cells(event: ExportEvent | None) -> list[str]:
    if event is None:
        return [""] * 7
    record = event.record
    numbers = [number_cell(value) for value in (record.latitude, record.longitude, record.depth_km, record.magnitude)]
    return [event.event_id, time_cell(record.origin_time), *numbers, record.magnitude_type]


def _path_cells(trace: ExportTrace, event: ExportEvent | None) -> list[str]:
    """Epicentral distance, and the direction in which the station sees the source."""
    station = trace.station
    if event is None or station is None:
        return ["", ""]
    there, here = (event.record.latitude, event.record.longitude), (station.latitude, station.longitude)
    if there[0] is None or there[1] is None or here[0] is None or here[1] is None:
        return ["", ""]
    away_km = float(distance_km(here[0], here[1], there[0], there[1]))
    return [f"{away_km:.3f}", f"{float(azimuth_deg(here[0], here[1], there[0], there[1])):.2f}"]


def _split_of(trace: ExportTrace, split: SplitFractions) -> Split:
    """As uploaded, else by a hash of the event: one event is never on two sides, and stays where it is when more are added."""
    if trace.split in SPLITS:
        return SPLITS[trace.split]
    digest = hashlib.sha256((trace.event_id or trace.trace_key).encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    if position < split.train:
        return "train"
    return "dev" if position < split.train + split.dev else "test"


def _data_format(rates: set[float]) -> dict[str, str | float]:
    """sampling_rate only where all traces share one: SeisBench would take it for all of them."""
    entries: dict[str, str | float] = {
        "dimension_order": "CW",
        "component_order": COMPONENTS,
        "measurement": "as imported",
        "unit": "as imported",
        "instrument_response": "not restituted",
    }
    return entries | ({"sampling_rate": float(next(iter(rates)))} if len(rates) == 1 else {})


def _chained(*groups: Iterable[ExportPick]) -> Iterator[ExportPick]:
    for group in groups:
        yield from group
