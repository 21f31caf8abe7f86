"""Where the arrival is, as a probability over time: the decoder's output with the label's width taken out.

A decoder trained on Gaussian labels returns a bump as wide as the label, with a low background; neither is a posterior. What is right
about it is how the bumps compare. So each bump is made narrower, and keeps its place among the others: raised to a power k it is
sqrt(k) times narrower, but the whole curve raised to that k would turn two bumps of 0.9 and 0.7 into certainty. Which k:
`noise_model.choose_power` takes the one under which the labels themselves are likeliest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

LEAST_NO_ARRIVAL = 0.01  # no decoder output is proof that there is an arrival, or that there is none
# What a bump counts for: the area of its cube. By the plain area the many small rises of a long window outweigh the arrival (proposals
# are then withheld from half of the wrong labels of real traces); from the fourth power on a second bump is soon forgotten.
BUMP_POWER = 3.0
LEAST_PEAK = 0.05  # below this a decoder says nothing
# Of an onset found by AR-AIC near the decoder's peak: how often it is right, how sharp it then is, and over how much it else lies. In
# samples, like the bounds of the noise model.
ONSET_TRUST, ONSET_SCALE, ONSET_ELSEWHERE = 0.8, 3.0, 100.0


@dataclass(frozen=True)
class PickPosterior:
    """q_i(t) of N labels on the grid `offsets_s` (T,), in seconds from the label.

    mass: (N, T), probability in each sample. no_arrival: (N,), probability of no arrival in this window; the two add up to 1.
    readable: (N,) False where the decoder's output is missing throughout; there no_arrival says nothing.
    peak: (N,) the decoder's highest output. power: (N,) what the output was raised to.
    """

    offsets_s: FloatArray
    mass: FloatArray
    no_arrival: FloatArray
    readable: BoolArray
    peak: FloatArray
    power: FloatArray

    def __len__(self) -> int:
        return int(self.mass.shape[0])

    @property
    def step_s(self) -> float:
        return float(self.offsets_s[1] - self.offsets_s[0])

    @property
    def window_s(self) -> float:
        return float(self.step_s * len(self.offsets_s))

    def select(self, labels: IntArray) -> PickPosterior:
        """The same of some labels only."""
        return PickPosterior(
            self.offsets_s, self.mass[labels], self.no_arrival[labels], self.readable[labels], self.peak[labels], self.power[labels]
        )

    @classmethod
    def join(cls, parts: list[PickPosterior]) -> PickPosterior:
        """Those of several blocks of labels, on one grid."""
        by_label = ("mass", "no_arrival", "readable", "peak", "power")
        return cls(parts[0].offsets_s, *(np.concatenate([getattr(part, name) for part in parts]) for name in by_label))

    def peak_offset_s(self) -> FloatArray:
        """(N,) where the posterior is highest, between samples by a parabola through the logarithms; NaN where unreadable."""
        best = np.argmax(self.mass, axis=1)
        inner = np.clip(best, 1, len(self.offsets_s) - 2)
        rows = np.arange(len(self))
        left, middle, right = (np.log(np.maximum(self.mass[rows, inner + d], 1e-300)) for d in (-1, 0, 1))
        curvature = left - 2 * middle + right
        step = np.where((curvature < -1e-9) & (inner == best), 0.5 * (left - right) / np.where(curvature < -1e-9, curvature, -1.0), 0.0)
        offset = self.offsets_s[best] + np.clip(step, -0.5, 0.5) * self.step_s
        return np.where(self.readable, offset, np.nan)

    def quantile_s(self, share: float) -> FloatArray:
        """(N,) quantiles of the time of arrival, given that there is one; NaN where unreadable."""
        return np.where(self.readable, grid_quantile(self.mass, self.offsets_s, share), np.nan)


def own_phase(probability: NDArray[np.floating], phase: IntArray) -> FloatArray:
    """(N, T) decoder output of each label's own phase. probability: (N, 2, T). phase: (N,) 0 for P, 1 for S."""
    return np.asarray(probability[np.arange(len(phase)), phase], dtype=np.float64)


def readable_labels(probability: FloatArray) -> BoolArray:
    """(N,) whether the decoder gave anything. probability: (N, T)."""
    return np.asarray(np.isfinite(probability).any(axis=1), dtype=bool)


def typical_area(probability: FloatArray) -> float:
    """Area under the decoder's output that stands for one arrival, in samples: the median over the labels, most of which have one.

    The expected number of arrivals is the area, however wide the network spreads it. probability: (N, T). 0.0 if no output stands out.
    """
    return median_area(areas_of_labels(probability))


def areas_of_labels(probability: FloatArray) -> FloatArray:
    """(N,) area under the decoder's output, in samples; NaN where no output stands out. probability: (N, T)."""
    speaks = np.nan_to_num(probability).max(axis=1, initial=0.0) >= LEAST_PEAK
    return np.where(speaks, _above_background(probability).sum(axis=1), np.nan)


def median_area(areas: FloatArray) -> float:
    """Of the areas that are known, 0.0 if none is."""
    known = areas[np.isfinite(areas)]
    return float(np.median(known)) if len(known) else 0.0


