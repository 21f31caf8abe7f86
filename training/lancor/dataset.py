"""The labelled waveforms that a run trains on and scores."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

P, S = 0, 1  # the phase axis everywhere, as in flagging.scores.PHASES


@dataclass(frozen=True)
class LabelledSet:
    """N labels on M segments of waveform.

    segments: (M, 3, T) float32 in the order Z, N or 1, E or 2; raw, demeaned; missing components and gaps are zeros. May be a memmap.
    live: (M, 3) bool. component: (M,) which connected component (event, trace, overlap) a segment belongs to; folds are drawn over these.
    label_segment: (N,). label_phase: (N,) 0 P, 1 S. label_sample: (N,) fractional sample within the segment.
    label_weight: (N,) 1 for a label to be believed, less for a doubtful one. sampling_rate_hz: of all segments.
    real_samples: (M, 2) first and last sample of a segment that its trace reaches, the rest is padding; if not given, all are real.
    Raises ValueError where shapes disagree or a label lies outside its segment.
    """

    segments: FloatArray
    live: BoolArray
    component: IntArray
    label_segment: IntArray
    label_phase: IntArray
    label_sample: DoubleArray
    label_weight: FloatArray
    sampling_rate_hz: float
    real_samples: IntArray = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))

    def __post_init__(self) -> None:
        n_segments = self.segments.shape[0]
        if self.segments.ndim != 3 or self.segments.shape[1] != 3:
            raise ValueError(f"segments: shape {self.segments.shape}. Give (segments, 3, samples).")
        if not len(self.real_samples):
            object.__setattr__(self, "real_samples", np.tile(np.array([0, self.n_samples - 1], dtype=np.int64), (n_segments, 1)))
        for name, wanted in (("live", (n_segments, 3)), ("component", (n_segments,)), ("real_samples", (n_segments, 2))):
            if getattr(self, name).shape != wanted:
                raise ValueError(f"{name}: shape {getattr(self, name).shape}. Give {wanted}, one row per segment.")
        for name in ("label_phase", "label_sample", "label_weight"):
            if getattr(self, name).shape != self.label_segment.shape:
                raise ValueError(f"{name}: {len(getattr(self, name))} values for {len(self.label_segment)} labels. Give one per label.")
        if len(self.label_segment) and (self.label_segment.min() < 0 or self.label_segment.max() >= n_segments):
            raise ValueError(f"label_segment: must lie in 0..{n_segments - 1}.")
        first, last = self.real_samples.T
        unreal = np.flatnonzero((first < 0) | (first > last) | (last > self.n_samples - 1))
        if len(unreal):
            raise ValueError(f"real_samples: {self.real_samples[unreal[0]].tolist()} of segment {unreal[0]} is no part of its samples.")
        outside = np.flatnonzero((self.label_sample < 0) | (self.label_sample > self.n_samples - 1))
        if len(outside):
            raise ValueError(f"label_sample: label {outside[0]} is at {self.label_sample[outside[0]]:g} of 0..{self.n_samples - 1}.")

    @property
    def n_segments(self) -> int:
        return int(self.segments.shape[0])

    @property
    def n_samples(self) -> int:
        return int(self.segments.shape[2])

    @property
    def n_labels(self) -> int:
        return len(self.label_segment)

    def window_range(self, chosen: IntArray, window_samples: int) -> tuple[IntArray, IntArray]:
        """(B,) first and last start of the windows of each chosen segment that hold no padding or, where the trace is shorter than a
        window, hold all of it."""
        flush_with_start, flush_with_end = self.real_samples[chosen, 0], self.real_samples[chosen, 1] + 1 - window_samples
        starts = np.sort(np.stack([flush_with_start, flush_with_end]), axis=0)
        earliest, latest = np.clip(starts, 0, self.n_samples - window_samples)
        return earliest, latest

    def labels_on(self, segments: IntArray) -> IntArray:
        """Indices of the labels that lie on the given segments, in label order."""
        return np.flatnonzero(np.isin(self.label_segment, segments)).astype(np.int64)
