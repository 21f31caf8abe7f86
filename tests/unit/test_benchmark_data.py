"""Benchmarks see data at the rate that a run would."""

from __future__ import annotations

import numpy as np
import pytest

from training.benchmark.planted import Recipe, plant
from training.jobs.labelled_files import LabelledFiles
from training.lancor.dataset import LabelledSet
from training.management.benchmark_data import say_what_is_read, training_config


@pytest.mark.parametrize(("rates_hz", "seen_at_hz"), [([100.0, 200.0], 100.0), ([500.0, 480.0, 100.0], 500.0), ([20.0], 20.0)])
def test_without_a_rate_given_the_data_choose_it(rates_hz, seen_at_hz):
    config = training_config([], rates_hz, objective="plain")
    assert (config.sampling_rate_hz, config.objective) == (seen_at_hz, "plain")
    assert config.segment_samples == 3072, "lengths are as many samples at any rate"


def test_a_rate_that_is_given_holds():
    assert training_config(["sampling_rate_hz=200"], [500.0]).sampling_rate_hz == 200.0


@pytest.mark.parametrize(
    ("rate_hz", "told"), [(100.0, "0 labels (3 left out), seen at 100 Hz, device"), (500.0, "0.1 s stands for 0.02 s here")]
)
def test_it_is_said_what_seconds_stand_for(rate_hz, told):
    nothing = np.zeros(0, dtype=np.int64)
    dataset = LabelledSet(
        segments=np.zeros((1, 3, 64), dtype=np.float32),
        live=np.ones((1, 3), dtype=bool),
        component=np.zeros(1, dtype=np.int64),
        label_segment=nothing,
        label_phase=nothing,
        label_sample=nothing.astype(np.float64),
        label_weight=nothing.astype(np.float32),
        sampling_rate_hz=rate_hz,
    )
    assert told in say_what_is_read(LabelledFiles(dataset, nothing, 3), "cpu")


def test_a_shift_of_a_second_is_a_hundred_samples_at_any_rate():
    segment, phase, sample = np.arange(40), np.zeros(40, dtype=np.int64), np.full(40, 1500.0)
    recipe = Recipe(1.0, ("shift",), least_shift_s=1.0, most_shift_s=1.0)
    errors = plant(segment, phase, sample, segment, n_samples=3072, recipe=recipe, seed=0)
    assert set(np.abs(errors.label_sample - sample)) == {100.0}
    assert set(np.abs(errors.shift_s)) == {1.0}
