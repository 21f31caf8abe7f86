"""A labelled data set straight from its files, for benchmarks that want no workspace."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.records import FloatArray, PickRecord, TraceRecord
from labeling.seismo.segments import at_rate, component_row, plan_segments, real_samples, resampling_pad
from labeling.seismo.timing import time_to_sample
from training.jobs.components import Span, connected_components
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet


@dataclass(frozen=True)
class LabelledFiles:
    """group: (n_labels,) the station of each label.

    n_left_out: picks that are no P or S, that have no trace or lie outside it, or that were not asked for.
    """

    dataset: LabelledSet
    group: NDArray[np.int64]
    n_left_out: int


@dataclass(frozen=True)
class LabelledTraces:
    """Traces as recorded, by name, and their P and S labels. n_left_out: as of `LabelledFiles`."""

    traces: dict[str, TraceRecord]
    labels: dict[str, list[PickRecord]]
    n_left_out: int

    @property
    def rates_hz(self) -> list[float]:
        """Of each trace with a label."""
        return [self.traces[name].sampling_rate_hz for name in self.labels]

    def cut(self, config: TrainingConfig) -> LabelledFiles:
        """A segment of waveform around each label, resampled for the network."""
        segments = SegmentCutter(config)
        for name, labels in self.labels.items():
            segments.add(self.traces[name], labels)
        return LabelledFiles(*segments.finished(), self.n_left_out)


def read_labelled_traces(paths: Sequence[Path], only: Collection[str] = ()) -> LabelledTraces:
    """All traces with a P or S label. Everything is held in memory.

    paths: files and folders in forms whose picks name their trace (SeisBench, STEAD, PhaseNet). only: names of the traces to take.
    Raises ValueError where no label is left.
    """
    traces, picks = _records(paths)
    by_trace: dict[str, list[PickRecord]] = {}
    n_left_out = 0
    for pick in picks:
        trace = traces.get(pick.trace_ref or "")
        wanted = not only or pick.trace_ref in only
        if trace and wanted and pick.phase_hint[:1].upper() in ("P", "S") and _lies_on(trace, pick):
            by_trace.setdefault(trace.source_ref, []).append(pick)
        else:
            n_left_out += 1
    if not by_trace:
        raise ValueError(f"{', '.join(map(str, paths))}: no P or S label with a trace of its own. Give a SeisBench, STEAD or PhaseNet set.")
    return LabelledTraces(traces, by_trace, n_left_out)


def _records(paths: Sequence[Path]) -> tuple[dict[str, TraceRecord], list[PickRecord]]:
    files = [
        InputFile(file, file.relative_to(path.parent).as_posix())
        for path in paths
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file() and not file.name.startswith(".")
    ]
    traces: dict[str, TraceRecord] = {}
    picks: list[PickRecord] = []
    for source in collect(files):
        for record in source.read():
            if isinstance(record, TraceRecord):
                traces[record.source_ref] = record
            elif isinstance(record, PickRecord):
                picks.append(record)
    return traces, picks


def _lies_on(trace: TraceRecord, pick: PickRecord) -> bool:
    """Half a sample beside the trace is a matter of rounding."""
    n_samples = int(trace.samples.shape[1])
    return -0.5 <= time_to_sample(trace.start_time, pick.time, trace.sampling_rate_hz) <= n_samples - 0.5


class SegmentCutter:
    """Segments as they are cut."""

    def __init__(self, config: TrainingConfig) -> None:
        self._config = config
        self._samples: list[FloatArray] = []
        self._live: list[list[bool]] = []
        self._real_samples: list[tuple[int, int]] = []
        self._n_traces = 0
        self.trace_of_segment: list[int] = []
        self._links: set[tuple[int, int | None, int | None]] = set()
        self._spans: dict[int, Span] = {}
        self._events: dict[str, int] = {}
        self._stations: dict[str, int] = {}
        self._label_segment: list[int] = []
        self._label_sample: list[float] = []
        self._label_phase: list[int] = []
        self._group: list[int] = []

    def add(self, trace: TraceRecord, labels: list[PickRecord]) -> None:
        config, rate = self._config, trace.sampling_rate_hz
        number = self._n_traces
        self._n_traces += 1
        station = f"{trace.network_code}.{trace.station_code}"
        trace_s = trace.samples.shape[1] / rate
        label_s = [time_to_sample(trace.start_time, label.time, rate) / rate for label in labels]
        slack = [zlib.crc32(label.source_ref.encode()) / 2**32 for label in labels]
        margin_s = min(config.search_s, config.segment_s / 4)
        for plan in plan_segments(label_s, trace_s=trace_s, segment_s=config.segment_s, margin_s=margin_s, slack=slack):
            start = round(plan.start_s * rate)
            samples, live = _cut(trace, start, config)
            first, last = real_samples(start, trace.samples.shape[1], rate, config.sampling_rate_hz, config.segment_samples)
            for index in plan.labels:
                self._label_segment.append(len(self._samples))
                sample = (label_s[index] - start / rate) * config.sampling_rate_hz
                self._label_sample.append(float(min(max(sample, first), last)))  # rounding, at the very edge
                self._label_phase.append("PS".index(labels[index].phase_hint[0].upper()))
                self._group.append(self._stations.setdefault(station, len(self._stations)))
            self._samples.append(samples)
            self._live.append(live)
            self._real_samples.append((first, last))
            self.trace_of_segment.append(number)
        for event in {trace.event_ref, *(label.event_ref for label in labels)}:
            self._links.add((number, None if event is None else self._events.setdefault(event, len(self._events)), None))
        if not trace.time_is_relative:
            start_s = trace.start_time.timestamp()
            self._spans[number] = Span(trace.network_code, trace.station_code, start_s, start_s + trace_s)

    def finished(self) -> tuple[LabelledSet, NDArray[np.int64]]:
        dataset = LabelledSet(
            segments=np.stack(self._samples),
            live=np.array(self._live, dtype=bool),
            component=connected_components(self.trace_of_segment, self._links, self._spans),
            label_segment=np.array(self._label_segment, dtype=np.int64),
            label_phase=np.array(self._label_phase, dtype=np.int64),
            label_sample=np.array(self._label_sample, dtype=np.float64),
            label_weight=np.ones(len(self._label_sample), dtype=np.float32),
            sampling_rate_hz=self._config.sampling_rate_hz,
            real_samples=np.array(self._real_samples, dtype=np.int64),
        )
        return dataset, np.array(self._group, dtype=np.int64)


def _cut(trace: TraceRecord, start: int, config: TrainingConfig) -> tuple[FloatArray, list[bool]]:
    """((3, segment_samples) float32 in the order Z, N, E, which of them are live). start: sample of the trace, may lie before it."""
    rate = trace.sampling_rate_hz
    pad, pad_out = resampling_pad(rate, config.sampling_rate_hz)
    count = round(config.segment_s * rate) + 2 * pad
    result = np.zeros((3, config.segment_samples), dtype=np.float32)
    live = [False, False, False]
    taken: set[int] = set()
    for code, samples in zip(trace.channel_codes, trace.samples, strict=True):
        row = component_row(code, taken)
        if row is None:
            continue
        taken.add(row)
        window = np.full(count, np.nan, dtype=np.float32)
        first, last = max(start - pad, 0), min(start - pad + count, len(samples))
        if last > first:
            window[first - (start - pad) : last - (start - pad)] = samples[first:last]
        finite = window[np.isfinite(window)]
        live[row] = bool(finite.size and np.ptp(finite) > 0)
        if live[row]:
            result[row] = at_rate(window, rate, config.sampling_rate_hz, pad_out + config.segment_samples, config.highpass_hz)[pad_out:]
    return result, live
