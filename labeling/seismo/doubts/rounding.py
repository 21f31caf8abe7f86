"""Times and positions that were rounded in bulk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEWEST_PICKS = 50  # below, chance alone gives such numbers
MOST = 0.95
_STEPS_US = (1_000_000, 100_000)


def rounding_step_s(time_us: NDArray[np.int64]) -> float | None:
    """1.0 or 0.1 where nearly all times are whole multiples of it, else None. time_us: microseconds since any whole second."""
    if len(time_us) < FEWEST_PICKS:
        return None
    return next((step_us / 1e6 for step_us in _STEPS_US if np.mean(time_us % step_us == 0) >= MOST), None)


def are_on_hundreds(sample: NDArray[np.float64]) -> bool:
    """Whether nearly all positions are multiples of 100 samples: those of a window's start, say, and not of an onset. NaN is unknown."""
    known = sample[np.isfinite(sample)]
    if len(known) < FEWEST_PICKS:
        return False
    return bool(np.mean(np.abs(known - 100 * np.round(known / 100)) < 0.01) >= MOST)
