"""Folds, configuration and the labelled set."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.lancor.config import OBJECTIVES, TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.folds import assign_folds


@given(st.lists(st.integers(0, 12), min_size=2, max_size=60), st.integers(2, 6), st.integers(0, 5))
def test_no_component_is_split_over_folds(component: list[int], n_folds: int, seed: int) -> None:
    groups = np.array(component)
    if len(set(component)) < 2:
        return
    folds = assign_folds(groups, n_folds, seed)
    for name in set(component):
        assert len(set(folds[groups == name])) == 1
    assert set(folds) == set(range(min(n_folds, len(set(component)))))


def test_folds_of_equal_components_differ_by_one_at_most() -> None:
    sizes = np.bincount(assign_folds(np.arange(136), 5, seed=1))
    assert sizes.max() - sizes.min() <= 1


def test_a_large_component_does_not_make_its_fold_larger_than_need_be() -> None:
    component = np.concatenate([np.zeros(10, dtype=np.int64), np.arange(1, 31)])
    assert np.bincount(assign_folds(component, 4, seed=0)).tolist() == [10, 10, 10, 10]


def test_the_seed_decides_and_nothing_else() -> None:
    component = np.arange(50)
    assert (assign_folds(component, 5, 3) == assign_folds(component, 5, 3)).all()
    assert (assign_folds(component, 5, 3) != assign_folds(component, 5, 4)).any()


def test_one_component_cannot_be_held_out() -> None:
    with pytest.raises(ValueError, match="hang together"):
        assign_folds(np.zeros(8, dtype=np.int64), 5, 0)


def test_settings_given_as_text_become_numbers() -> None:
    config = TrainingConfig.from_dict({"epochs": "12", "learning_rate": "1e-3", "network": "seist", "contrast_weight": "0.2"})
    assert (config.epochs, config.learning_rate, config.network, config.weights.contrast) == (12, 0.001, "seist", 0.2)


def test_a_configuration_survives_being_written_down() -> None:
    config = TrainingConfig(objective="lancor_published", epochs=7)
    assert TrainingConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epoch": 3}, "epoch: no such setting.*epochs"),
        ({"network": "resnet"}, "network: 'resnet'.*phasenet, seist"),
        ({"objective": "lankor"}, "objective: 'lankor'.*lancor"),
        ({"epochs": "many"}, "epochs: 'many' is not a whole number"),
        ({"epochs": 0}, "epochs: 0"),
        ({"n_folds": 1}, "n_folds: 1"),
        ({"window_samples": 1000}, "window_samples: 1000"),
        ({"segment_s": 5}, "segment_s"),
        ({"picking_weight": -1}, "0 or more"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingConfig.from_dict(values)


def test_the_published_weights_are_those_of_the_public_code() -> None:
    weights = OBJECTIVES["lancor_published"]
    assert (weights.alignment, weights.similarity, weights.fourier, weights.picking, weights.reconstruction) == (0.4, 0.1, 0.1, 0.4, 0.1)
    assert weights.contrast == 0
    assert sum(dataclasses.asdict(weights).values()) == pytest.approx(1.1)


def test_plain_training_aligns_nothing() -> None:
    assert not TrainingConfig(objective="plain").aligns
    assert TrainingConfig().aligns


def one_label(label_sample: float = 500.0, **more: np.ndarray) -> LabelledSet:
    return LabelledSet(
        segments=np.zeros((1, 3, 1024), dtype=np.float32),
        live=np.ones((1, 3), dtype=bool),
        component=np.zeros(1, dtype=np.int64),
        label_segment=np.zeros(1, dtype=np.int64),
        label_phase=np.zeros(1, dtype=np.int64),
        label_sample=np.array([label_sample]),
        label_weight=np.ones(1, dtype=np.float32),
        sampling_rate_hz=100.0,
        **more,
    )


def test_a_label_outside_its_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="label 0 is at 2000"):
        one_label(2000.0)


def test_a_segment_is_real_throughout_unless_told_otherwise() -> None:
    assert one_label().real_samples.tolist() == [[0, 1023]]


def test_real_samples_beyond_the_segment_are_refused() -> None:
    with pytest.raises(ValueError, match=r"real_samples: \[0, 1024\] of segment 0"):
        one_label(real_samples=np.array([[0, 1024]]))
