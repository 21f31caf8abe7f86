"""Early stopping: on an inner part of the training segments, never on the fold that is held out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.unit.training_examples import QUICK, synthetic_set
from training.lancor.config import TrainingConfig
from training.lancor.early_stopping import part_inner
from training.lancor.fit import EpochReport, TrainingStopped, fit

torch.set_num_threads(1)

DATASET = synthetic_set(24, noise_only=True)  # where there is nothing to learn but the labels by heart
SEGMENTS = np.arange(20)
HOPELESS = dataclasses.replace(QUICK, epochs=20, early_stopping_epochs=2, inner_share=0.2, start_from="scratch", learning_rate=0.03)


def train(path: Path, config: TrainingConfig, stop_after: int | None = None, dataset=DATASET) -> tuple[torch.Tensor, list[EpochReport]]:
    reports: list[EpochReport] = []

    def on_epoch(report: EpochReport) -> bool:
        reports.append(report)
        return report.epoch != stop_after

    fitted = fit(dataset, SEGMENTS, config, 0, "cpu", on_epoch, path, np.arange(20, 24))
    return torch.cat([value.flatten().double() for value in fitted.network.state_dict().values()]), reports


def test_training_ends_where_the_inner_part_gets_no_better_and_gives_the_best_epoch(tmp_path):
    weights, reports = train(tmp_path / "a.pt", HOPELESS)
    ended = len(reports)
    assert ended < HOPELESS.epochs
    assert [report.is_last for report in reports] == [False] * (ended - 1) + [True]
    best = ended - HOPELESS.early_stopping_epochs
    with pytest.raises(TrainingStopped):
        train(tmp_path / "b.pt", HOPELESS, stop_after=best)
    state = torch.load(tmp_path / "b.pt", weights_only=True)["average"]
    assert torch.equal(weights, torch.cat([value.flatten().double() for value in state.values()]))


def test_a_training_that_was_stopped_ends_at_the_same_epoch_with_the_same_weights(tmp_path):
    whole, reports = train(tmp_path / "whole.pt", HOPELESS)
    with pytest.raises(TrainingStopped):
        train(tmp_path / "halves.pt", HOPELESS, stop_after=len(reports) - 1)
    resumed, rest = train(tmp_path / "halves.pt", HOPELESS)
    assert [report.epoch for report in rest] == [len(reports)]
    assert torch.equal(whole, resumed)
    again, none = train(tmp_path / "whole.pt", HOPELESS)
    assert none == [] and torch.equal(whole, again)


def test_what_is_held_out_decides_nothing(tmp_path):
    whole, _ = train(tmp_path / "a.pt", HOPELESS)
    silent = DATASET.segments.copy()
    silent[20:] = 0.0
    other, _ = train(tmp_path / "b.pt", HOPELESS, dataset=dataclasses.replace(DATASET, segments=silent))
    assert torch.equal(whole, other)


def test_whole_components_are_kept_out_of_training():
    dataset = dataclasses.replace(DATASET, component=np.arange(24) // 3)
    shown, inner = part_inner(dataset, np.arange(24), 0.3, seed=4)
    assert 2 <= len(inner) <= 0.3 * 24
    assert not set(dataset.component[shown]) & set(dataset.component[inner])
    assert sorted([*shown, *inner]) == list(range(24))


@pytest.mark.parametrize("component", [np.zeros(24, dtype=np.int64), np.arange(24) // 12])
def test_without_a_part_to_stop_by_all_is_trained_on_to_the_end(component, tmp_path):
    dataset = dataclasses.replace(DATASET, component=component)
    shown, inner = part_inner(dataset, SEGMENTS, 0.2, seed=0)
    assert len(shown) == len(SEGMENTS) and not len(inner)
    _, reports = train(tmp_path / "a.pt", dataclasses.replace(HOPELESS, epochs=4), dataset=dataset)
    assert [report.epoch for report in reports] == [1, 2, 3, 4]
