"""The label-noise benchmark: plant errors in a clean set, train on it, and see which of them are found and put back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from training.benchmark.ablation import judge_again
from training.benchmark.judged_labels import AR_AIC, RESIDUAL, STA_LTA, JudgedLabels, judged_labels
from training.benchmark.out_of_fold import score_out_of_fold
from training.benchmark.planted import FloatArray, IntArray, Recipe, plant_in
from training.benchmark.repicking import SEARCH_S, ar_aic_residual_s, sta_lta_residual_s
from training.flagging.config import FlaggingConfig
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.fit import EpochReport


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
) -> JudgedLabels:
    """dataset: with labels taken for true. group: (n_labels,) such as stations; without it all labels are one group.

    noise_waveforms: the control; white noise in place of every live component, so that nothing can be found but leaks.
    work_folder: for checkpoints; a run that was stopped goes on from them. on_epoch: as `fit` has it, with the fold before it.
    """
    groups = np.zeros(dataset.n_labels, dtype=np.int64) if group is None else group
    errors = plant_in(dataset, groups, recipe, seed)
    noisy = dataclasses.replace(dataset, label_sample=errors.label_sample, label_phase=errors.label_phase)
    if noise_waveforms:
        noisy = dataclasses.replace(noisy, segments=_white_noise(dataset, seed))
    scored = score_out_of_fold(noisy, training, flagging, seed=seed, device=device, work_folder=work_folder, on_epoch=on_epoch)
    verdicts = scored.verdicts(noisy, groups, flagging)
    ablations, unseen = judge_again(scored, verdicts, noisy.label_phase, groups, flagging)
    others = {RESIDUAL: np.abs(np.nan_to_num(verdicts.evidence["network_residual_s"]))} | repicked(noisy)
    return judged_labels(dataset, errors, verdicts, others=others, unseen=unseen, ablations=ablations)


def repicked(dataset: LabelledSet) -> dict[str, FloatArray]:
    """(N,) |pick − label| by the pickers that need no training; where one finds nothing, how far it looked."""
    residuals_s = {
        AR_AIC: (ar_aic_residual_s(dataset), SEARCH_S),
        STA_LTA: (sta_lta_residual_s(dataset), SEARCH_S),
    }
    return {name: np.abs(np.nan_to_num(residual_s, nan=reach_s)) for name, (residual_s, reach_s) in residuals_s.items()}


def _white_noise(dataset: LabelledSet, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    noise = np.random.default_rng([seed, 7]).standard_normal(dataset.segments.shape, dtype=np.float32)
    sample, (first, last) = np.arange(dataset.n_samples), dataset.real_samples.T[:, :, None]
    is_real = dataset.live[:, :, None] & ((sample >= first) & (sample <= last))[:, None, :]  # padding stays padding, or its leaks go unseen
    return np.where(is_real, noise, np.float32(0.0))
