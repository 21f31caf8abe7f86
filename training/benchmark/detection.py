"""The label-noise benchmark: plant errors in a clean set, train on it, and see which of them are found and put back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from training.benchmark import metrics
from training.benchmark.planted import FloatArray, IntArray, PlantedErrors, Recipe, plant
from training.flagging.config import FlaggingConfig
from training.flagging.flag import flag_labels
from training.flagging.planting import Planting, plant_errors
from training.flagging.scores import LabelScores
from training.flagging.verdicts import Verdicts
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.fit import EpochReport, fit
from training.lancor.folds import assign_folds
from training.lancor.score import score_labels

SMALL_SHIFT_S = 0.2  # below it an error is within analysts' spread
REMOVING_KINDS = ("no_arrival", "duplicate")  # their proposal is that the label goes


@dataclass(frozen=True)
class OutOfFold:
    """Scores of all labels of a set, and of the positions planted for calibration, by networks that saw nothing of their components."""

    given: LabelScores
    planted: LabelScores
    planting: Planting
    fold: IntArray  # (n_labels,)


@dataclass(frozen=True)
class DetectionResult:
    """errors: what was planted. verdicts: on all labels. figures: by name, over the eligible labels. intervals: 95 %, over components."""

    errors: PlantedErrors
    verdicts: Verdicts
    figures: dict[str, float]
    intervals: dict[str, tuple[float, float]]


def run_detection(
    dataset: LabelledSet,
    *,
    recipe: Recipe,
    training: TrainingConfig,
    flagging: FlaggingConfig,
    seed: int,
    device: str,
    work_folder: Path,
    group: IntArray | None = None,
    noise_waveforms: bool = False,
    on_epoch: Callable[[int, EpochReport], bool] = lambda fold, report: True,
) -> DetectionResult:
    """dataset: with labels taken for true. group: (n_labels,) such as stations; without it all labels are one group.

    noise_waveforms: the control; white noise in place of every live component, so that nothing can be found but leaks.
    work_folder: for checkpoints; a run that was stopped goes on from them. on_epoch: as `fit` has it, with the fold before it.
    """
    groups = np.zeros(dataset.n_labels, dtype=np.int64) if group is None else group
    errors = plant(
        dataset.label_segment,
        dataset.label_phase,
        dataset.label_sample,
        groups,
        n_samples=dataset.n_samples,
        sampling_rate_hz=dataset.sampling_rate_hz,
        recipe=recipe,
        seed=seed,
    )
    noisy = dataclasses.replace(dataset, label_sample=errors.label_sample, label_phase=errors.label_phase)
    if noise_waveforms:
        noisy = dataclasses.replace(noisy, segments=_white_noise(dataset, seed))
    scored = score_out_of_fold(noisy, training, flagging, seed=seed, device=device, work_folder=work_folder, on_epoch=on_epoch)
    verdicts = flag_labels(
        scored.given,
        scored.planted,
        scored.planting,
        phase=noisy.label_phase,
        group=groups,
        fold=scored.fold,
        config=flagging,
        segment=noisy.label_segment,
        label_s=noisy.label_sample / noisy.sampling_rate_hz,
    )
    component = dataset.component[dataset.label_segment]
    return judge(errors, verdicts, scored.given, component, seed=seed)


def score_out_of_fold(
    dataset: LabelledSet,
    training: TrainingConfig,
    flagging: FlaggingConfig,
    *,
    seed: int,
    device: str,
    work_folder: Path,
    on_epoch: Callable[[int, EpochReport], bool],
) -> OutOfFold:
    """Trains one network or more for each fold on the other folds, and scores its labels and their planted positions."""
    segment_fold = assign_folds(dataset.component, training.n_folds, seed)
    fold = segment_fold[dataset.label_segment]
    given: list[LabelScores] = []
    planted: list[LabelScores] = []
    plantings: list[Planting] = []
    order: list[IntArray] = []
    for number in np.unique(fold).tolist():
        rest = np.flatnonzero(segment_fold != number).astype(np.int64)
        networks = [
            fit(
                dataset,
                rest,
                training,
                seed * 1000 + 100 * number + member,
                device,
                partial(on_epoch, number),
                work_folder / f"fold{number}_network{member}.pt",
            )
            for member in range(training.n_networks)
        ]
        labels = np.flatnonzero(fold == number).astype(np.int64)
        planting = plant_errors(
            dataset.label_segment,
            dataset.label_phase,
            dataset.label_sample,
            labels,
            n_samples=dataset.n_samples,
            sampling_rate_hz=dataset.sampling_rate_hz,
            seed=seed + number,
            config=flagging.planting,
        )
        given.append(score_labels(networks, dataset, labels, None, training, device))
        planted.append(score_labels(networks, dataset, planting.label, planting.label_sample, training, device, planting.phase))
        plantings.append(planting)
        order.append(labels)
    in_order = np.argsort(np.concatenate(order), kind="stable")
    return OutOfFold(LabelScores.join(given).select(in_order), LabelScores.join(planted), Planting.join(plantings), fold)


def judge(errors: PlantedErrors, verdicts: Verdicts, scores: LabelScores, component: IntArray, *, seed: int) -> DetectionResult:
    """Every figure of the benchmark, over the eligible and scored labels."""
    kept = np.flatnonzero(errors.eligible & verdicts.scored)
    wrong = errors.wrong[kept]
    p, p_without = verdicts.p_mislabelled[kept], verdicts.p_mislabelled_without_alignment[kept]
    residual_s = np.abs(np.nan_to_num(np.nanmedian(scores.peak_offset_s[kept].astype(np.float64), axis=1)))
    truth_s, proposed_s = -errors.shift_s[kept], verdicts.proposed_shift_s[kept]
    swapped, renamed = errors.kind[kept] == "phase_swap", verdicts.proposed_phase[kept] != ""
    # P and S that changed places are mended by new names as well as by moving them; one that only has the wrong name, by that alone.
    mended_s = np.where(swapped & renamed, truth_s, np.where(swapped & (truth_s == 0), np.nan, proposed_s))
    spoilt = renamed | np.isin(verdicts.kind[kept], REMOVING_KINDS)
    lower_s, upper_s = verdicts.proposed_lower_s[kept], verdicts.proposed_upper_s[kept]
    flagged = verdicts.flagged[kept] & (verdicts.kind[kept] != "missed_arrival")
    none = np.zeros(len(kept), dtype=bool)
    figures = {
        "n_labels": float(len(kept)),
        "n_wrong": float(wrong.sum()),
        "auroc": metrics.auroc(p, wrong),
        "auroc_without_alignment": metrics.auroc(p_without, wrong),
        "auroc_residual": metrics.auroc(residual_s, wrong),
        "average_precision": metrics.average_precision(p, wrong),
        "average_precision_without_alignment": metrics.average_precision(p_without, wrong),
        "average_precision_residual": metrics.average_precision(residual_s, wrong),
        "precision_at_k": metrics.precision_at_k(p, wrong),
        "recall_at_precision_0.9": metrics.recall_at_precision(p, wrong),
        "false_flags": float((flagged & ~wrong).sum()),
        "found": float(flagged[wrong].mean()) if wrong.any() else float("nan"),
        "put_back_0.1_s": metrics.share_put_back(truth_s, mended_s, wrong, flagged, 0.1),
        "put_back_0.5_s": metrics.share_put_back(truth_s, mended_s, wrong, flagged, 0.5),
        "mean_error_before_s": metrics.mean_error_s(truth_s, mended_s, none),
        "mean_error_after_s": metrics.mean_error_s(truth_s, mended_s, flagged),
        "harmed": metrics.share_harmed(proposed_s, spoilt, wrong, flagged),
        "expected_calibration_error": metrics.expected_calibration_error(p, wrong),
        "coverage_90": metrics.coverage(truth_s, lower_s, upper_s, wrong & flagged),
        "error_rate_estimated": float(p.mean()) if len(p) else float("nan"),
        **_by_part(p, wrong, errors, kept),
    }
    intervals = {
        name: metrics.bootstrap_interval(measure, (p, wrong), component[kept], seed=seed)
        for name, measure in (("auroc", metrics.auroc), ("average_precision", metrics.average_precision))
    }
    return DetectionResult(errors, verdicts, figures, intervals)


def _by_part(p: FloatArray, wrong: metrics.BoolArray, errors: PlantedErrors, kept: IntArray) -> dict[str, float]:
    """AUROC of each kind of error, and of small and larger shifts, each against all right labels."""
    kind, size_s = errors.kind[kept], np.abs(errors.shift_s[kept])
    parts = {f"auroc_{name}": kind == name for name in np.unique(kind[wrong]).tolist()}
    moved = wrong & (size_s > 0)
    parts["auroc_under_0.2_s"] = moved & (size_s < SMALL_SHIFT_S)
    parts["auroc_over_0.2_s"] = moved & (size_s >= SMALL_SHIFT_S)
    return {name: metrics.auroc(p[part | ~wrong], wrong[part | ~wrong]) for name, part in parts.items() if part.any()}


def _white_noise(dataset: LabelledSet, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    noise = np.random.default_rng([seed, 7]).standard_normal(dataset.segments.shape, dtype=np.float32)
    return noise * dataset.live[:, :, None].astype(np.float32)
