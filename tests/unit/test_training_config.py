"""Which settings of a training are refused, and with what words."""

from __future__ import annotations

import pytest

from training.lancor.config import TrainingConfig


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": "inf"},
        {"epochs": "nan"},
        {"segment_s": "inf"},
        {"segment_s": 1e300},
        {"segment_s": 1e6},
        {"learning_rate": "nan"},
        {"learning_rate": "inf"},
        {"picking_weight": "nan"},
        {"contrast_weight": -1},
        {"weight_decay": -1},
        {"highpass_hz": -1},
        {"highpass_hz": 20},
        {"window_samples": 0},
        {"window_samples": -64},
        {"contrast_s": 0.005},
        {"search_s": 0.001},
        {"sampling_rate_hz": 1e300},
        {"drop_component_share": "nan"},
        {"superpose_share": 1.5},
        {"superpose_share": "nan"},
        {"early_stopping_epochs": -1},
        {"early_stopping_epochs": 2.5},
        {"inner_share": 0},
        {"inner_share": 1},
    ],
)
def test_a_number_that_no_training_can_use_is_refused_by_name(values: dict[str, object]):
    (name,) = values
    with pytest.raises(ValueError, match=name if name not in ("contrast_weight", "sampling_rate_hz") else "."):
        TrainingConfig.from_dict(values)


def test_the_least_contrast_still_leaves_a_choice_of_shifts():
    assert TrainingConfig(contrast_s=0.02).contrast_s == 0.02
    with pytest.raises(ValueError, match=r"contrast_s: 0\.019 s\. Give 0\.02 to 1000 s at 100 Hz\."):
        TrainingConfig(contrast_s=0.019)


def test_what_is_stored_with_a_run_is_read_back():
    config = TrainingConfig(epochs=7, picking_weight=0.5)
    assert TrainingConfig.from_dict(config.to_dict()) == config
