"""Medians of seconds, with bootstrap intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .proportions import Interval

RESAMPLES = 2000
LEAST = 5  # values below which a percentile bootstrap says nothing
MAD_TO_SIGMA = 1.4826  # of a normal distribution


def median(values: NDArray[np.float64], *, seed: int = 0) -> Interval | None:
    """The median with a percentile bootstrap interval (Efron 1979, Annals of Statistics 7, 1). None for fewer than LEAST values."""
    if values.size < LEAST:
        return None
    return _interval(float(np.median(values)), _resampled(values, np.random.default_rng(seed)))


def difference_of_medians(a: NDArray[np.float64], b: NDArray[np.float64], *, seed: int = 0) -> Interval | None:
    """Median of a − median of b, the two resampled apart. None where one has fewer than LEAST values."""
    if min(a.size, b.size) < LEAST:
        return None
    draw = np.random.default_rng(seed)
    return _interval(float(np.median(a) - np.median(b)), _resampled(a, draw) - _resampled(b, draw))


def spread(values: NDArray[np.float64]) -> float:
    """Standard deviation of a normal with the same median absolute deviation: a few gross values do not move it."""
    return MAD_TO_SIGMA * float(np.median(np.abs(values - np.median(values))))


def _resampled(values: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float64]:
    """(RESAMPLES,) medians, taken in turns, so that many values do not fill the memory."""
    return np.array([np.median(values[draw.integers(0, values.size, values.size)]) for _ in range(RESAMPLES)])


def _interval(estimate: float, resampled: NDArray[np.float64]) -> Interval:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(estimate, float(low), float(high))
