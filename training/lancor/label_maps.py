"""Labels drawn as bumps on a time axis: the target of the decoder, and what the label encoder reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.lancor.dataset import BoolArray, DoubleArray, FloatArray, IntArray, LabelledSet

N_PHASES = 2


@dataclass(frozen=True)
class LabelTable:
    """The labels of every segment side by side, so that a batch is looked up in one go.

    sample: (M, K) position, NaN where a segment has fewer than K labels. phase, weight: (M, K).
    column: (N,) where each label of the data set stands in its segment's row.
    """

    sample: DoubleArray
    phase: IntArray
    weight: FloatArray
    column: IntArray

    @classmethod
    def of(cls, dataset: LabelledSet) -> LabelTable:
        order = np.argsort(dataset.label_segment, kind="stable")
        segment = dataset.label_segment[order]
        counts = np.bincount(segment, minlength=dataset.n_segments)
        column = np.arange(len(segment)) - np.repeat(np.cumsum(counts) - counts, counts)
        shape = (dataset.n_segments, max(1, int(counts.max(initial=0))))
        column_of_label = np.empty(len(segment), dtype=np.int64)
        column_of_label[order] = column
        table = cls(np.full(shape, np.nan), np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32), column_of_label)
        table.sample[segment, column] = dataset.label_sample[order]
        table.phase[segment, column] = dataset.label_phase[order]
        table.weight[segment, column] = dataset.label_weight[order]
        return table

    def phase_weight(self) -> FloatArray:
        """(M, 2) what a segment's labels of each phase count for: the least believed of them; 0 where the phase is not labelled.

        An arrival that nobody labelled is not one that is not there, so an unlabelled phase must not train the decoder.
        """
        weights = np.zeros((len(self.sample), N_PHASES), dtype=np.float32)
        for phase in range(N_PHASES):
            is_label = (self.phase == phase) & np.isfinite(self.sample)
            least = np.where(is_label, self.weight, np.inf).min(axis=1)
            weights[:, phase] = np.where(is_label.any(axis=1), least, 0.0)
        return weights


def bump(offset_samples: FloatArray, sigma_samples: float) -> FloatArray:
    """Gaussian of height 1. offset_samples: distance from the label, any shape. NaN gives 0."""
    height: FloatArray = np.nan_to_num(np.exp(-0.5 * np.square(offset_samples / sigma_samples)), nan=0.0).astype(np.float32)
    return height


def draw_label_maps(sample: DoubleArray, phase: IntArray, start: IntArray, n_samples: int, sigma_samples: float) -> FloatArray:
    """(B, 2, n_samples) one bump per label, the higher where two overlap.

    sample: (B, K) in the segment, NaN where there is none. phase: (B, K). start: (B,) first sample of each window.
    """
    offset = np.arange(n_samples, dtype=np.float32) - (sample - start[:, None])[:, :, None].astype(np.float32)
    bumps = bump(offset, sigma_samples)  # (B, K, n_samples)
    maps = np.zeros((len(sample), N_PHASES, n_samples), dtype=np.float32)
    for number in range(N_PHASES):
        maps[:, number] = (bumps * (phase == number)[:, :, None]).max(axis=1)
    return maps


def phases_inside(sample: DoubleArray, phase: IntArray, start: IntArray, n_samples: int) -> BoolArray:
    """(B, 2) whether a window holds a label of each phase."""
    inside = (sample >= start[:, None]) & (sample <= start[:, None] + n_samples - 1)
    return np.stack([(inside & (phase == number)).any(axis=1) for number in range(N_PHASES)], axis=1)
