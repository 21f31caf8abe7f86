"""How far two independent readings of the same items agree."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .proportions import Z_95, Interval


def cohen_kappa(table: NDArray[np.int64]) -> Interval | None:
    """Agreement beyond chance (Cohen 1960). table: (n_classes, n_classes) counts of first by second reading. None where it is not defined.

    The interval is that of the large-sample variance of Fleiss, Cohen and Everitt (1969, Psychological Bulletin 72, 323, eq. 13).
    """
    n = int(table.sum())
    if n < 2:
        return None
    share = table / n
    first, second = share.sum(axis=1), share.sum(axis=0)
    observed, expected = float(np.trace(share)), float(first @ second)
    if expected >= 1.0:
        return None  # both put everything into one class: chance alone agrees
    kappa = (observed - expected) / (1 - expected)
    left = 1 - kappa
    on = float((np.diag(share) * (1 - (first + second) * left) ** 2).sum())
    crossed = share * (second[:, None] + first[None, :]) ** 2
    off = left**2 * float(crossed.sum() - np.trace(crossed))
    variance = (on + off - (kappa - expected * left) ** 2) / (n * (1 - expected) ** 2)
    half = Z_95 * math.sqrt(max(variance, 0.0))
    return Interval(kappa, max(-1.0, kappa - half), min(1.0, kappa + half))
