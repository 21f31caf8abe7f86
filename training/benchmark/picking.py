"""Picking after training on noisy labels: what a network of each method does on held-out traces whose labels are true."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from training.benchmark.out_of_fold import score_out_of_fold
from training.benchmark.picking_figures import HeldOutPicks, judge_picks
from training.benchmark.planted import IntArray, Recipe, plant_in
from training.flagging.config import FlaggingConfig
from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.flagging.verdicts import Verdicts
from training.lancor.checkpoint import FittedNetwork
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.fit import EpochReport, fit
from training.lancor.score import score_labels

# Each with the objective that it trains by and the labels that it is shown.
METHODS = {
    "plain": ("plain", "noisy"),
    "lancor": ("lancor", "noisy"),
    "lancor_robust": ("lancor_robust", "noisy"),
    "plain, corrected": ("plain", "corrected"),
    "lancor, corrected": ("lancor", "corrected"),
    "lancor_robust, corrected": ("lancor_robust", "corrected"),
    "plain, true labels": ("plain", "true"),
}
TEST_SHARE = 0.3  # of the traces
NOISY, TRUE = "plain", "plain, true labels"  # the ends of the gap that the others may close

OnEpoch = Callable[[int, EpochReport], bool]


@dataclass(frozen=True)
class Split:
    """Whole components apart. group: (n_labels,) of the training labels, such as their stations."""

    training: LabelledSet
    group: IntArray
    held_out: LabelledSet


def split_by_component(dataset: LabelledSet, group: IntArray, held_out_share: float, seed: int) -> Split:
    """Holds out drawn components until they hold this share of the segments. Raises ValueError where nothing is left on a side."""
    if not 0 < held_out_share < 1:
        raise ValueError(f"test_share: {held_out_share:g}. Give a share between 0 and 1.")
    names, membership, sizes = np.unique(dataset.component, return_inverse=True, return_counts=True)
    order = np.random.default_rng([seed, 11]).permutation(len(names))
    before = np.cumsum(sizes[order]) - sizes[order]
    held_out = np.isin(membership, order[before < held_out_share * dataset.n_segments])
    if held_out.all():
        raise ValueError("test_share: the components are too few or too uneven to hold some out. Add events, or give a smaller share.")
    kept, apart = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    return Split(part_of(dataset, kept), group[dataset.labels_on(kept)], part_of(dataset, apart))


def part_of(dataset: LabelledSet, segments: IntArray) -> LabelledSet:
    """The given segments, in order, with their labels."""
    labels = dataset.labels_on(segments)
    return dataclasses.replace(
        dataset,
        segments=dataset.segments[segments],
        live=dataset.live[segments],
        component=dataset.component[segments],
        real_samples=dataset.real_samples[segments],
        label_segment=np.searchsorted(segments, dataset.label_segment[labels]).astype(np.int64),
        label_phase=dataset.label_phase[labels],
        label_sample=dataset.label_sample[labels],
        label_weight=dataset.label_weight[labels],
    )


def made_noisy(dataset: LabelledSet, group: IntArray, recipe: Recipe, seed: int) -> LabelledSet:
    """The set with errors of the recipe planted in its labels."""
    errors = plant_in(dataset, group, recipe, seed)
    return dataclasses.replace(dataset, label_sample=errors.label_sample, label_phase=errors.label_phase)


def corrected_out_of_fold(
    noisy: LabelledSet,
    group: IntArray,
    training: TrainingConfig,
    flagging: FlaggingConfig,
    *,
    seed: int,
    device: str,
    work_folder: Path,
    on_epoch: OnEpoch,
) -> LabelledSet:
    """The set after every proposal on a flagged label was accepted. It is flagged by networks that saw this set only, out of fold."""
    scored = score_out_of_fold(noisy, training, flagging, seed=seed, device=device, work_folder=work_folder, on_epoch=on_epoch)
    verdicts = scored.verdicts(noisy, group, flagging)
    return with_proposals(noisy, verdicts)


def with_proposals(dataset: LabelledSet, verdicts: Verdicts) -> LabelledSet:
    """Flagged labels go, move or change their name as proposed, and are believed. The others count for 1 − P(gross error), as in a run
    after a review; so does a flagged label whose proposal was withheld. An arrival that was missed is not added."""
    flagged = verdicts.flagged & (verdicts.kind != "missed_arrival")
    gone = verdicts.proposed_removal
    moved = flagged & np.isfinite(verdicts.proposed_shift_s)
    renamed = flagged & (verdicts.proposed_phase != "")
    shift = np.where(moved, np.nan_to_num(verdicts.proposed_shift_s) * dataset.sampling_rate_hz, 0.0)
    sample = np.clip(dataset.label_sample + shift, *dataset.real_samples[dataset.label_segment].T)
    phase = np.where(renamed, (verdicts.proposed_phase == "S").astype(np.int64), dataset.label_phase)
    unreviewed = 1.0 - np.nan_to_num(verdicts.evidence["p_gross_error"])
    weight = np.where(moved | renamed, 1.0, unreviewed).astype(np.float32) * dataset.label_weight
    kept = np.flatnonzero(~gone)
    return dataclasses.replace(
        dataset,
        label_segment=dataset.label_segment[kept],
        label_phase=phase[kept],
        label_sample=sample[kept],
        label_weight=weight[kept],
    )


def train_and_pick(
    training_set: LabelledSet,
    held_out: LabelledSet,
    config: TrainingConfig,
    *,
    seed: int,
    device: str,
    work_folder: Path,
    on_epoch: OnEpoch,
) -> HeldOutPicks:
    """Trains as many networks as configured, averages what they say of the held-out traces, and compares it with their labels."""
    segments = np.arange(training_set.n_segments, dtype=np.int64)
    networks = [
        fit(
            training_set,
            segments,
            config,
            seed * 1000 + member,
            device,
            partial(on_epoch, member),
            work_folder / f"network{member}.pt",
        )
        for member in range(config.n_networks)
    ]
    curves = segment_curves(networks, held_out, config, device)
    return judge_picks(curves, held_out, search_s=config.search_s * config.sampling_rate_hz / RATE_OF_LENGTHS_HZ)


def segment_curves(
    networks: list[FittedNetwork], dataset: LabelledSet, config: TrainingConfig, device: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """(M, 2, T) the decoder's output along every segment, NaN where it says nothing."""
    n_segments = dataset.n_segments
    # One question at the start of each segment, far enough to reach its end.
    asked = dataclasses.replace(
        dataset,
        label_segment=np.arange(n_segments),
        label_phase=np.zeros(n_segments, dtype=np.int64),
        label_sample=np.zeros(n_segments),
        label_weight=np.ones(n_segments, dtype=np.float32),
    )
    far = dataclasses.replace(config, search_s=dataset.n_samples / dataset.sampling_rate_hz)
    scores = score_labels(networks, asked, np.arange(n_segments), None, far, device)
    at_start = int(np.argmin(np.abs(scores.offsets_s)))
    return np.asarray(scores.probability[:, :, at_start : at_start + dataset.n_samples], dtype=np.float32)
