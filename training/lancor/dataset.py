"""The labelled waveforms that a run trains on and scores."""

from __future__ import annotations

from dataclasses import dataclass

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

    def __post_init__(self) -> None:
        n_segments = self.segments.shape[0]
        if self.segments.ndim != 3 or self.segments.shape[1] != 3:
            raise ValueError(f"segments: shape {self.segments.shape}. Give (segments, 3, samples).")
        for name, wanted in (("live", (n_segments, 3)), ("component", (n_segments,))):
            if getattr(self, name).shape != wanted:
                raise ValueError(f"{name}: shape {getattr(self, name).shape}. Give {wanted}, one row per segment.")
        for name in ("label_phase", "label_sample", "label_weight"):
            if getattr(self, name).shape != self.label_segment.shape:
                raise ValueError(f"{name}: {len(getattr(self, name))} values for {len(self.label_segment)} labels. Give one per label.")
        if len(self.label_segment) and (self.label_segment.min() < 0 or self.label_segment.max() >= n_segments):
            raise ValueError(f"label_segment: must lie in 0..{n_segments - 1}.")
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

    def labels_on(self, segments: IntArray) -> IntArray:
        """Indices of the labels that lie on the given segments, in label order."""
        return np.flatnonzero(np.isin(self.label_segment, segments)).astype(np.int64)
