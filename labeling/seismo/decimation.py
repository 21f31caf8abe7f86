"""Fewer points for the screen, without losing an onset or a spike."""

from __future__ import annotations

import numpy as np

from labeling.seismo.records import FloatArray

_CACHED_SAMPLES = 1 << 18  # 1 MiB, read from memory for the least and from the cache for the greatest


def least_and_greatest(samples: FloatArray, bin_samples: int) -> FloatArray:
    """(n_components, 2 * n_bins) float32: of each bin of bin_samples samples its least and its greatest value, one after the other.

    samples: (n_components, n_samples), NaN in gaps. A bin that is nothing but gap is NaN; the last bin may be shorter than the rest.
    """
    if bin_samples < 1:
        raise ValueError(f"A bin of {bin_samples} samples was asked for; it needs one at least.")
    n_components, n_samples = samples.shape
    n_whole = n_samples // bin_samples
    pairs = np.empty((n_components, -(-n_samples // bin_samples), 2), dtype=np.float32)
    bins, rest = samples[:, : n_whole * bin_samples].reshape(n_components, n_whole, bin_samples), samples[:, n_whole * bin_samples :]
    at_once = max(1, _CACHED_SAMPLES // bin_samples)
    # fmin and fmax pass over NaN and, unlike nanmin, do not complain of bins without a number.
    for component in range(n_components):
        for begin in range(0, n_whole, at_once):
            block = slice(begin, min(begin + at_once, n_whole))
            np.fmin.reduce(bins[component, block], axis=1, out=pairs[component, block, 0])
            np.fmax.reduce(bins[component, block], axis=1, out=pairs[component, block, 1])
    if rest.shape[1]:
        np.fmin.reduce(rest, axis=1, out=pairs[:, n_whole, 0])
        np.fmax.reduce(rest, axis=1, out=pairs[:, n_whole, 1])
    return pairs.reshape(n_components, -1)


def bin_for(n_samples: int, max_points: int) -> int:
    """Samples in a bin so that at most max_points points are left; 1 where the samples may stay as they are."""
    if n_samples <= max_points:
        return 1
    return -(-n_samples // max(max_points // 2, 1))
