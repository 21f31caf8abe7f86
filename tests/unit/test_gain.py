"""What a run bought, against hand cases."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.simulated_scores import make_catalog
from tests.unit.test_flag import judge, planting_for
from training.flagging.gain import (
    Mixture,
    at_thresholds,
    count_by_step,
    mean_intervals,
    planted_put_back,
    precision_and_recall,
    reliability,
    residuals_before_and_after,
    rows_by_group,
    summarise_gain,
    wilson,
    worst_groups,
)

NAN = float("nan")


@pytest.fixture(scope="module")
def judged():
    catalog = make_catalog(150, 0.2, seed=21)
    return judge(catalog), planting_for(catalog)


def gain_of(verdicts, planting, **values):
    n = len(verdicts)
    return summarise_gain(verdicts, planting, group=np.arange(n) % 14, component=np.arange(n) // 3, threshold=0.5, seed=0, **values)


def test_the_interval_of_8_in_10_is_wilsons():
    share = wilson(8, 10)
    assert (share.value, share.low, share.high) == (0.8, pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))


def test_a_p_of_exactly_029_counts_at_029():
    counts = count_by_step(np.array([0.29, 0.2899, 1.0, 0.0, NAN]))
    assert (counts[29], counts[28], counts[100], counts[0], sum(counts), len(counts)) == (1, 1, 1, 1, 4, 101)


def test_precision_weighs_planted_labels_as_the_errors_expected_and_given_ones_as_they_are_believed():
    """4 given labels, half of them expected to be wrong: the 4 planted ones weigh 2 together. The given one at 0.9 is half believed."""
    mixture = Mixture.of(np.array([0.9, 0.1, 0.1, 0.1]), np.array([0.5, 1.0, 1.0, 1.0]), np.array([0.95, 0.9, 0.8, 0.05]), error_rate=0.5)
    assert precision_and_recall(mixture) == [
        [0.95, 0.25, 1.0],
        [0.9, 0.5, round(1 / 1.5, 4)],
        [0.8, 0.75, 0.75],
        [0.05, 1.0, round(2 / 5.5, 4)],
    ]


def test_a_threshold_between_two_points_of_the_curve_has_a_precision_of_its_own():
    mixture = Mixture.of(np.array([0.85, 0.1, 0.1, 0.1]), np.array([1.0, 1.0, 1.0, 1.0]), np.array([0.95, 0.7]), error_rate=0.5)
    assert at_thresholds(mixture, (0.99, 0.9, 0.8, 0.5)) == [[0.9, 0.5, 1.0], [0.8, 0.5, 0.5], [0.5, 1.0, round(2 / 3, 4)]]


def test_a_curve_has_at_most_ninety_points_however_many_labels():
    rng = np.random.default_rng(0)
    mixture = Mixture.of(rng.beta(1, 9, 5000), np.full(5000, 0.9), rng.beta(9, 1, 9000), error_rate=0.1)
    curve = precision_and_recall(mixture)
    assert len(curve) == 90
    assert curve[-1][1] == 1.0
    assert [row[1] for row in curve] == sorted(row[1] for row in curve)


def test_without_planted_errors_there_is_no_curve():
    mixture = Mixture.of(np.array([0.3]), np.array([1.0]), np.array([NAN]), error_rate=0.3)
    assert (precision_and_recall(mixture), reliability(mixture)) == ([], [])


def test_reliability_is_the_weighted_share_in_each_tenth_and_tenths_with_few_labels_are_left_out():
    mixture = Mixture(
        p=np.array([0.82, 0.84, 0.86, 0.88, 0.8, 0.5]),
        wrong=np.array([True, True, False, True, False, True]),
        weight=np.array([1.0, 1.0, 0.5, 1.0, 0.5, 1.0]),
    )
    (row,) = reliability(mixture)
    assert (row["n"], row["observed"]) == (5, 0.75)
    assert row["predicted"] == pytest.approx((0.82 + 0.84 + 0.43 + 0.88 + 0.4) / 4)
    told = wilson(0.75 * 16 / 3.5, 16 / 3.5)  # 4 in weight squared over the squares' sum
    assert (row["low"], row["high"]) == (pytest.approx(told.low), pytest.approx(told.high))


def test_whole_components_are_drawn():
    """Two components, of all ones and all zeros: every draw's mean is 0, 0.5 or 1, and an interval of single labels would be narrow."""
    component = np.repeat([7, 3], 500)
    (mean,) = mean_intervals([np.repeat([1.0, 0.0], 500)], component, seed=0)
    assert (mean.value, mean.low, mean.high) == (0.5, 0.0, 1.0)


