"""How well wrong labels are found and mended: from arrays over labels to one figure, NaN where it has no meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def auroc(p: FloatArray, wrong: BoolArray) -> float:
    """Probability that a wrong label is ranked above a right one, ties counting half."""
    n_wrong, n_right = int(wrong.sum()), int((~wrong).sum())
    if not n_wrong or not n_right:
        return float("nan")
    ranks = rankdata(p)
    return float((ranks[wrong].sum() - n_wrong * (n_wrong + 1) / 2) / (n_wrong * n_right))


def average_precision(p: FloatArray, wrong: BoolArray) -> float:
    """Sum over thresholds of precision × gain in recall. Labels of equal p enter together."""
    if not wrong.any():
        return float("nan")
    precision, recall = _precision_and_recall(p, wrong)
    return float((precision * np.diff(recall, prepend=0.0)).sum())


def precision_at_k(p: FloatArray, wrong: BoolArray) -> float:
    """Share of wrong labels among the k ranked first, k being how many are wrong; of labels that tie at the edge, their mean share."""
    k = int(wrong.sum())
    if not k:
        return float("nan")
    edge = np.sort(p)[::-1][k - 1]
    above, tied = p > edge, p == edge
    return float((wrong[above].sum() + (k - above.sum()) * wrong[tied].mean()) / k)


def recall_at_precision(p: FloatArray, wrong: BoolArray, precision: float = 0.9) -> float:
    """Highest share of the wrong labels found at a threshold where at least this share of what is flagged is wrong; 0 if there is none."""
    if not wrong.any():
        return float("nan")
    reached, recall = _precision_and_recall(p, wrong)
    return float(recall[reached >= precision].max(initial=0.0))


def share_put_back(true_shift_s: FloatArray, proposed_shift_s: FloatArray, wrong: BoolArray, flagged: BoolArray, within_s: float) -> float:
    """Share of wrong labels that are flagged and whose proposal lies within `within_s` of the truth. Both shifts: from the given label."""
    if not wrong.any():
        return float("nan")
    mended = flagged & (np.abs(_filled(proposed_shift_s, np.inf) - true_shift_s) <= within_s)
    return float(mended[wrong].mean())


def mean_error_s(true_shift_s: FloatArray, proposed_shift_s: FloatArray, flagged: BoolArray) -> float:
    """Mean absolute error of all labels after the flagged ones with a proposal have been moved. With nothing flagged: before."""
    moved = np.where(flagged & np.isfinite(proposed_shift_s), _filled(proposed_shift_s, 0.0), 0.0)
    return float(np.abs(true_shift_s - moved).mean()) if len(moved) else float("nan")


def share_harmed(proposed_shift_s: FloatArray, spoilt: BoolArray, wrong: BoolArray, flagged: BoolArray, by_s: float = 0.05) -> float:
    """Share of right labels that accepting every proposal would move by more than `by_s` or, where `spoilt`, remove or rename."""
    if wrong.all():
        return float("nan")
    harmed = flagged & (spoilt | (np.abs(_filled(proposed_shift_s, 0.0)) > by_s))
    return float(harmed[~wrong].mean())


def coverage(true_shift_s: FloatArray, lower_s: FloatArray, upper_s: FloatArray, chosen: BoolArray) -> float:
    """Share of the chosen labels that have an interval whose interval holds the truth."""
    known = chosen & np.isfinite(lower_s) & np.isfinite(upper_s)
    if not known.any():
        return float("nan")
    return float(((true_shift_s >= lower_s) & (true_shift_s <= upper_s))[known].mean())


def expected_calibration_error(p: FloatArray, wrong: BoolArray, n_bins: int = 10, weight: FloatArray | None = None) -> float:
    """Mean over ten equal bins of p, weighted by their labels, of |mean p − share of wrong labels|. weight: what each label counts for."""
    if not len(p):
        return float("nan")
    each = np.ones(len(p)) if weight is None else weight
    which = np.minimum((p * n_bins).astype(np.int64), n_bins - 1)
    surplus = np.bincount(which, weights=each * (p - wrong), minlength=n_bins)
    return float(np.abs(surplus).sum() / each.sum())


def bootstrap_interval(
    figure: Callable[..., float],
    arrays: Sequence[NDArray[Any]],
    component: IntArray,
    *,
    seed: int,
    n_draws: int = 500,
    share: float = 0.95,
) -> tuple[float, float]:
    """Interval of figure(*arrays) over draws of whole components with replacement. arrays: (N,) each. component: (N,)."""
    draws = component_draws([component], seed=seed, n_draws=n_draws)
    return interval([figure(*(array[drawn] for array in arrays)) for (drawn,) in draws], share)


def component_draws(components: Sequence[IntArray], *, seed: int, n_draws: int) -> Iterator[list[IntArray]]:
    """n_draws times, for each run its labels of one draw, the same for all runs, of as many components as there are, with replacement.

    components: (N,) of the labels of each run. Nothing where no run has labels."""
    names = np.unique(np.concatenate([np.asarray(component, dtype=np.int64) for component in components]))
    if not len(names):
        return
    members = [_members(component, names) for component in components]
    rng = np.random.default_rng(seed)
    for _ in range(n_draws):
        chosen = rng.integers(0, len(names), len(names))
        yield [np.concatenate([of_run[i] for i in chosen]) for of_run in members]


def interval(values: Sequence[float], share: float = 0.95) -> tuple[float, float]:
    """The middle share of the values that are known; NaN where none is."""
    known = np.array(values)[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def _members(component: IntArray, names: IntArray) -> list[IntArray]:
    """For each name the labels of that component."""
    order = np.argsort(component, kind="stable")
    return np.split(order, np.searchsorted(component[order], names[1:]))


def _precision_and_recall(p: FloatArray, wrong: BoolArray) -> tuple[FloatArray, FloatArray]:
    """At each threshold that occurs, from the highest down."""
    order = np.argsort(-p, kind="stable")
    last_of_tie = np.append(np.diff(p[order]) != 0, True)
    found = np.cumsum(wrong[order])[last_of_tie]
    flagged = np.flatnonzero(last_of_tie) + 1
    return found / flagged, found / wrong.sum()


def _filled(values: FloatArray, with_what: float) -> FloatArray:
    return np.where(np.isfinite(values), values, with_what)
