"""Segments with an arrival of each phase, and the product's configuration, for the figures of training and scoring."""

from __future__ import annotations

import torch

from tests.unit.training_examples import synthetic_set
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet

CONFIG = TrainingConfig(start_from="scratch")


def labelled_set(n_segments: int) -> LabelledSet:
    return synthetic_set(n_segments=n_segments, n_samples=CONFIG.segment_samples)


def use_threads(n_threads: int) -> None:
    torch.set_num_threads(n_threads)