def test_before_and_after_compare_the_same_labels(judged):
    verdicts, _ = judged
    n = len(verdicts)
    evidence = {**verdicts.evidence, "network_residual_s": np.full(n, 0.1)}
    evidence["network_residual_s"][:4] = [0.5, -0.4, 2.0, 1.0]
    told = residuals_before_and_after(
        replace(
            verdicts,
            flagged=np.arange(n) < 4,
            kind=np.array(["timing", "timing", "no_arrival", "missed_arrival"] + ["timing"] * (n - 4)),
            proposed_removal=np.arange(n) == 2,
            proposed_phase=np.full(n, ""),
            proposed_shift_s=np.array([0.45, NAN, NAN, 3.0] + [0.1] * (n - 4)),
            evidence=evidence,
            scored=np.ones(n, dtype=bool),
        ),
        np.arange(n),
        seed=0,
    )
    rest = 0.1 * (n - 4)
    assert (told["n"], told["n_moved"], told["n_left_out"]) == (n - 1, 1, 1)
    assert told["before_s"]["value"] == pytest.approx((0.5 + 0.4 + 1.0 + rest) / (n - 1))
    assert told["after_s"]["value"] == pytest.approx((0.05 + 0.4 + 1.0 + rest) / (n - 1))
    assert told["change_s"]["value"] == pytest.approx(-0.45 / (n - 1))


def test_a_removal_that_is_too_doubtful_to_propose_stays_in_the_comparison(judged):
    verdicts, _ = judged
    n = len(verdicts)
    doubtful = replace(
        verdicts,
        flagged=np.arange(n) == 0,
        kind=np.array(["no_arrival"] + ["timing"] * (n - 1)),
        proposed_removal=np.zeros(n, dtype=bool),
        proposed_phase=np.full(n, ""),
        scored=np.ones(n, dtype=bool),
    )
    told = residuals_before_and_after(doubtful, np.arange(n), seed=0)
    assert (told["n_left_out"], told["n"]) == (0, int(np.isfinite(verdicts.evidence["network_residual_s"]).sum()))


def test_planted_errors_put_back_are_those_flagged_and_moved_to_where_they_came_from(judged):
    verdicts, planting = judged
    right = replace(
        verdicts,
        p_mislabelled=np.zeros(len(verdicts)),
        p_planted=np.ones(len(planting)),
        planted_proposed_shift_s=-planting.shift_s + 0.05,
        evidence={**verdicts.evidence, "group_offset_s": np.zeros(len(verdicts))},
    )
    component = np.arange(len(verdicts))
    told = planted_put_back(right, planting, component, threshold=0.5, seed=0)
    assert told["n"] == int(((planting.kind == "timing") & (np.abs(planting.shift_s) >= 0.2)).sum())
    assert (told["share_before"]["value"], told["share_after"]["value"]) == (0.0, 1.0)
    assert told["error_after_s"]["value"] == pytest.approx(0.05)
    unflagged = planted_put_back(replace(right, p_planted=np.full(len(planting), 0.4)), planting, component, threshold=0.5, seed=0)
    assert unflagged["share_after"]["value"] == 0.0


def test_a_group_is_worse_the_more_of_it_is_flagged_for_certain():
    p = np.concatenate([np.ones(1), np.zeros(1), np.ones(8), np.zeros(2), np.zeros(20), np.full(3, NAN)])
    group = np.concatenate([[0], [0], np.ones(10), np.full(20, 2), np.full(3, 3)]).astype(np.int64)
    assert worst_groups(p, group, threshold=0.5) == [1, 0]


def test_the_other_groups_share_one_row(judged):
    _, planting = judged
    n = int(planting.label.max()) + 1
    rows = rows_by_group(np.full(n, 0.4), np.arange(n) % 3, np.full(len(planting), 0.6), planting, [1])
    assert [row["name"] for row in rows] == ["1", ""]
    assert sum(sum(row["given"]) for row in rows) == n
    assert sum(row["planted"][60] for row in rows) == len(planting)


def test_all_of_it_fits_into_the_runs_summary(judged):
    verdicts, planting = judged
    gain = gain_of(verdicts, planting)
    assert len(json.dumps(gain)) < 40_000
    assert gain["put_back"]["share_after"]["value"] > 0.8
    assert gain["residuals"]["after_s"]["value"] < gain["residuals"]["before_s"]["value"]
    assert len(gain["by_station"]) == 11
    for name in ("by_kind", "by_station", "by_snr"):
        assert sum(sum(row["given"]) for row in gain[name]) == len(verdicts)
        assert sum(sum(row["planted"]) for row in gain[name]) == len(planting)
