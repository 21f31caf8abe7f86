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
    """Of n whole segments. probability: (n, 2, T) of P and S. cosine: (n, 2, T) time-shift contrast, None for networks without it.
    NaN outside the trace."""

    probability: FloatArray
    cosine: FloatArray | None

    @classmethod
    def from_windows(
        cls, probability: FloatArray, cosine: FloatArray | None, starts: IntArray, n_samples: int, real_samples: IntArray
    ) -> SegmentCurves:
        """probability, cosine: (n · windows, 2, window_samples), the windows of one segment one after the other. starts: (n, windows).
        real_samples: (n, 2)."""
        return cls(
            _overlap(probability, starts, n_samples, real_samples),
            None if cosine is None else _overlap(cosine, starts, n_samples, real_samples),
        )


def _overlap(windows: FloatArray, starts: IntArray, n_samples: int, real_samples: IntArray) -> FloatArray:
    """Weighted mean (n, 2, n_samples) of overlapping windows, NaN outside the trace."""
    taper = window_taper(windows.shape[-1])
    weighted = (windows * taper).reshape(*starts.shape, *windows.shape[1:])
    mean = np.full((len(starts), windows.shape[1], n_samples), np.nan, dtype=np.float32)
    for row, (first, last) in enumerate(real_samples):
        total = np.zeros((windows.shape[1], n_samples), dtype=np.float32)
        weight = np.zeros(n_samples, dtype=np.float32)
        places, numbers = np.unique(starts[row], return_index=True)  # on a short trace some windows coincide
        for start, number in zip(places.tolist(), numbers.tolist(), strict=True):
            total[:, start : start + len(taper)] += weighted[row, number]
            weight[start : start + len(taper)] += taper
        np.divide(total[:, first : last + 1], weight[first : last + 1], out=mean[row, :, first : last + 1])
    return mean


def sample_curve(curves: FloatArray, position: DoubleArray, offsets: IntArray) -> FloatArray:
    """(N, C, len(offsets)) values at fractional position + offset samples, linear in between; NaN outside the segment and next to NaN.

    curves: (N, C, T). position: (N,).
    """
    n_samples = curves.shape[-1]
    wanted = position[:, None] + offsets[None, :]
    inside = (wanted >= 0) & (wanted <= n_samples - 1)
    lower = np.clip(np.floor(wanted), 0, n_samples - 2).astype(np.int64)
    part = (wanted - lower)[:, None, :].astype(np.float32)
    below = np.take_along_axis(curves, lower[:, None, :], axis=-1)
    above = np.take_along_axis(curves, lower[:, None, :] + 1, axis=-1)
    values = np.where(part > 0, below + (above - below) * part, below)
    return np.where(inside[:, None, :], values, np.nan).astype(np.float32)
