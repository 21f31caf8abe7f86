"""From a snapshot to the labelled segments that every fold of a run reads."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np

from labeling.jobs.lease import JobFailed, Lease
from labeling.models import Decision, Flag, FlagSet, Snapshot, SnapshotPick, Trace
from labeling.seismo.quality import is_clipped
from labeling.seismo.segments import at_rate, component_row, plan_segments, real_samples, resampling_pad
from labeling.seismo.timing import time_to_sample
from labeling.trace_samples import read_trace
from labeling.waveform_store import StoreProblem
from training.jobs.components import Span, connected_components
from training.jobs.run_files import Labels, RunFolder
from training.jobs.waveform_report import MISSING_SHARE, WaveformTally, missing_share, say_of_waveforms
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.folds import assign_folds
from training.lancor.network_rate import network_rate_hz
from training.models import Run

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TRACES_AT_ONCE = 500


@dataclass(frozen=True)
class _Label:
    pick_id: int
    time: datetime
    phase: int  # 0 P, 1 S
    trace_id: int
    event_id: int | None
    arrival_group: int | None
    group_name: str
    weight: float


def prepare_run(run: Run, lease: Lease) -> int:
    """Cuts and resamples a segment around every usable pick of the run's snapshot and draws the folds. Returns how many folds.

    Raises JobFailed where nothing can be held out or no pick can be used, saying why.
    """
    folder = RunFolder(run.pk)
    folder.path.mkdir(parents=True, exist_ok=True)
    labels = list(_usable_labels(run.snapshot))
    if not labels:
        raise JobFailed(
            "No pick of the snapshot can be scored: none has a waveform and is a P or an S. Import waveforms for them; the import's "
            "report says for each pick what is missing."
        )
    by_trace = [(trace_id, list(group)) for trace_id, group in groupby(labels, key=lambda label: label.trace_id)]
    rates_hz = _rates_hz([trace_id for trace_id, _ in by_trace])
    config = _settled(run, rates_hz, lease)
    rows = _SegmentRows(config, folder, rates_hz)
    for start in range(0, len(by_trace), TRACES_AT_ONCE):
        chunk = by_trace[start : start + TRACES_AT_ONCE]
        traces = Trace.objects.in_bulk([trace_id for trace_id, _ in chunk])
        for done, (trace_id, of_trace) in enumerate(chunk, start):
            rows.add(traces[trace_id], of_trace)
            lease.beat_if_due(progress=0.1 * done / len(by_trace), message=f"Cutting waveforms: {done} of {len(by_trace)} traces")
    dataset, kept, segment_traces = rows.close()
    if not kept:
        raise JobFailed("No waveform of the snapshot's picks could be read. Import the waveforms again.")
    if not dataset.live.any():
        raise JobFailed(
            f"Nothing can be learned: the waveforms around all {len(kept)} picks are constant or empty on every component. Import "
            "waveforms that show the arrivals."
        )
    component = connected_components(
        segment_traces,
        {(label.trace_id, label.event_id, label.arrival_group) for label in kept},
        _spans(run.snapshot.workspace_id, segment_traces),
    )
    dataset = LabelledSet(**{**dataset.__dict__, "component": component})
    try:
        fold_of_segment = assign_folds(component, config.n_folds, run.seed)
    except ValueError as problem:
        raise JobFailed(str(problem)) from None
    _, group = np.unique([label.group_name for label in kept], return_inverse=True)
    folder.save(
        dataset,
        Labels(
            pick_id=np.array([label.pick_id for label in kept], dtype=np.int64),
            pick_time_us=np.array([(label.time - EPOCH) // timedelta(microseconds=1) for label in kept], dtype=np.int64),
            fold=fold_of_segment[dataset.label_segment],
            group=np.asarray(group, dtype=np.int64),
        ),
    )
    told = say_of_waveforms(rows.tally, dataset, config)
    lease.write(n_labels=len(kept), summary={"label_weights_from": _weights_from(run.snapshot), "statements": told})
    return int(fold_of_segment.max()) + 1


def _rates_hz(trace_ids: list[int]) -> list[float]:
    """Of each of the traces, in no order."""
    chunks = (trace_ids[start : start + TRACES_AT_ONCE] for start in range(0, len(trace_ids), TRACES_AT_ONCE))
    return [rate for chunk in chunks for rate in Trace.objects.filter(pk__in=chunk).values_list("sampling_rate_hz", flat=True)]


def _settled(run: Run, rates_hz: list[float], lease: Lease) -> TrainingConfig:
    """The run's configuration with the networks' rate, which is the traces' where none was given; from here on the run stores it."""
    try:
        config = TrainingConfig.from_dict({"sampling_rate_hz": network_rate_hz(rates_hz), **run.configuration})
    except ValueError as problem:
        raise JobFailed(f"{problem} The networks work at the traces' rate; give sampling_rate_hz for another.") from None
    lease.write(configuration=config.to_dict())
    return config


