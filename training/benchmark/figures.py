"""What the benchmark says of one run's labels: figures by name, and the same by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from training.benchmark import metrics
from training.benchmark.judged_labels import JudgedLabels
from training.benchmark.planted import BoolArray

Measure = Callable[[JudgedLabels], float]

TIMING_KINDS = ("shift", "gaussian_shift", "one_sided_shift", "group_offset")
SMALL_SHIFT_S = 0.2  # below it an error is within analysts' spread
BANDS_S = ((0.1, 0.2), (0.2, 0.5), (0.5, 1.0), (1.0, 2.0))
PHASE_NAMES = ("P", "S")
# What flagging plants for its calibration, and what of the benchmark's errors is of that kind.
PLANTED_AS = {"timing": TIMING_KINDS, "phase": ("phase_swap",), "no_arrival": ("noise",)}


def _moved_far(labels: JudgedLabels) -> BoolArray:
    return np.asarray(np.isin(labels.kind, TIMING_KINDS) & (np.abs(labels.shift_s) >= SMALL_SHIFT_S - 1e-9), dtype=bool)


def _put_back(labels: JudgedLabels, these: BoolArray, within_s: float) -> float:
    return metrics.share_put_back(-labels.shift_s, labels.mended_shift_s, these, labels.flagged, within_s)


def _share(chosen: BoolArray) -> float:
    return float(chosen.mean()) if len(chosen) else float("nan")


RANKING: dict[str, Measure] = {
    "auroc": lambda labels: metrics.auroc(labels.p_mislabelled, labels.wrong),
    "average_precision": lambda labels: metrics.average_precision(labels.p_mislabelled, labels.wrong),
    "precision_at_k": lambda labels: metrics.precision_at_k(labels.p_mislabelled, labels.wrong),
    "recall_at_precision_0.9": lambda labels: metrics.recall_at_precision(labels.p_mislabelled, labels.wrong),
}
VERDICTS: dict[str, Measure] = {
    "found": lambda labels: _share(labels.flagged[labels.wrong]),
    "false_flags": lambda labels: float((labels.flagged & ~labels.wrong).sum()),
    "false_flag_share": lambda labels: _share(labels.flagged[~labels.wrong]),
    "put_back_0.1_s": lambda labels: _put_back(labels, labels.wrong, 0.1),
    "put_back_0.5_s": lambda labels: _put_back(labels, labels.wrong, 0.5),
    "put_back_0.1_s_of_0.2_s": lambda labels: _put_back(labels, _moved_far(labels), 0.1),
    "harmed": lambda labels: metrics.share_harmed(labels.proposed_shift_s, labels.spoilt, labels.wrong, labels.flagged),
    "mean_error_before_s": lambda labels: metrics.mean_error_s(-labels.shift_s, labels.mended_shift_s, np.zeros(len(labels), dtype=bool)),
    "mean_error_after_s": lambda labels: metrics.mean_error_s(-labels.shift_s, labels.mended_shift_s, labels.flagged),
    "coverage_90": lambda labels: metrics.coverage(-labels.shift_s, labels.lower_s, labels.upper_s, labels.wrong & labels.flagged),
    "expected_calibration_error": lambda labels: metrics.expected_calibration_error(labels.p_mislabelled, labels.wrong),
    "error_rate_estimated": lambda labels: float(labels.p_mislabelled.mean()) if len(labels) else float("nan"),
}
# Those that get an interval: each is computed for every draw of the bootstrap.
WITH_INTERVAL = (
    "auroc",
    "average_precision",
    "precision_at_k",
    "found",
    "false_flag_share",
    "put_back_0.1_s",
    "put_back_0.1_s_of_0.2_s",
    "harmed",
    "coverage_90",
)


def figures_of(labels: JudgedLabels, measures: Mapping[str, Measure]) -> dict[str, float]:
    """NaN where a figure has no meaning. n_labels and n_wrong come first."""
    counts = {"n_labels": float(len(labels)), "n_wrong": float(labels.wrong.sum())}
    return counts | {name: measure(labels) for name, measure in measures.items()}


def calibration_without(labels: JudgedLabels) -> dict[str, float]:
    """Expected calibration error for each planted kind that the calibration was not shown, over the errors of that kind and all right
    labels. The errors of the kind are weighted to stand for all: probabilities that allow for a fifth of the labels being wrong cannot
    be right on a selection of which a thirtieth is."""
    result: dict[str, float] = {}
    for kind, p in labels.unseen.items():
        of_kind = np.isin(labels.kind, PLANTED_AS.get(kind, ()))
        kept = (of_kind | ~labels.wrong) & np.isfinite(p)
        n_wrong = int(of_kind[kept].sum())
        if n_wrong:
            weight = np.where(labels.wrong[kept], labels.wrong.sum() / n_wrong, 1.0)
            error = metrics.expected_calibration_error(p[kept], labels.wrong[kept], weight=weight)
            result[f"expected_calibration_error_without_{kind}"] = error
    return result


def by_part(labels: JudgedLabels) -> dict[tuple[str, str], dict[str, float]]:
    """For each kind, magnitude of timing errors, and phase: AUROC against all right labels (of a phase: its own), and shares of the errors
    that are found, and put back within 0.1 s. Only parts that occur, by (what parts them, name)."""
    size_s, wrong = np.abs(labels.shift_s), labels.wrong
    timing = np.isin(labels.kind, TIMING_KINDS)
    everything = np.ones(len(labels), dtype=bool)
    parts = {("kind", str(name)): (labels.kind == name, everything) for name in np.unique(labels.kind[wrong])}
    for least_s, most_s in BANDS_S:
        inside = (size_s >= least_s - 1e-9) & (size_s < most_s if most_s < BANDS_S[-1][1] else size_s <= most_s + 1e-9)
        parts["magnitude", f"{least_s:g}–{most_s:g} s"] = (timing & inside, everything)
    for number, name in enumerate(PHASE_NAMES):
        parts["phase", name] = (wrong & (labels.phase == number), labels.phase == number)
    return {key: _of_part(labels, chosen, against) for key, (chosen, against) in parts.items() if chosen.any()}


def _of_part(labels: JudgedLabels, chosen: BoolArray, against: BoolArray) -> dict[str, float]:
    kept = chosen | (against & ~labels.wrong)
    return {
        "n_wrong": float(chosen.sum()),
        "auroc": metrics.auroc(labels.p_mislabelled[kept], labels.wrong[kept]),
        "found": _share(labels.flagged[chosen]),
        "put_back_0.1_s": _put_back(labels, chosen, 0.1),
    }
