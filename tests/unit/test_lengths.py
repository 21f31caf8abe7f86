"""Lengths hold in samples: what is recorded at another rate is judged as the same samples at 100 Hz would be."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.unit.simulated_scores import make_catalog, score
from tests.unit.training_examples import QUICK, synthetic_set
from training.flagging.config import FlaggingConfig
from training.flagging.flag import flag_labels
from training.flagging.lengths import time_scale
from training.flagging.planting import Planting, plant_errors
from training.flagging.scores import LabelScores
from training.flagging.verdicts import Verdicts
from training.lancor.alignment import seeded_network
from training.lancor.checkpoint import FittedNetwork
from training.lancor.config import TrainingConfig
from training.lancor.network_rate import network_rate_hz
from training.lancor.score import score_labels

CATALOG = make_catalog(120, 0.2, seed=41)
ROWS = np.arange(len(CATALOG))


@pytest.mark.parametrize("rate_hz", [10.0, 20.0, 62.5, 100.0, 500.0, 1000.0])
def test_the_scale_is_told_from_the_axis(rate_hz: float):
    offsets_s = (np.arange(-600, 601) / rate_hz).astype(np.float32)
    assert time_scale(offsets_s) == pytest.approx(100.0 / rate_hz, abs=1e-6)


def planted_at(rate_hz: float) -> Planting:
    return plant_errors(
        ROWS // 2,
        CATALOG.phase,
        np.where(ROWS % 2, 1500.0, 1900.0),
        ROWS,
        n_samples=3072,
        sampling_rate_hz=rate_hz,
        seed=1,
        config=FlaggingConfig().planting,
    )


def slowed(scores: LabelScores, scale: float) -> LabelScores:
    in_seconds = ("offsets_s", "peak_offset_s", "contrast_offsets_s", "ar_aic_s")
    return dataclasses.replace(scores, **{name: (getattr(scores, name) * scale).astype(np.float32) for name in in_seconds})


def judged(rate_hz: float) -> Verdicts:
    scale, planting = 100.0 / rate_hz, planted_at(rate_hz)
    return flag_labels(
        slowed(score(CATALOG, 2), scale),
        slowed(score(CATALOG, 3, planted_at(100.0)), scale),
        planting,
        phase=CATALOG.phase,
        group=ROWS % 3,
        fold=ROWS // 2 % 5,
        config=FlaggingConfig(),
        segment=ROWS // 2,
        label_s=np.where(ROWS % 2, 15.0, 19.0) * scale,
    )


@pytest.mark.parametrize("rate_hz", [20.0, 500.0])
def test_the_same_samples_at_another_rate_get_the_same_verdicts(rate_hz: float):
    usual, other, scale = judged(100.0), judged(rate_hz), 100.0 / rate_hz
    assert other.p_mislabelled == pytest.approx(usual.p_mislabelled, abs=0.02)
    assert (other.kind == usual.kind).mean() > 0.98
    both = np.isfinite(usual.proposed_shift_s) & np.isfinite(other.proposed_shift_s)
    assert both.sum() > 0.9 * np.isfinite(usual.proposed_shift_s).sum()
    assert other.proposed_shift_s[both] == pytest.approx(scale * usual.proposed_shift_s[both], abs=0.02 * scale)


def test_a_sentence_at_500_hz_tells_milliseconds():
    verdicts = judged(500.0)
    first = int(np.flatnonzero(verdicts.flagged & np.isfinite(verdicts.proposed_shift_s) & (verdicts.kind == "timing"))[0])
    shift_s = verdicts.proposed_shift_s[first]
    assert verdicts.sentence[first].startswith(f"Arrival seen {abs(shift_s):.3f} s {'later' if shift_s > 0 else 'earlier'}")


@pytest.mark.parametrize("rate_hz", [20.0, 500.0])
def test_the_same_samples_at_another_rate_get_the_same_scores(rate_hz: float):
    given = {name: getattr(QUICK, name) for name in ("window_samples", "score_stride_samples", "objective")}
    usual_set = synthetic_set(6)
    other_set = dataclasses.replace(usual_set, sampling_rate_hz=rate_hz)
    scores = []
    for dataset in (usual_set, other_set):
        config = TrainingConfig.from_dict({**given, "sampling_rate_hz": dataset.sampling_rate_hz})
        network = FittedNetwork(seeded_network(config, 0).eval(), config, 0)
        scores.append(score_labels([network], dataset, np.arange(dataset.n_labels), None, config, "cpu"))
    usual, other = scores
    for name in ("probability", "time_contrast", "snr_db", "label_noise_level"):
        assert np.allclose(getattr(usual, name), getattr(other, name), atol=1e-5, equal_nan=True), name
    assert np.allclose(usual.ar_aic_s * 100.0, other.ar_aic_s * rate_hz, atol=0.01, equal_nan=True)


def test_settings_that_are_not_given_are_as_many_samples_at_every_rate():
    for rate_hz in (10.0, 40.0, 500.0):
        config = TrainingConfig.from_dict({"sampling_rate_hz": rate_hz, "search_s": 2.0})
        assert (config.segment_samples, config.search_s) == (3072, 2.0)
        assert config.label_sigma_s * rate_hz == pytest.approx(7.0)
        assert config.highpass_hz == pytest.approx(rate_hz / 100)


@pytest.mark.parametrize(
    ("rates_hz", "network_hz"),
    [
        ([100.0], 100),
        ([50.0, 62.5], 100),
        ([100.0, 200.0, 200.0, 250.0], 100),
        ([250.0, 500.0, 500.0], 500),
        ([40.0, 40.0, 100.0], 40),
        ([20.0], 20),
        ([25.0], 20),
        ([10.0], 10),
        ([1.0], 10),
        ([1000.0, 1024.0], 1000),
        ([6000.0], 5000),
        ([51_200.0], 10_000),
    ],
)
def test_the_networks_rate_is_the_traces_in_a_few_steps(rates_hz: list[float], network_hz: float):
    assert network_rate_hz(rates_hz) == network_hz