def bump_reach(areas: FloatArray) -> int:
    """Samples to each side that belong to one bump, whose usual area each label is told (N,)."""
    return max(1, round(float(np.median(areas)))) if len(areas) else 1


def pick_posterior(
    probability: FloatArray,
    offsets_s: NDArray[np.floating],
    power: FloatArray | float,
    area: FloatArray | float,
    reach: int | None = None,
) -> PickPosterior:
    """Posterior from the decoder output of each label's own phase.

    probability: (N, T) in [0, 1], NaN outside the trace. power: for each label (N,) or for all. area: `typical_area` of a whole
    catalog, for each label or for all, so that a handful of labels can be judged by it; 0 where no output stood out. "No arrival" takes
    over where a label's area falls below half of it: a quarter of it means even odds. reach: `bump_reach` of a whole catalog, where
    these are some of its labels.
    """
    readable = readable_labels(probability)
    n_labels = len(probability)
    powers = np.broadcast_to(np.asarray(power, dtype=np.float64), (n_labels,))
    areas = np.broadcast_to(np.asarray(area, dtype=np.float64), (n_labels,))
    raised = _above_background(probability)
    present = np.where(areas > 0, 2.0 * raised.sum(axis=1) / np.where(areas > 0, areas, 1.0), 0.0)
    no_arrival = np.clip(1.0 - present, LEAST_NO_ARRIVAL, 1.0 - LEAST_NO_ARRIVAL)
    reach = min(bump_reach(areas) if reach is None else reach, probability.shape[1] // 4)
    narrow = _narrowed(np.clip(np.nan_to_num(probability), 0.0, 1.0), raised**BUMP_POWER, powers, reach)
    narrow[~np.isfinite(probability)] = 0.0
    total = narrow.sum(axis=1, keepdims=True)
    shape = np.divide(narrow, total, out=np.full_like(narrow, 1.0 / narrow.shape[1]), where=total > 0)
    return PickPosterior(
        offsets_s=np.asarray(offsets_s, dtype=np.float64),
        mass=shape * (1.0 - no_arrival)[:, None],
        no_arrival=no_arrival,
        readable=readable,
        peak=np.nan_to_num(probability).max(axis=1, initial=0.0),
        power=powers,
    )


def _narrowed(probability: FloatArray, weight: FloatArray, power: FloatArray, reach: int) -> FloatArray:
    """(N, T) each bump raised to the power, and scaled to what it counts for. weight: (N, T), its sum over a bump is what that counts.

    reach: samples to each side that belong to one bump; the area of a bump of standard deviation σ is 2.5 σ, which is far enough.
    """
    width = 2 * reach + 1
    shape = (probability / np.maximum(maximum_filter1d(probability, width, axis=1), 1e-12)) ** power[:, None]
    near = uniform_filter1d(weight, width, axis=1, mode="constant")
    narrow = shape * np.maximum(near, 0.0) / np.maximum(uniform_filter1d(shape, width, axis=1, mode="constant"), 1e-9)
    return np.asarray(narrow + 1e-9, dtype=np.float64)


def sharpened(posterior: PickPosterior, onset_s: NDArray[np.floating]) -> PickPosterior:
    """The posterior where an onset was found by other means too: times the chance that this one is right, about as sharp as a sample.

    onset_s: (N,) seconds from the label; NaN leaves a label's posterior as it is.
    """
    rows = np.flatnonzero(np.isfinite(onset_s))
    apart = np.abs(posterior.offsets_s[None, :] - np.asarray(onset_s, dtype=np.float64)[rows, None]) / posterior.step_s  # in samples
    likelihood = ONSET_TRUST * np.exp(-apart / ONSET_SCALE) / (2 * ONSET_SCALE) + (1 - ONSET_TRUST) / ONSET_ELSEWHERE
    mass = posterior.mass.copy()
    fused = mass[rows] * likelihood
    mass[rows] = fused * (mass[rows].sum(axis=1) / np.maximum(fused.sum(axis=1), 1e-300))[:, None]
    return replace(posterior, mass=mass)


def grid_quantile(mass: FloatArray, offsets_s: FloatArray, share: float) -> FloatArray:
    """(N,) quantile of each row of `mass` (N, T), which need not add up to 1; the mass of a sample is spread evenly over it."""
    step_s = offsets_s[1] - offsets_s[0]
    cumulative = np.cumsum(mass, axis=1)
    total = cumulative[:, -1:]
    target = share * total
    index = np.argmax(cumulative >= target, axis=1)
    rows = np.arange(len(mass))
    here = np.maximum(mass[rows, index], 1e-300)
    before = cumulative[rows, index] - mass[rows, index]
    within = np.clip((target[:, 0] - before) / here, 0.0, 1.0)
    return np.asarray(offsets_s[index] + (within - 0.5) * step_s, dtype=np.float64)


def _above_background(probability: FloatArray) -> FloatArray:
    """(N, T) the output above twice its own lower quartile, so that a long quiet window does not count as an arrival."""
    filled = np.clip(np.nan_to_num(probability), 0.0, 1.0)
    if not filled.size:
        return filled
    return np.asarray(np.maximum(filled - 2.0 * np.percentile(filled, 25, axis=1, keepdims=True), 0.0), dtype=np.float64)