def _usable_labels(snapshot: Snapshot) -> Iterator[_Label]:
    """Standing P and S picks of the snapshot that have a trace, trace by trace. The state is the snapshot's, not today's.

    A pick that its own catalog rejects says of itself that it is no label; it becomes one only by a decision that leaves it standing.
    """
    doubt = _doubt(snapshot)
    standing = Decision.objects.filter(workspace_id=snapshot.workspace_id).standing_at(snapshot.created_at)
    decided = set(standing.exclude(kind__in=Decision.NO_VERDICT).values_list("pick_id", flat=True))
    rows = (
        SnapshotPick.objects.filter(
            snapshot=snapshot, revision__is_removed=False, pick__is_withdrawn=False, pick__trace__is_withdrawn=False
        )
        .order_by("pick__trace_id", "revision__time", "pick_id")
        .values_list(
            "pick_id",
            "revision__time",
            "revision__phase_hint",
            "pick__trace_id",
            "pick__event_id",
            "pick__arrival_group",
            "pick__network_code",
            "pick__station_code",
            "pick__evaluation_status",
        )
    )
    for pick_id, time, hint, trace_id, event_id, arrival_group, network, station, status in rows.iterator(chunk_size=5000):
        phase = "PS".find(hint[:1].upper()) if hint else -1
        if phase < 0 or (status == "rejected" and pick_id not in decided):
            continue
        weight = 1.0 if pick_id in decided else doubt.get((pick_id, time), 1.0)
        yield _Label(pick_id, time, phase, trace_id, event_id, arrival_group, f"{network}.{station}", weight)


def _weights_from(snapshot: Snapshot) -> str:
    """Whose flags told how far to believe labels that nobody has decided about. Part of the run's record: they are not in the snapshot."""
    current = FlagSet.objects.filter(workspace_id=snapshot.workspace_id, is_current=True).first()
    return current.run_name if current else "no run: every label counts in full"


def _doubt(snapshot: Snapshot) -> dict[tuple[int, datetime], float]:
    """1 − P(gross error) for the labels that the run under review judged."""
    flags = Flag.objects.filter(flag_set__workspace_id=snapshot.workspace_id, flag_set__is_current=True)
    return {
        (pick_id, time): 1.0 - float(evidence.get("p_gross_error") or 0.0)
        for pick_id, time, evidence in flags.values_list("pick_id", "label_time", "evidence").iterator(chunk_size=5000)
    }


def _spans(workspace_id: int, segment_traces: list[int]) -> dict[int, Span]:
    """By trace, for traces in real time. Overlapping ones share waveform."""
    found: dict[int, Span] = {}
    ids = sorted(set(segment_traces))
    for start in range(0, len(ids), TRACES_AT_ONCE):
        rows = Trace.objects.filter(pk__in=ids[start : start + TRACES_AT_ONCE], workspace_id=workspace_id, time_is_relative=False)
        for pk, network, station, first, last in rows.values_list("pk", "network_code", "station_code", "start_time", "end_time"):
            found[pk] = Span(network, station, first.timestamp(), last.timestamp())
    return found


