"""Picks beside true labels, and what corrections make of a training set."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from tests.unit.training_examples import QUICK, synthetic_set
from training.benchmark.first_run import sized_set
from training.benchmark.picking import segment_curves, split_by_component, with_proposals
from training.benchmark.picking_figures import HeldOutPicks, component_sums, figures_of, gap_closed, judge_picks, n_pairs, relative_gains
from training.lancor.alignment import seeded_network
from training.lancor.checkpoint import FittedNetwork
from training.lancor.score import score_labels


def curves_with(dataset, peaks):
    """(M, 2, T) zeros but for peaks (segment, phase, sample, height)."""
    curves = np.zeros((dataset.n_segments, 2, dataset.n_samples), dtype=np.float32)
    for segment, phase, sample, height in peaks:
        curves[segment, phase, sample] = height
    return curves


def perfect(dataset):
    labels = zip(dataset.label_segment, dataset.label_phase, dataset.label_sample, strict=True)
    return curves_with(dataset, [(segment, phase, int(sample), 0.9) for segment, phase, sample in labels])


def test_components_stay_whole_when_some_are_held_out():
    dataset = dataclasses.replace(synthetic_set(n_segments=20), component=np.arange(20) // 4)
    split = split_by_component(dataset, np.arange(dataset.n_labels), 0.3, seed=0)
    assert not set(split.training.component) & set(split.held_out.component)
    assert split.held_out.n_segments == 8
    assert split.training.n_labels == len(split.group) == 24
    assert np.array_equal(split.training.label_sample, dataset.label_sample[split.group])


def test_each_label_takes_one_pick_only():
    assert n_pairs(np.array([1.0, 1.05]), np.array([1.02]), 0.1) == 1
    assert n_pairs(np.array([1.0]), np.array([0.95, 1.05]), 0.1) == 1
    assert n_pairs(np.array([1.0, 1.1]), np.array([1.05, 0.95]), 0.1) == 2
    assert n_pairs(np.array([]), np.array([1.0]), 0.1) == 0


def test_picks_on_every_label_are_perfect_ones():
    dataset = synthetic_set(n_segments=4)
    figures = figures_of(component_sums(judge_picks(perfect(dataset), dataset, search_s=2.0)))
    assert figures == {"mae_all_s": 0.0, "mae_matched_s": 0.0, "rmse_matched_s": 0.0, "f1_0.1_s": 1.0, "f1_0.5_s": 1.0}


def test_a_late_pick_and_a_false_one_count_against_a_network():
    dataset = synthetic_set(n_segments=2)
    curves = perfect(dataset)
    p_sample = int(dataset.label_sample[0])
    curves[0, 0, p_sample], curves[0, 0, p_sample + 20], curves[1, 1, 20] = 0.0, 0.8, 0.5
    figures = figures_of(component_sums(judge_picks(curves, dataset, search_s=2.0)))
    assert figures["mae_all_s"] == pytest.approx(0.2 / 4)
    assert figures["f1_0.1_s"] == pytest.approx(2 * 3 / (4 + 5))
    assert figures["f1_0.5_s"] == pytest.approx(2 * 4 / (4 + 5))


def test_a_label_where_the_decoder_says_nothing_counts_as_the_whole_search_range():
    dataset = synthetic_set(n_segments=2)
    curves = perfect(dataset)
    curves[0, 0] = np.nan
    picks = judge_picks(curves, dataset, search_s=2.0)
    assert np.isnan(picks.residual_s[0])
    assert figures_of(component_sums(picks))["mae_all_s"] == pytest.approx(2.0 / 4)
    again = HeldOutPicks.from_dict(picks.to_dict())
    assert np.array_equal(component_sums(again), component_sums(picks))


def test_half_of_the_way_to_the_true_labels_is_half_of_the_gap():
    def sums(error_s):
        return np.array([[10, 10 * error_s, 10, 10 * error_s, 0, 8, 10, 10]], dtype=float)

    assert gap_closed("mae_all_s", sums(0.4), sums(0.2), sums(0.3)) == pytest.approx(0.5)
    assert np.isnan(gap_closed("f1_0.1_s", sums(0.4), sums(0.2), sums(0.3)))
    assert relative_gains(figures_of(sums(0.4)), figures_of(sums(0.3)))["mae_all_s"] == pytest.approx(25.0)


def test_accepted_proposals_move_rename_and_remove_labels():
    dataset = synthetic_set(n_segments=2)
    verdicts = SimpleNamespace(
        flagged=np.array([True, True, True, False]),
        kind=np.array(["timing", "phase", "duplicate", "timing"]),
        proposed_removal=np.array([False, False, True, False]),
        proposed_shift_s=np.array([0.5, np.nan, np.nan, 0.7]),
        proposed_phase=np.array(["", "P", "", ""]),
        evidence={"p_gross_error": np.array([0.9, 0.8, 0.9, 0.25])},
    )
    corrected = with_proposals(dataset, verdicts)
    assert np.array_equal(corrected.label_sample, dataset.label_sample[[0, 1, 3]] + [50, 0, 0])
    assert corrected.label_phase.tolist() == [0, 0, 1]
    assert corrected.label_weight.tolist() == [1.0, 1.0, 0.75]


def test_curves_of_segments_are_those_around_their_labels():
    dataset = synthetic_set(n_segments=3)
    fitted = FittedNetwork(seeded_network(QUICK, 0).eval(), QUICK, 0)
    curves = segment_curves([fitted], dataset, QUICK, "cpu")
    around = score_labels([fitted], dataset, np.arange(dataset.n_labels), None, QUICK, "cpu")
    middle = int(np.argmin(np.abs(around.offsets_s)))
    at_label = curves[dataset.label_segment, :, dataset.label_sample.astype(int)]
    assert curves.shape == (3, 2, dataset.n_samples)
    np.testing.assert_allclose(at_label, around.probability[:, :, middle], atol=1e-6)


def test_a_set_grows_by_repetitions_that_are_events_of_their_own():
    dataset = synthetic_set(n_segments=5)
    grown, group = sized_set(dataset, np.arange(10), 24, seed=0)
    assert (grown.n_labels, grown.n_segments, len(set(grown.component)), len(set(group))) == (24, 12, 12, 24)
    assert len({segment.tobytes() for segment in grown.segments}) == 12
