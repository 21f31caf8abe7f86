"""The decoder's output along whole segments, put together from overlapping windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.lancor.dataset import DoubleArray, FloatArray, IntArray

EDGE_WEIGHT = 0.05


def window_starts(n_samples: int, window_samples: int, stride_samples: int) -> IntArray:
    """First samples of windows that tile a segment, the last one flush with its end."""
    last = n_samples - window_samples
    return np.unique(np.append(np.arange(0, last + 1, stride_samples), last)).astype(np.int64)


def window_taper(window_samples: int) -> FloatArray:
    """(window_samples,) what each sample of a window counts for: little at its edges, where half of the surroundings are missing."""
    distance = np.minimum(np.arange(window_samples), np.arange(window_samples)[::-1]) / (window_samples / 4)
    return np.clip(distance, EDGE_WEIGHT, 1.0).astype(np.float32)


@dataclass(frozen=True)
class SegmentCurves:
    """Of n whole segments. probability: (n, 2, T) of P and S. cosine: (n, 2, T) time-shift contrast, None for networks without it."""

    probability: FloatArray
    cosine: FloatArray | None

    @classmethod
    def from_windows(
        cls, probability: FloatArray, cosine: FloatArray | None, starts: IntArray, n_samples: int, taper: FloatArray
    ) -> SegmentCurves:
        """Inputs are (n · windows, 2, window_samples), the windows of one segment one after the other."""
        return cls(
            _overlap(probability, starts, n_samples, taper),
            None if cosine is None else _overlap(cosine, starts, n_samples, taper),
        )


def _overlap(windows: FloatArray, starts: IntArray, n_samples: int, taper: FloatArray) -> FloatArray:
    """Weighted mean (n, 2, n_samples) of overlapping windows."""
    by_segment = windows.reshape(-1, len(starts), *windows.shape[1:])
    total = np.zeros((len(by_segment), windows.shape[1], n_samples), dtype=np.float32)
    weight = np.zeros(n_samples, dtype=np.float32)
    for number, start in enumerate(starts):
        total[:, :, start : start + len(taper)] += by_segment[:, number] * taper
        weight[start : start + len(taper)] += taper
    return total / weight


def sample_curve(curves: FloatArray, position: DoubleArray, offsets: IntArray) -> FloatArray:
    """(N, C, len(offsets)) values at fractional position + offset samples, linear in between; NaN outside the segment.

    curves: (N, C, T). position: (N,).
    """
    n_samples = curves.shape[-1]
    wanted = position[:, None] + offsets[None, :]
    inside = (wanted >= 0) & (wanted <= n_samples - 1)
    lower = np.clip(np.floor(wanted), 0, n_samples - 2).astype(np.int64)
    part = (wanted - lower)[:, None, :].astype(np.float32)
    below = np.take_along_axis(curves, lower[:, None, :], axis=-1)
    above = np.take_along_axis(curves, lower[:, None, :] + 1, axis=-1)
    values = below + (above - below) * part
    return np.where(inside[:, None, :], values, np.nan).astype(np.float32)
