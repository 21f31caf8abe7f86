"""Doubts about a catalog as a whole, each on a case made by hand and on one that gives no reason for it."""

from __future__ import annotations

import numpy as np

from labeling.seismo.doubts.rounding import are_on_hundreds, rounding_step_s
from labeling.seismo.doubts.travel import impossible_delays, residuals_s, s_before_p, station_offsets_s, whole_hours_off
from labeling.seismo.doubts.uncertainties import are_weights, negative
from labeling.seismo.traveltimes import REGIONAL_CRUST, first_arrivals

DRAW = np.random.default_rng(0)
TIMES_US = DRAW.integers(0, 10**12, 200)


def test_times_on_whole_seconds_and_tenths_are_told_apart_from_real_ones() -> None:
    assert rounding_step_s(TIMES_US // 10**6 * 10**6) == 1.0
    assert rounding_step_s(TIMES_US // 10**5 * 10**5) == 0.1
    assert rounding_step_s(TIMES_US // 10**4 * 10**4) is None
    assert rounding_step_s(TIMES_US[:10] // 10**6 * 10**6) is None, "too few to say"


def test_positions_on_multiples_of_a_hundred_samples_are_seen() -> None:
    hundreds = 100.0 * DRAW.integers(1, 60, 100)
    assert are_on_hundreds(np.append(hundreds, np.nan))
    assert not are_on_hundreds(hundreds + DRAW.uniform(1, 99, 100))
    assert not are_on_hundreds(np.full(100, np.nan))


def test_an_s_before_the_first_p_of_its_event_and_station_is_doubtful() -> None:
    group = np.array([0, 0, 1, 1, 1, -1, 2])
    is_s = np.array([False, True, True, False, False, True, True])
    time_us = np.array([5, 9, 3, 4, 8, 0, 1])
    assert s_before_p(group, is_s, time_us).tolist() == [False, False, True, False, False, False, False]
    nothing = np.zeros(0, dtype=np.int64)
    assert not s_before_p(nothing, nothing.astype(bool), nothing).any()
    assert not s_before_p(np.array([-1]), np.array([True]), np.array([0])).any()


def test_no_wave_is_so_early_or_so_late() -> None:
    distance_km = np.array([100.0, 100.0, 100.0, 100.0, 100.0, np.nan])
    delay_s = np.array([16.7, 5.0, -30.0, 300.0, 12.0, 3.0])
    is_s = np.array([False, False, False, False, True, False])
    doubtful = impossible_delays(delay_s, distance_km, np.full(6, 10.0), is_s)
    assert doubtful.tolist() == [False, True, True, True, True, False]


def test_arrivals_from_far_and_deep_are_possible() -> None:
    # iasp91: P at 30°, 60°, 90° from the surface, and at 60° from 600 km.
    distance_km = np.radians([30.0, 60.0, 90.0, 60.0]) * 6371.0
    delay_s = np.array([369.8, 607.9, 781.0, 544.7])
    assert not impossible_delays(delay_s, distance_km, np.array([0.0, 0.0, 0.0, 600.0]), np.zeros(4, dtype=bool)).any()


def test_picks_in_local_time_are_whole_hours_off_their_origins() -> None:
    delay_s = DRAW.uniform(1, 60, 100)
    assert whole_hours_off(delay_s + 12 * 3600) == 12
    assert whole_hours_off(delay_s - 7 * 3600) == -7
    assert whole_hours_off(delay_s) == 0
    assert whole_hours_off(np.concatenate([delay_s, delay_s + 3600])) == 0, "half of them only"
    assert whole_hours_off(DRAW.uniform(0, 86_400, 100)) == 0


def test_a_station_whose_picks_are_all_late_is_named_with_its_offset() -> None:
    station = np.repeat(np.arange(6), 30)
    distance_km, depth_km = DRAW.uniform(5, 120, 180), DRAW.uniform(2, 15, 180)
    is_s = np.arange(180) % 2 == 1
    p_s, s_s = (first_arrivals(REGIONAL_CRUST, wave, distance_km, depth_km).time_s for wave in ("P", "S"))
    delay_s = np.where(is_s, s_s, p_s)
    delay_s += DRAW.normal(0.4, 0.2, 180)  # another crust
    assert station_offsets_s(station, residuals_s(delay_s, distance_km, depth_km, is_s)) == {}
    delay_s[station == 4] += 1.5
    offsets = station_offsets_s(station, residuals_s(delay_s, distance_km, depth_km, is_s))
    assert list(offsets) == [4]
    assert abs(offsets[4] - 1.5) < 0.3
    assert station_offsets_s(station, np.full(180, np.nan)) == {}


def test_uncertainties_below_zero_and_weights_are_told_apart_from_seconds() -> None:
    assert negative(np.array([-1.0, 0.0, np.nan, 0.1])).tolist() == [True, False, False, False]
    weights = DRAW.integers(0, 5, 100).astype(float)
    assert are_weights(np.append(weights, np.nan))
    assert not are_weights(weights + 0.05)
    assert not are_weights(np.ones(100)), "an uncertainty of 1 s for all"
