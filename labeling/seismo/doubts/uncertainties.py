"""Uncertainties that are none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.doubts.rounding import FEWEST_PICKS

_WEIGHTS = (0.0, 1.0, 2.0, 3.0, 4.0, 9.0)


def are_weights(uncertainty_s: NDArray[np.float64]) -> bool:
    """Whether all uncertainties are numbers that weights have (0 to 4, 9), and not all the same. NaN is unknown."""
    known = uncertainty_s[np.isfinite(uncertainty_s)]
    return len(known) >= FEWEST_PICKS and bool(np.isin(known, _WEIGHTS).all()) and len(np.unique(known)) > 1


def negative(uncertainty_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which are below zero: −1 stands for "not known" in some programs, and is read as a second in others. NaN is unknown."""
    return np.asarray(uncertainty_s < 0)
