from __future__ import annotations

import numpy as np

from labeling.seismo.filtering import causal_high_pass

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
