"""Picks beside true labels: from a decoder's curves to counts over components, and from those to figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from training.benchmark.metrics import bootstrap_interval
from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.lancor.dataset import LabelledSet

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PICK_HEIGHT = 0.3
PICKS_APART_S = 0.5
MATCHED_S = 0.5
TOLERANCES_S = (0.1, 0.5)
LESS_IS_BETTER = ("mae_all_s", "mae_matched_s", "rmse_matched_s")
MORE_IS_BETTER = ("f1_0.1_s", "f1_0.5_s")


@dataclass(frozen=True)
class HeldOutPicks:
    """Of the N true labels: label_component (N,), and residual_s (N,) peak − label within the search range, NaN where it is silent.
    Of the C components: component (C,), n_picks (C,), and hits (C, 2), how many picks lie on a label of their own, by tolerance.
    search_s: how far peaks were looked for."""

    label_component: IntArray
    residual_s: FloatArray
    component: IntArray
    n_picks: IntArray
    hits: IntArray
    search_s: float

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, and read back by `from_dict`."""
        lists = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(self).items()}
        return {**lists, "residual_s": [None if np.isnan(value) else float(value) for value in self.residual_s]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> HeldOutPicks:
        arrays = {name: np.array(values[name], dtype=np.int64) for name in ("label_component", "component", "n_picks", "hits")}
        return cls(**arrays, residual_s=np.array(values["residual_s"], dtype=np.float64), search_s=float(values["search_s"]))


def judge_picks(curves: NDArray[np.float32], dataset: LabelledSet, *, search_s: float) -> HeldOutPicks:
    """curves: (M, 2, T) the decoder's output on the segments of the set, whose labels are true. Lengths, search_s too, are those at 100 Hz,
    see `flagging.lengths`."""
    rate_hz = RATE_OF_LENGTHS_HZ
    curves = np.nan_to_num(curves, nan=-1.0)
    residual_s = np.array(
        [
            _nearest_peak_s(curves[segment, phase], sample, rate_hz, search_s)
            for segment, phase, sample in zip(dataset.label_segment, dataset.label_phase, dataset.label_sample, strict=True)
        ],
        dtype=np.float64,
    )
    component, of_segment = np.unique(dataset.component, return_inverse=True)
    n_picks, hits = np.zeros(len(component), dtype=np.int64), np.zeros((len(component), len(TOLERANCES_S)), dtype=np.int64)
    for segment in range(dataset.n_segments):
        here = dataset.label_segment == segment
        for phase in (0, 1):
            found, _ = find_peaks(curves[segment, phase], height=PICK_HEIGHT, distance=max(1, round(PICKS_APART_S * rate_hz)))
            labels = dataset.label_sample[here & (dataset.label_phase == phase)]
            n_picks[of_segment[segment]] += len(found)
            for number, tolerance_s in enumerate(TOLERANCES_S):
                hits[of_segment[segment], number] += n_pairs(found / rate_hz, labels / rate_hz, tolerance_s)
    return HeldOutPicks(dataset.component[dataset.label_segment], residual_s, component, n_picks, hits, search_s)


def n_pairs(picks_s: FloatArray, labels_s: FloatArray, tolerance_s: float) -> int:
    """How many labels have a pick of their own within the tolerance: the most that can be paired, each with one."""
    picks, n_paired, next_pick = np.sort(picks_s), 0, 0
    for label_s in np.sort(labels_s):
        while next_pick < len(picks) and picks[next_pick] < label_s - tolerance_s:
            next_pick += 1
        if next_pick < len(picks) and picks[next_pick] <= label_s + tolerance_s:
            n_paired, next_pick = n_paired + 1, next_pick + 1
    return n_paired


def _nearest_peak_s(curve: NDArray[np.float32], sample: float, rate_hz: float, search_s: float) -> float:
    """Residual of the highest point within ± search_s, in seconds; NaN where nothing is known there."""
    first, last = max(0, int(np.ceil(sample - search_s * rate_hz))), int(np.floor(sample + search_s * rate_hz))
    around = curve[first : last + 1]
    highest = int(around.argmax())
    return float("nan") if around[highest] < 0 else (first + highest - sample) / rate_hz


# Sums over one component each: labels, |residual|, matched, |residual| and squares of the matched, hits twice, picks.
SUMS = 8


def component_sums(picks: HeldOutPicks) -> FloatArray:
    """(C, SUMS) what every figure but the median is made of."""
    index = np.searchsorted(picks.component, picks.label_component)
    size_s = np.nan_to_num(np.abs(picks.residual_s), nan=picks.search_s)
    matched = size_s <= MATCHED_S
    columns = [np.ones_like(size_s), size_s, matched, matched * size_s, matched * size_s**2]
    sums = np.stack([np.bincount(index, weights=column, minlength=len(picks.component)) for column in columns], axis=1)
    return np.concatenate([sums, picks.hits, picks.n_picks[:, None]], axis=1)


def figures_of(sums: FloatArray) -> dict[str, float]:
    """From (C, SUMS) over components; NaN where a figure has no meaning."""
    n_labels, size_s, matched, matched_size_s, matched_square, hits_near, hits_far, n_picks = np.asarray(sums, dtype=float).sum(axis=0)
    return {
        "mae_all_s": _ratio(size_s, n_labels),
        "mae_matched_s": _ratio(matched_size_s, matched),
        "rmse_matched_s": float(np.sqrt(_ratio(matched_square, matched))),
        "f1_0.1_s": _ratio(2 * hits_near, n_labels + n_picks),
        "f1_0.5_s": _ratio(2 * hits_far, n_labels + n_picks),
    }


def gap_closed(figure: str, noisy: FloatArray, true: FloatArray, method: FloatArray) -> float:
    """Share of the way from the noisy to the true labels' figure that the method goes. All (C, SUMS), of the same components."""
    start, end, reached = (figures_of(sums)[figure] for sums in (noisy, true, method))
    return (reached - start) / (end - start) if end != start else float("nan")


def gap_closed_interval(
    figure: str, noisy: FloatArray, true: FloatArray, method: FloatArray, component: IntArray, *, seed: int
) -> tuple[float, float]:
    """95 % interval over draws of whole components. component: (C,) of the rows, the same one several times where seeds share it."""
    return bootstrap_interval(partial(gap_closed, figure), (noisy, true, method), component, seed=seed)


def relative_gains(noisy: dict[str, float], method: dict[str, float]) -> dict[str, float]:
    """Per cent better than plain training on the same noisy labels, figure by figure, as the paper states it."""
    gains = {name: _ratio(noisy[name] - method[name], noisy[name]) for name in LESS_IS_BETTER}
    gains |= {name: _ratio(method[name] - noisy[name], noisy[name]) for name in MORE_IS_BETTER}
    return {name: 100 * gain for name, gain in gains.items()}


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
