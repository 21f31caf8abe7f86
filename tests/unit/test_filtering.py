from __future__ import annotations

import numpy as np

from labeling.seismo.filtering import Band, band_pass, causal_high_pass

RATE_HZ = 100.0
TIME_S = np.arange(3000) / RATE_HZ


def test_the_networks_filter_shows_nothing_of_an_arrival_ahead_of_it():
    arrival = np.where(TIME_S >= 12, np.sin(2 * np.pi * 8 * (TIME_S - 12)), 0.0).astype(np.float32)
    filtered = causal_high_pass(arrival, RATE_HZ, 1.0)
    assert np.abs(filtered[:1200]).max() == 0
    assert np.abs(filtered[1200:1300]).max() > 0.9


def test_microseism_is_taken_out_and_an_offset_leaves_no_step():
    swell = (500 + 100 * np.sin(2 * np.pi * 0.15 * TIME_S)).astype(np.float32)
    filtered = causal_high_pass(swell, RATE_HZ, 1.0)
    assert np.abs(filtered).max() < 8
    assert np.abs(causal_high_pass(np.full(300, 1e6, dtype=np.float32), RATE_HZ, 1.0)).max() < 1


def test_the_stretches_between_gaps_are_filtered_by_themselves():
    samples = np.random.default_rng(1).standard_normal(1000).astype(np.float32)
    samples[400:450] = np.nan
    filtered = causal_high_pass(samples, RATE_HZ, 1.0)
    assert np.isnan(filtered[400:450]).all() and np.isfinite(np.delete(filtered, np.s_[400:450])).all()
    assert np.array_equal(filtered[450:], causal_high_pass(samples[450:], RATE_HZ, 1.0))


def test_a_causal_band_leaks_nothing_ahead_of_an_onset_and_a_zero_phase_one_does():
    arrival = np.where(TIME_S >= 12, np.sin(2 * np.pi * 8 * (TIME_S - 12)), 0.0).astype(np.float32)[None]
    arrival[:, -1500:] *= -1  # so that its mean is next to nothing
    causal, zero_phase = (band_pass(arrival, RATE_HZ, Band(2.0, 15.0, is_causal)) for is_causal in (True, False))
    assert np.abs(causal[0, 1000:1200]).max() < 1e-3
    assert np.abs(zero_phase[0, 1000:1200]).max() > 0.05


def test_an_upper_corner_near_nyquist_is_said_to_be_left_out():
    assert Band(4.0, 30.0).highest_hz(100.0) == 30.0
    assert Band(4.0, 30.0).highest_hz(40.0) is None
    assert Band(4.0, 30.0).highest_hz(62.0) is None


def test_a_band_is_named_with_its_direction():
    assert [str(Band(2.0, 15.0)), str(Band(0.5, 4.5, is_causal=True))] == ["2-15", "0.5-4.5-causal"]
