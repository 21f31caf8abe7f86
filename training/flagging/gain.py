"""What a run bought, for its page: figures by planted errors and by the networks' own view, small enough to be kept with the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from training.flagging.lengths import time_scale
from training.flagging.planting import Planting
from training.flagging.posterior import BoolArray, FloatArray, IntArray
from training.flagging.verdicts import Verdicts

STEPS = np.arange(101) / 100  # thresholds of P(mislabelled) that a histogram can be asked for
TOLD_THRESHOLDS = (0.99, 0.95, 0.9, 0.8, 0.7, 0.5, 0.3, 0.1)  # of the table beside the curve
MOST_POINTS = 90  # of a curve
N_BINS = 10  # of a reliability diagram
LEAST_IN_BIN = 5
SNR_BANDS = (("< 5 dB", -np.inf, 5.0), ("5–10 dB", 5.0, 10.0), ("10–20 dB", 10.0, 20.0), ("> 20 dB", 20.0, np.inf))
WORST_STATIONS = 10
LARGE_SHIFT_S = 0.2
PUT_BACK_WITHIN_S = 0.1
TRUSTED_LABEL = 0.2  # as for the proposals' intervals: such a label stands for the truth of what was planted on it
N_DRAWS = 400
_Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval, which is NaN where there is none."""

    value: float
    low: float
    high: float


def wilson(n_hits: float, n: float) -> Estimate:
    """A share and its Wilson interval. NaN of nothing."""
    if n <= 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    share, z2 = n_hits / n, _Z95**2
    centre, half = share + z2 / (2 * n), _Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Estimate(share, max(0.0, (centre - half) / (1 + z2 / n)), min(1.0, (centre + half) / (1 + z2 / n)))


def count_by_step(p: FloatArray) -> list[int]:
    """101 counts: how many of the known p lie from each of STEPS to the next."""
    known = p[np.isfinite(p)]
    return [int(count) for count in np.bincount(np.searchsorted(STEPS, known, side="right") - 1, minlength=len(STEPS))]


@dataclass(frozen=True)
class Mixture:
    """A catalog whose errors are known: planted labels, and given ones as what they are, mostly right.

    p, wrong, weight: (K,) of both; wrong is True of planted ones. Together these weigh as much as the errors that the catalog is
    estimated to hold; a given label weighs as much as it is believed to be right, whatever P says of it.
    """

    p: FloatArray
    wrong: BoolArray
    weight: FloatArray

    @classmethod
    def of(cls, p_given: FloatArray, p_right: FloatArray, p_planted: FloatArray, error_rate: float) -> Mixture:
        """p_right: (N,) of the given labels. Empty where there is nothing to mix."""
        given, planted = np.isfinite(p_given) & np.isfinite(p_right), np.isfinite(p_planted)
        if not given.any() or not planted.any() or not 0 < error_rate < 1:
            return cls(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0))
        each = error_rate * given.sum() / planted.sum()
        weight = np.concatenate([p_right[given], np.full(int(planted.sum()), each)])
        wrong = np.arange(len(weight)) >= given.sum()
        return cls(np.concatenate([p_given[given], p_planted[planted]]), wrong, weight)


def believed_right(verdicts: Verdicts) -> FloatArray:
    """(N,) what the noise model, the groups and the companions leave of each given label: nothing that planted errors taught."""
    right = 1.0 - np.nan_to_num(verdicts.evidence["p_gross_error"])
    for name in ("p_group_offset", "p_duplicate", "p_out_of_order", "p_missed_arrival"):
        right = right * (1.0 - np.nan_to_num(verdicts.evidence[name]))
    return np.asarray(right, dtype=np.float64)


def precision_and_recall(mixture: Mixture) -> list[list[float]]:
    """At most 90 rows of threshold, recall and precision, at evenly spaced recalls; the highest threshold first."""
    if not len(mixture.p):
        return []
    thresholds = np.unique(np.quantile(mixture.p[mixture.wrong], np.linspace(0, 1, MOST_POINTS), method="lower"))[::-1]
    order = np.argsort(-mixture.p, kind="stable")
    reached = np.searchsorted(-mixture.p[order], -thresholds, side="right") - 1
    flagged = np.cumsum(mixture.weight[order])[reached]
    found = np.cumsum(np.where(mixture.wrong, mixture.weight, 0.0)[order])[reached]
    columns = (thresholds, found / mixture.weight[mixture.wrong].sum(), found / flagged)
    return [[round(value, 4) for value in row] for row in np.stack(columns, axis=1).tolist()]


