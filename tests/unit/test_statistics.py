"""What samples say of the whole: hand cases, slow versions and simulated catalogs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from labeling.statistics.agreement import cohen_kappa
from labeling.statistics.medians import difference_of_medians, median, spread
from labeling.statistics.proportions import Stratum, error_rate, missed_share, wilson
from labeling.statistics.rounding import rounding_step_s


def test_wilsons_interval_is_that_of_the_book():
    found = wilson(81, 263)  # Newcombe 1998, Statistics in Medicine 17, table I
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    none = wilson(0, 20)
    assert (none.estimate, none.low, round(none.high, 4)) == (0.0, 0.0, 0.1611)


def test_what_was_judged_whole_is_known():
    known = wilson(3, 10, n_population=10)
    assert (known.low, known.high) == (0.3, 0.3)


def test_strata_are_weighted_by_their_size():
    rate = error_rate([Stratum(1000, 50, 30), Stratum(9000, 50, 1)])
    assert rate.estimate == pytest.approx(0.1 * 0.6 + 0.9 * 0.02)
    assert rate.low < rate.estimate < rate.high


def test_an_unjudged_stratum_leaves_the_rate_unknown():
    assert error_rate([Stratum(1000, 0, 0), Stratum(9000, 50, 1)]) is None
    assert error_rate([]) is None


def test_a_stratum_with_more_errors_than_judged_is_refused():
    with pytest.raises(ValueError, match="0 ≤ errors ≤ judged"):
        Stratum(10, 2, 3)


@pytest.mark.parametrize(("p_flagged", "p_unflagged", "n"), [(0.6, 0.02, 60), (0.8, 0.005, 125), (0.3, 0.1, 30)])
def test_the_intervals_hold_the_truth_19_times_in_20(p_flagged, p_unflagged, n):
    draw = np.random.default_rng(4)
    n_flagged, n_unflagged, trials = 2000, 18000, 1500
    rate = (n_flagged * p_flagged + n_unflagged * p_unflagged) / (n_flagged + n_unflagged)
    missed = n_unflagged * p_unflagged / (n_flagged * p_flagged + n_unflagged * p_unflagged)
    held_rate = held_missed = 0
    for _ in range(trials):
        flagged = Stratum(n_flagged, n, int(draw.hypergeometric(round(n_flagged * p_flagged), round(n_flagged * (1 - p_flagged)), n)))
        unflagged = Stratum(
            n_unflagged, n, int(draw.hypergeometric(round(n_unflagged * p_unflagged), round(n_unflagged * (1 - p_unflagged)), n))
        )
        found, share = error_rate([flagged, unflagged]), missed_share(flagged=flagged, unflagged=unflagged)
        held_rate += found.low <= rate <= found.high
        held_missed += share.low <= missed <= share.high
    assert 0.925 <= held_rate / trials <= 0.99
    assert 0.925 <= held_missed / trials <= 0.99


def test_no_error_found_leaves_the_missed_share_open():
    share = missed_share(flagged=Stratum(100, 20, 0), unflagged=Stratum(900, 20, 0))
    assert math.isnan(share.estimate)
    assert (share.low, share.high) == (0.0, 1.0)


def test_kappa_of_a_hand_case():
    kappa = cohen_kappa(np.array([[20, 5], [10, 15]]))
    assert kappa.estimate == pytest.approx(0.4)


def test_kappas_interval_is_as_wide_as_resampling_makes_it():
    table = np.array([[120, 10, 4], [14, 60, 6], [3, 5, 30]])
    draw = np.random.default_rng(1)
    resampled = [cohen_kappa(row.reshape(3, 3)).estimate for row in draw.multinomial(table.sum(), table.ravel() / table.sum(), 3000)]
    kappa = cohen_kappa(table)
    assert (kappa.high - kappa.low) / 2 == pytest.approx(1.96 * np.std(resampled), rel=0.06)


def test_kappa_is_not_defined_where_both_say_one_thing_only():
    assert cohen_kappa(np.array([[12, 0], [0, 0]])) is None


def test_a_difference_of_medians_holds_the_truth():
    draw = np.random.default_rng(2)
    held = 0
    for trial in range(60):
        found = difference_of_medians(np.abs(draw.normal(0.3, 0.1, 80)), np.abs(draw.normal(0.2, 0.1, 80)), seed=trial)
        held += found.low <= 0.1 <= found.high
    assert held >= 51
    assert difference_of_medians(np.zeros(2), np.zeros(80)) is None


def test_a_median_and_its_spread_bear_gross_values():
    values = np.r_[np.random.default_rng(3).normal(0.0, 0.05, 500), [30.0, -40.0]]
    assert abs(median(values).estimate) < 0.01
    assert spread(values) == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize("step_s", [0.1, 0.05])
def test_rounded_times_are_noticed(step_s):
    times_s = step_s * np.random.default_rng(5).integers(0, 600, 40)
    assert rounding_step_s(times_s, sampling_interval_s=0.01) == step_s


def test_times_on_samples_are_not_called_rounded():
    times_s = 0.01 * np.random.default_rng(5).integers(0, 6000, 40)
    assert rounding_step_s(times_s, sampling_interval_s=0.01) is None
    assert rounding_step_s(times_s, sampling_interval_s=0.004) == 0.01
    assert rounding_step_s(times_s[:5], sampling_interval_s=0.004) is None
