"""What held-out networks say about labels."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch

from tests.unit.training_examples import QUICK, synthetic_set
from training.flagging.scores import LabelScores
from training.lancor.checkpoint import FittedNetwork
from training.lancor.curves import sample_curve, window_starts
from training.lancor.dataset import LabelledSet
from training.lancor.fit import fit
from training.lancor.score import score_labels

torch.set_num_threads(1)  # the arrays are small, and tests run side by side

CONFIG = dataclasses.replace(QUICK, epochs=60, checkpoint_every_epochs=100, score_stride_samples=64, learning_rate=5e-3)
DATASET = synthetic_set(40)
TRAINING, HELD_OUT = np.arange(30), np.arange(30, 40)


@cache
def trained(objective: str = "lancor", noise_only: bool = False, epochs: int = 60) -> FittedNetwork:
    dataset = synthetic_set(40, noise_only=noise_only)
    config = dataclasses.replace(CONFIG, objective=objective, epochs=epochs)
    with TemporaryDirectory() as folder:
        return fit(dataset, TRAINING, config, 0, "cpu", lambda report: True, Path(folder) / "checkpoint.pt")


def held_out_p(dataset: LabelledSet = DATASET) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    labels = dataset.labels_on(HELD_OUT)
    return labels[dataset.label_phase[labels] == 0]


def scored(shift_samples: float = 0.0, label_phase: int | None = None, networks: int = 1) -> LabelScores:
    labels = held_out_p()
    position = DATASET.label_sample[labels] + shift_samples
    phase = None if label_phase is None else np.full(len(labels), label_phase)
    return score_labels([trained()] * networks, DATASET, labels, position, CONFIG, "cpu", label_phase=phase)


def test_the_decoder_peaks_on_arrivals_of_traces_it_never_saw() -> None:
    assert np.median(np.abs(scored().peak_offset_s)) <= 0.05


def test_a_moved_label_moves_the_curve_under_it_and_not_the_arrival() -> None:
    given, moved = scored(), scored(shift_samples=30.0)
    np.testing.assert_allclose(moved.probability[:, 0, 100:150], given.probability[:, 0, 130:180], rtol=1e-5)
    np.testing.assert_allclose(np.median(moved.peak_offset_s - given.peak_offset_s), -0.3, atol=1e-6)


def test_a_moved_label_fits_its_waveform_worse() -> None:
    given, moved = scored(), scored(shift_samples=-45.0)
    assert (given.feature_cosine > moved.feature_cosine).mean() >= 0.9
    assert (given.feature_kl < moved.feature_kl).mean() >= 0.9
    at_label = np.flatnonzero(given.contrast_offsets_s == 0)[0]
    assert (given.time_contrast[:, at_label] > moved.time_contrast[:, at_label]).mean() >= 0.9


def test_p_called_s_is_scored_as_an_s() -> None:
    as_p, as_s = scored(), scored(label_phase=1)
    np.testing.assert_allclose(as_p.probability, as_s.probability, rtol=1e-6)
    assert (as_s.feature_cosine < as_p.feature_cosine).mean() >= 0.9


def test_the_contrast_is_a_probability_over_its_candidates() -> None:
    np.testing.assert_allclose(np.exp(scored().time_contrast).sum(axis=1), 1.0, rtol=1e-4)


def test_scores_of_two_equal_networks_are_those_of_one() -> None:
    one, two = scored(), scored(networks=2)
    np.testing.assert_allclose(one.probability, two.probability, rtol=1e-5)
    np.testing.assert_allclose(one.feature_kl, two.feature_kl, rtol=1e-5)
    assert two.peak_offset_s.shape == (10, 2)


def test_outside_the_trace_nothing_is_known() -> None:
    labels = held_out_p()[:1]
    scores = score_labels([trained()], DATASET, labels, np.array([50.0]), CONFIG, "cpu")
    outside = scores.offsets_s * 100 + 50 < 0
    assert np.isnan(scores.probability[0][:, outside]).all()
    assert np.isfinite(scores.probability[0][:, ~outside]).all()
    assert np.isnan(scores.time_contrast[0][scores.contrast_offsets_s * 100 + 50 < 0]).all()


def padded(first: int, last: int) -> LabelledSet:
    """The set with traces that end inside their segments; what lies beyond is zeros."""
    segments = DATASET.segments.copy()
    segments[:, :, :first] = segments[:, :, last + 1 :] = 0
    return dataclasses.replace(DATASET, segments=segments, real_samples=np.tile([first, last], (40, 1)))


def test_in_the_padding_of_a_short_trace_nothing_is_known() -> None:
    labels = held_out_p()
    scores = score_labels([trained()], padded(100, 420), labels, None, CONFIG, "cpu")
    for offsets_s, known in (
        (scores.offsets_s, np.isfinite(scores.probability).all(axis=1)),
        (scores.contrast_offsets_s, np.isfinite(scores.time_contrast)),
    ):
        place = DATASET.label_sample[labels][:, None] + np.round(offsets_s * 100)
        np.testing.assert_array_equal(known, (place >= 100) & (place <= 420))
    assert np.median(np.abs(scores.peak_offset_s)) <= 0.05


def test_a_trace_shorter_than_a_window_is_scored_where_it_is() -> None:
    labels = held_out_p()[:1]
    onset = round(DATASET.label_sample[labels[0]])
    scores = score_labels([trained()], padded(onset - 60, onset + 60), labels, None, CONFIG, "cpu")
    assert np.isfinite(scores.probability[0, 0]).sum() == 121


def test_a_label_in_the_padding_has_no_peak_and_no_level() -> None:
    labels = held_out_p()[:1]
    dataset = padded(250, 511)
    scores = score_labels([trained()], dataset, labels, np.array([10.0]), CONFIG, "cpu")
    assert np.isnan(scores.probability).all() and np.isnan(scores.peak_offset_s).all()


def test_padding_does_not_count_as_quiet_before_a_label() -> None:
    labels = held_out_p()[:1]
    onset = round(DATASET.label_sample[labels[0]])
    whole, short = (score_labels([trained()], dataset, labels, None, CONFIG, "cpu") for dataset in (DATASET, padded(onset - 50, 511)))
    assert abs(float(whole.snr_db[0] - short.snr_db[0])) < 3
    assert np.isnan(score_labels([trained()], padded(onset - 10, 511), labels, None, CONFIG, "cpu").snr_db[0])


def test_a_plain_network_says_nothing_of_alignment() -> None:
    scores = score_labels([trained("plain", epochs=1)], DATASET, held_out_p(), None, CONFIG, "cpu")
    assert np.isnan(scores.feature_kl).all()
    assert np.isnan(scores.feature_cosine).all()
    assert np.isnan(scores.time_contrast).all()
    assert np.isfinite(scores.probability).any()


def test_the_published_form_compares_whole_windows_and_has_no_contrast_over_time() -> None:
    network = trained("lancor_published", epochs=1)
    given = score_labels([network], DATASET, held_out_p(), None, CONFIG, "cpu")
    moved = score_labels([network], DATASET, held_out_p(), DATASET.label_sample[held_out_p()] + 60, CONFIG, "cpu")
    assert np.isfinite(given.feature_kl).all()
    assert (given.feature_kl != moved.feature_kl).all()
    assert np.isnan(given.time_contrast).all()


def test_with_waveforms_replaced_by_noise_the_label_is_not_found() -> None:
    dataset = synthetic_set(40, noise_only=True)
    labels = dataset.labels_on(np.arange(30, 40))
    rng = np.random.default_rng(1)
    shift = np.concatenate([np.zeros(len(labels)), rng.choice([-60, -30, 30, 60], len(labels))])
    twice = np.concatenate([labels, labels])
    scores = score_labels([trained(noise_only=True)], dataset, twice, dataset.label_sample[twice] + shift, CONFIG, "cpu")
    own = scores.probability[np.arange(len(twice)), dataset.label_phase[twice], len(scores.offsets_s) // 2]
    given, moved = own[: len(labels)], own[len(labels) :]
    wins = (given[:, None] > moved[None, :]).mean()
    assert 0.3 < wins < 0.7


def test_signal_levels_are_read_at_the_scored_position() -> None:
    given, early = scored(), scored(shift_samples=-100.0)
    assert (given.snr_db > 6).all()
    assert (early.snr_db < 3).all()
    assert (given.label_noise_level > early.label_noise_level).all()


def test_a_dead_stretch_has_no_level() -> None:
    labels = held_out_p()
    dead = DATASET.segments.copy()
    dead[DATASET.label_segment[labels[0]], :, 100:400] = 0
    dataset = dataclasses.replace(DATASET, segments=dead)
    scores = score_labels([trained()], dataset, labels[:1], np.array([200.0]), CONFIG, "cpu")
    assert scores.label_noise_level[0] == 0
    assert np.isnan(scores.snr_db[0])


def test_windows_reach_the_end_of_the_segment() -> None:
    assert window_starts(1000, 256, 200).tolist() == [0, 200, 400, 600, 744]
    assert window_starts(256, 256, 64).tolist() == [0]


def test_a_curve_between_two_samples_is_linear() -> None:
    curve = np.array([[[0.0, 1.0, 4.0, 9.0]]], dtype=np.float32)
    values = sample_curve(curve, np.array([1.5]), np.array([-2, -1, 0, 1, 2]))
    np.testing.assert_allclose(values[0, 0], [np.nan, 0.5, 2.5, 6.5, np.nan])


def test_positions_outside_the_segment_are_refused() -> None:
    with pytest.raises(ValueError, match="position 9999 of label"):
        score_labels([trained()], DATASET, held_out_p()[:1], np.array([9999.0]), CONFIG, "cpu")


def test_no_network_no_scores() -> None:
    with pytest.raises(ValueError, match="none given"):
        score_labels([], DATASET, held_out_p(), None, CONFIG, "cpu")