class _SegmentRows:
    """Writes segments to one .npy as they are cut, so that memory stays bounded."""

    def __init__(self, config: TrainingConfig, folder: RunFolder, rates_hz: list[float]) -> None:
        self.tally = WaveformTally(rates_hz)
        self._config = config
        self._folder = folder
        self._raw = folder.path / "segments.part"
        self._file = self._raw.open("wb")
        self._live: list[list[bool]] = []
        self._real_samples: list[tuple[int, int]] = []
        self._traces: list[int] = []
        self._kept: list[_Label] = []
        self._label_segment: list[int] = []
        self._label_sample: list[float] = []

    def add(self, trace: Trace, labels: list[_Label]) -> None:
        """Cuts the segments of one trace."""
        config, rate = self._config, trace.sampling_rate_hz
        label_s = [time_to_sample(trace.start_time, label.time, rate) / rate for label in labels]
        slack = [zlib.crc32(f"{label.pick_id}".encode()) / 2**32 for label in labels]
        plans = plan_segments(
            label_s,
            trace_s=trace.n_samples / rate,
            segment_s=config.segment_s,
            margin_s=min(config.search_s, config.segment_s / 4),
            slack=slack,
        )
        for plan in plans:
            start = round(plan.start_s * rate)
            try:
                samples, live = self._cut(trace, start)
            except StoreProblem as problem:
                raise JobFailed(f"{trace}: {problem}") from None
            self._file.write(samples.tobytes())
            for index in plan.labels:
                self._kept.append(labels[index])
                self._label_segment.append(len(self._live))
                self._label_sample.append((label_s[index] - start / rate) * config.sampling_rate_hz)
            self._live.append(live)
            self._real_samples.append(real_samples(start, trace.n_samples, rate, config.sampling_rate_hz, config.segment_samples))
            self._traces.append(trace.pk)

    def _cut(self, trace: Trace, start: int) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], list[bool]]:
        config, rate = self._config, trace.sampling_rate_hz
        pad, pad_out = resampling_pad(rate, config.sampling_rate_hz)
        count = round(config.segment_s * rate) + 2 * pad
        result = np.zeros((3, config.segment_samples), dtype=np.float32)
        live = [False, False, False]
        taken: set[int] = set()
        for channel, window in zip(trace.channels, read_trace(trace, start - pad, count), strict=True):
            row = component_row(channel["channel"], taken)
            if row is None:
                continue
            taken.add(row)
            finite = window[np.isfinite(window)]
            live[row] = bool(finite.size and np.ptp(finite) > 0)
            if is_clipped(window):
                self.tally.clipped.add(trace.pk)
            if missing_share(window) > MISSING_SHARE:
                self.tally.gappy.add(trace.pk)
            if live[row]:
                at_network_rate = at_rate(window, rate, config.sampling_rate_hz, pad_out + config.segment_samples, config.highpass_hz)
                result[row] = at_network_rate[pad_out:]
        return result, live

    def close(self) -> tuple[LabelledSet, list[_Label], list[int]]:
        self._file.close()
        shape = (len(self._live), 3, self._config.segment_samples)
        if self._live:
            raw = np.memmap(self._raw, dtype=np.float32, mode="r", shape=shape)
            part = self._folder.segments.with_suffix(".part.npy")
            np.save(part, raw, allow_pickle=False)
            part.replace(self._folder.segments)
        self._raw.unlink()
        label_segment = np.array(self._label_segment, dtype=np.int64)
        real = np.array(self._real_samples, dtype=np.int64).reshape(-1, 2)
        # At the very edge rounding may put a label half a sample outside.
        label_sample = np.clip(np.array(self._label_sample, dtype=np.float64), *real[label_segment].T)
        dataset = LabelledSet(
            segments=np.load(self._folder.segments, mmap_mode="r") if self._live else np.zeros(shape, dtype=np.float32),
            live=np.array(self._live, dtype=bool).reshape(-1, 3),
            component=np.zeros(len(self._live), dtype=np.int64),
            label_segment=label_segment,
            label_phase=np.array([label.phase for label in self._kept], dtype=np.int64),
            label_sample=label_sample,
            label_weight=np.array([label.weight for label in self._kept], dtype=np.float32),
            sampling_rate_hz=self._config.sampling_rate_hz,
            real_samples=real,
        )
        return dataset, self._kept, self._traces
