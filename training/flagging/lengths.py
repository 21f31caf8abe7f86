"""Lengths are written in seconds at 100 Hz, and hold in proportion at other rates: what networks see, they see in samples.

An S that follows its P after 50 ms in a mine recorded at 500 Hz is, to them, one that follows after 0.25 s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_OF_LENGTHS_HZ = 100.0


def time_scale(offsets_s: NDArray[np.floating]) -> float:
    """Factor on such lengths where `offsets_s` (T,), evenly spaced, is in samples of the networks' rate; 1 at 100 Hz."""
    step_s = float(offsets_s[-1] - offsets_s[0]) / (len(offsets_s) - 1)
    return round(step_s * RATE_OF_LENGTHS_HZ, 6)  # the axis is in single precision
