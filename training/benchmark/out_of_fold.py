"""Networks trained on all folds but one, and what they say of the labels of that one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from training.benchmark.planted import IntArray
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


@dataclass(frozen=True)
class OutOfFold:
    """Scores of all labels of a set, and of the positions planted for calibration, by networks that saw nothing of their components."""

    given: LabelScores
    planted: LabelScores
    planting: Planting
    fold: IntArray  # (n_labels,)

    def verdicts(self, dataset: LabelledSet, group: IntArray, flagging: FlaggingConfig) -> Verdicts:
        """On all labels of the set that was scored. group: (n_labels,), such as stations."""
        return flag_labels(
            self.given,
            self.planted,
            self.planting,
            phase=dataset.label_phase,
            group=group,
            fold=self.fold,
            config=flagging,
            segment=dataset.label_segment,
            label_s=dataset.label_sample / dataset.sampling_rate_hz,
        )


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
            real_samples=dataset.real_samples,
        )
        given.append(score_labels(networks, dataset, labels, None, training, device))
        planted.append(score_labels(networks, dataset, planting.label, planting.label_sample, training, device, planting.phase))
        plantings.append(planting)
        order.append(labels)
    in_order = np.argsort(np.concatenate(order), kind="stable")
    return OutOfFold(LabelScores.join(given).select(in_order), LabelScores.join(planted), Planting.join(plantings), fold)
