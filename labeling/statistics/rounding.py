"""Whether somebody's times stand on a grid that is coarser than their samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEPS_S = (1.0, 0.5, 0.1, 0.05, 0.01)
LEAST_TIMES = 10
LEAST_SHARE = 0.9
MOST_BY_CHANCE = 0.5
TOLERANCE_S = 0.0005


def rounding_step_s(fraction_s: NDArray[np.float64], *, sampling_interval_s: float) -> float | None:
    """The coarsest step that LEAST_SHARE of the times stand on, if chance would not put half of them there; None where there is none.

    fraction_s: times in seconds after a whole minute or second, so that no digit is lost. sampling_interval_s: the longest of the traces'.
    """
    if fraction_s.size < LEAST_TIMES:
        return None
    for step_s in STEPS_S:
        by_chance = max(sampling_interval_s, 2 * TOLERANCE_S) / step_s
        off_s = np.abs(fraction_s - step_s * np.round(fraction_s / step_s))
        if by_chance <= MOST_BY_CHANCE and np.mean(off_s <= TOLERANCE_S) >= LEAST_SHARE:
            return step_s
    return None