def at_thresholds(mixture: Mixture, thresholds: Sequence[float]) -> list[list[float]]:
    """Rows of threshold, recall and precision of what lies at or above it; those that nothing reaches are left out."""
    rows: list[list[float]] = []
    for threshold in thresholds:
        flagged = mixture.p >= threshold
        total, found = mixture.weight[flagged].sum(), mixture.weight[flagged & mixture.wrong].sum()
        if total > 0:
            rows.append([threshold, round(float(found / mixture.weight[mixture.wrong].sum()), 4), round(float(found / total), 4)])
    return rows


def reliability(mixture: Mixture) -> list[dict[str, float]]:
    """For each tenth of P: n labels in it, their mean P (`predicted`) and the share that is wrong (`observed`, `low`, `high`), weighted.

    Tenths with fewer than 5 labels are left out. The interval is Wilson's at the effective number of labels, (Σw)² / Σw².
    """
    tenth = np.minimum((mixture.p * N_BINS).astype(np.int64), N_BINS - 1)
    rows: list[dict[str, float]] = []
    for number in range(N_BINS):
        here = tenth == number
        weight = mixture.weight[here]
        if here.sum() < LEAST_IN_BIN or not weight.sum():
            continue
        share, predicted = (float(np.average(values[here], weights=weight)) for values in (mixture.wrong, mixture.p))
        n_effective = float(weight.sum() ** 2 / (weight**2).sum())
        told = wilson(share * n_effective, n_effective)
        rows.append({"n": int(here.sum()), "predicted": predicted, "observed": told.value, "low": told.low, "high": told.high})
    return rows


def mean_intervals(values: Sequence[FloatArray], component: IntArray, *, seed: int, n_draws: int = N_DRAWS) -> list[Estimate]:
    """Mean of each of `values`, (N,) each, with its interval over draws of whole components, the same for all of them."""
    if not len(component):
        return [Estimate(float("nan"), float("nan"), float("nan"))] * len(values)
    _, which, counts = np.unique(component, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(which, weights=each) for each in values], axis=1)
    rng = np.random.default_rng(seed)
    drawn = np.empty((n_draws, len(values)))
    for draw in range(n_draws):
        weight = np.bincount(rng.integers(0, len(counts), len(counts)), minlength=len(counts))
        drawn[draw] = (weight @ sums) / (weight @ counts)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    means = sums.sum(axis=0) / counts.sum()
    return [Estimate(float(mean), float(a), float(b)) for mean, a, b in zip(means, low, high, strict=True)]


def residuals_before_and_after(verdicts: Verdicts, component: IntArray, *, seed: int) -> dict[str, object]:
    """Mean |label − peak of the networks that never saw it| of the labels as given, and with the proposals of flagged ones applied.

    The same labels in both: those that a proposal would remove or rename are left out, and counted. component: (N,).
    """
    residual_s = verdicts.evidence["network_residual_s"]
    renamed = verdicts.proposed_phase != ""
    leaves = verdicts.proposed_removal | (verdicts.flagged & renamed)
    moves = verdicts.flagged & np.isfinite(verdicts.proposed_shift_s) & (verdicts.kind != "missed_arrival")
    kept = verdicts.scored & np.isfinite(residual_s) & ~leaves
    before = np.abs(residual_s[kept])
    after = np.abs(residual_s - np.where(moves, verdicts.proposed_shift_s, 0.0))[kept]
    told = mean_intervals([before, after, after - before], component[kept], seed=seed)
    names = ("before_s", "after_s", "change_s")
    return {
        "n": int(kept.sum()),
        "n_moved": int((kept & moves).sum()),
        "n_left_out": int((verdicts.scored & leaves).sum()),
        **{name: vars(estimate) for name, estimate in zip(names, told, strict=True)},
    }


def planted_put_back(
    verdicts: Verdicts, planting: Planting, component: IntArray, *, threshold: float, seed: int
) -> dict[str, object] | None:
    """Of planted timing errors of 0.2 s and more (at 100 Hz) on labels that look right: the share within 0.1 s of truth, the mean error,
    as planted and with the proposals of the flagged ones applied. None where none was planted. component: (N,) of the given labels."""
    p_given = verdicts.p_mislabelled[planting.label]
    scale = time_scale(verdicts.offsets_s)
    chosen = (planting.kind == "timing") & (np.abs(planting.shift_s) >= LARGE_SHIFT_S * scale) & np.isfinite(verdicts.p_planted)
    chosen &= np.nan_to_num(p_given, nan=1.0) < TRUSTED_LABEL
    if not chosen.any():
        return None
    # The label that a planted one came from is late with its group; the arrival is not.
    error_s = planting.shift_s + verdicts.evidence["group_offset_s"][planting.label]
    moves = (verdicts.p_planted >= threshold) & np.isfinite(verdicts.planted_proposed_shift_s)
    left_s = np.abs(error_s + np.where(moves, verdicts.planted_proposed_shift_s, 0.0))[chosen]
    planted_s = np.abs(error_s)[chosen]
    within_s = PUT_BACK_WITHIN_S * scale
    values = [planted_s <= within_s, left_s <= within_s, planted_s, left_s]
    told = mean_intervals([each.astype(np.float64) for each in values], component[planting.label[chosen]], seed=seed)
    names = ("share_before", "share_after", "error_before_s", "error_after_s")
    lengths = {"large_s": LARGE_SHIFT_S * scale, "within_s": within_s}
    return {"n": int(chosen.sum()), **lengths, **{name: vars(estimate) for name, estimate in zip(names, told, strict=True)}}


