"""Training of the base checkpoint: on the product's own synthetic seismograms and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.flagging.scores import PHASES
from training.lancor.checkpoint import FittedNetwork
from training.lancor.config import TrainingConfig
from training.lancor.dataset import IntArray, LabelledSet
from training.lancor.fit import EpochReport, fit
from training.lancor.score import score_labels

HELD_OUT_SHARE = 0.1  # of the regions
CLOSE_S = 0.1


@dataclass(frozen=True)
class BaseTraining:
    """n_regions, n_segments, n_labels: that it was trained on. figures: on the regions that were held out, by name."""

    fitted: FittedNetwork
    n_regions: int
    n_segments: int
    n_labels: int
    figures: dict[str, float]


def train_base(
    dataset: LabelledSet, region: IntArray, config: TrainingConfig, seed: int, device: str, work_folder: Path, tell: Callable[[str], object]
) -> BaseTraining:
    """region: (n_segments,); the last tenth of the regions is only looked at. work_folder: for a checkpoint to go on from."""
    n_held_out = max(1, round(HELD_OUT_SHARE * (int(region.max()) + 1)))
    held_out = region > region.max() - n_held_out
    trained = np.flatnonzero(~held_out).astype(np.int64)

    def on_epoch(report: EpochReport) -> bool:
        tell(f"epoch {report.epoch} of {report.n_epochs}: picking loss {report.losses['picking']:.4f}, {report.seconds:.0f} s")
        return True

    fitted = fit(dataset, trained, config, seed, device, on_epoch, work_folder / f"base-{config.network}.part.pt")
    labels = dataset.labels_on(np.flatnonzero(held_out).astype(np.int64))
    scores = score_labels([fitted], dataset, labels, None, config, device)
    residual_s = scores.peak_offset_s[:, 0].astype(np.float64)
    figures: dict[str, float] = {}
    for number, name in enumerate(PHASES):
        own = residual_s[dataset.label_phase[labels] == number]
        figures[f"{name}_within_{CLOSE_S}_s"] = float((np.abs(own) <= CLOSE_S).mean())
        figures[f"{name}_median_s"] = float(np.median(own))
    return BaseTraining(fitted, int(region.max()) + 1 - n_held_out, len(trained), len(dataset.labels_on(trained)), figures)
