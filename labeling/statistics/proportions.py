"""Shares of a finite population from a stratified random sample, with intervals that hold for small counts and for none.

Each stratum's share gets a Wilson interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209), narrowed by the finite population correction; the
strata are put together by the recovery of variance estimates from those limits (MOVER: Zou and Donner 2008, Statistics in Medicine 27,
1693; Newcombe 2013, Confidence Intervals for Proportions, ch. 7). The estimate is that of Horvitz and Thompson.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z_95 = 1.959963984540054
GRID = np.linspace(0.0, 1.0, 2001)


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % confidence interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Stratum:
    """A part of the population. n_population: its size; n_judged: how many of them, drawn at random, were judged; n_errors: of those."""

    n_population: int
    n_judged: int
    n_errors: int

    def __post_init__(self) -> None:
        if not 0 <= self.n_errors <= self.n_judged <= self.n_population:
            raise ValueError(f"A stratum needs 0 ≤ errors ≤ judged ≤ population, not {self}.")


def wilson(n_errors: int, n_judged: int, *, n_population: int | None = None) -> Interval:
    """Share of errors with Wilson's score interval. n_population: of a finite population, which is known whole once all of it is judged."""
    if n_judged == 0:
        return Interval(math.nan, 0.0, 1.0)
    share, z2 = n_errors / n_judged, Z_95**2
    centre = (share + z2 / (2 * n_judged)) / (1 + z2 / n_judged)
    half = Z_95 * math.sqrt(share * (1 - share) / n_judged + z2 / (4 * n_judged**2)) / (1 + z2 / n_judged)
    left = 1.0 if n_population is None else math.sqrt(max(0.0, 1 - n_judged / n_population))
    low = 0.0 if n_errors == 0 else max(0.0, share - left * (share - (centre - half)))
    high = 1.0 if n_errors == n_judged and left == 1.0 else min(1.0, share + left * (centre + half - share))
    return Interval(share, low, high)


def error_rate(strata: Sequence[Stratum]) -> Interval | None:
    """The population's share of errors. None as long as a stratum that is not empty has nothing judged: it would be a guess."""
    parts = [stratum for stratum in strata if stratum.n_population > 0]
    if not parts or any(stratum.n_judged == 0 for stratum in parts):
        return None
    n_all = sum(stratum.n_population for stratum in parts)
    estimate = below = above = 0.0
    for stratum in parts:
        weight, share = stratum.n_population / n_all, _share(stratum)
        estimate += weight * share.estimate
        below += (weight * (share.estimate - share.low)) ** 2
        above += (weight * (share.high - share.estimate)) ** 2
    return Interval(estimate, max(0.0, estimate - math.sqrt(below)), min(1.0, estimate + math.sqrt(above)))


def missed_share(*, flagged: Stratum, unflagged: Stratum) -> Interval | None:
    """Which share of all errors lies among the unflagged. None before both strata are judged; without any error found the estimate is NaN.

    A share r belongs to the interval as long as zero lies in MOVER's interval of (1 − r) · errors unflagged − r · errors flagged: the
    inversion that Donner and Zou (2012, Stat. Methods Med. Res. 21, 347) solve in closed form, which a count of zero would break.
    """
    if unflagged.n_population == 0:
        return Interval(0.0, 0.0, 0.0) if flagged.n_errors else None
    if unflagged.n_judged == 0 or flagged.n_judged == 0:
        return None
    missed, found = _share(unflagged), _share(flagged)
    a, b = (1 - GRID) * unflagged.n_population, GRID * flagged.n_population
    centre = a * missed.estimate - b * found.estimate
    low = centre - np.hypot(a * (missed.estimate - missed.low), b * (found.high - found.estimate))
    high = centre + np.hypot(a * (missed.high - missed.estimate), b * (found.estimate - found.low))
    inside = GRID[(low <= 0) & (high >= 0)]
    n_missed, n_found = missed.estimate * unflagged.n_population, found.estimate * flagged.n_population
    estimate = n_missed / (n_missed + n_found) if n_missed + n_found > 0 else math.nan
    return Interval(estimate, float(inside[0]), float(inside[-1]))


def _share(stratum: Stratum) -> Interval:
    return wilson(stratum.n_errors, stratum.n_judged, n_population=stratum.n_population)