def group_row(name: str, given: FloatArray, planted: FloatArray) -> dict[str, object]:
    """One row of a table: its name, and P of its given and of its planted labels by hundredths."""
    return {"name": name, "given": count_by_step(given), "planted": count_by_step(planted)}


def rows_by_kind(
    p_given: FloatArray, kind: NDArray[np.str_], p_planted: FloatArray, planted_kind: NDArray[np.str_]
) -> list[dict[str, object]]:
    """Given labels by what would be wrong with them, planted ones by what is. The most frequent first."""
    known = kind[np.isfinite(p_given)]
    names = np.unique(np.concatenate([known, planted_kind[np.isfinite(p_planted)]]))
    ordered = sorted((str(name) for name in names), key=lambda name: -int((known == name).sum()))
    return [group_row(name, p_given[kind == name], p_planted[planted_kind == name]) for name in ordered]


def rows_by_snr(p_given: FloatArray, snr_db: FloatArray, p_planted: FloatArray, planting: Planting) -> list[dict[str, object]]:
    """By the SNR at the given label, also of what was planted on it. A last row holds those whose SNR is not known, if there are any."""
    rows: list[dict[str, object]] = []
    for name, low, high in SNR_BANDS:
        here = (snr_db >= low) & (snr_db < high)
        rows.append(group_row(name, p_given[here], p_planted[here[planting.label]]))
    unknown = ~np.isfinite(snr_db) & np.isfinite(p_given)
    return [*rows, group_row("not known", p_given[unknown], p_planted[unknown[planting.label]])] if unknown.any() else rows


def worst_groups(p_given: FloatArray, group: IntArray, *, threshold: float) -> list[int]:
    """At most ten groups with labels flagged, those first of which the greatest share is flagged for certain: by the lower end of its
    Wilson interval."""
    known = np.isfinite(p_given)
    n = np.bincount(group[known], minlength=int(group.max(initial=-1)) + 1)
    flagged = np.bincount(group[known & (p_given >= threshold)], minlength=len(n))
    least = [wilson(hits, total).low if hits else -1.0 for hits, total in zip(flagged.tolist(), n.tolist(), strict=True)]
    return [int(number) for number in np.argsort(-np.array(least), kind="stable")[:WORST_STATIONS] if least[number] >= 0]


def rows_by_group(
    p_given: FloatArray, group: IntArray, p_planted: FloatArray, planting: Planting, chosen: list[int]
) -> list[dict[str, object]]:
    """One row for each chosen group, named by its number, and one for all the others together if there are any."""
    rows = []
    for number in chosen:
        here = group == number
        rows.append(group_row(str(number), p_given[here], p_planted[here[planting.label]]))
    others = ~np.isin(group, chosen) & np.isfinite(p_given)
    return [*rows, group_row("", p_given[others], p_planted[others[planting.label]])] if others.any() else rows


def summarise_gain(
    verdicts: Verdicts,
    planting: Planting,
    *,
    group: IntArray,
    component: IntArray,
    threshold: float,
    seed: int,
) -> dict[str, object]:
    """Everything for the run page that no decision can change; some 20 kB as JSON, however many labels.

    group, component: (N,). Station rows are named by their group's number.
    """
    rate, p_given, planted = verdicts.calibration.error_rate, verdicts.p_flag, verdicts.p_planted
    mixture = Mixture.of(p_given, believed_right(verdicts), planted, rate)
    return {
        "error_rate": rate,
        "n_planted": int(np.isfinite(planted).sum()),
        "precision_recall": precision_and_recall(mixture),
        "at_thresholds": at_thresholds(mixture, TOLD_THRESHOLDS),
        "reliability": reliability(mixture),
        "by_kind": rows_by_kind(p_given, verdicts.kind, planted, planting.kind),
        "by_station": rows_by_group(p_given, group, planted, planting, worst_groups(p_given, group, threshold=threshold)),
        "by_snr": rows_by_snr(p_given, verdicts.evidence["snr_db"], planted, planting),
        "residuals": residuals_before_and_after(verdicts, component, seed=seed),
        "put_back": planted_put_back(verdicts, planting, component, threshold=threshold, seed=seed),
    }
