from __future__ import annotations

import numpy as np

from training.flagging.posterior import PickPosterior, grid_quantile, own_phase, pick_posterior, typical_area

OFFSETS_S = np.arange(-300, 301) / 100


def bump(centre_s: float, width_s: float, height: float = 0.9) -> np.ndarray:
    return height * np.exp(-0.5 * ((OFFSETS_S - centre_s) / width_s) ** 2)


def posterior_of(*curves: np.ndarray, power: float = 1.0) -> PickPosterior:
    usual = np.stack([bump(0.0, 0.1)] * 9)
    return pick_posterior(np.stack(curves), OFFSETS_S, power, typical_area(usual))


def test_posterior_and_no_arrival_add_up_to_one():
    q = posterior_of(bump(0.3, 0.1), np.full(601, 0.01), bump(1, 0.05, 0.1))
    assert np.allclose(q.mass.sum(axis=1) + q.no_arrival, 1.0)


def test_the_fourth_power_halves_the_width():
    wide, narrow = (posterior_of(bump(0.3, 0.1), power=power) for power in (1.0, 4.0))
    width = [float((q.quantile_s(0.84) - q.quantile_s(0.16))[0]) for q in (wide, narrow)]
    assert np.isclose(width[1], width[0] / 2, rtol=0.05)


def test_a_second_bump_is_not_forgotten_when_the_first_is_narrowed():
    mass = posterior_of(bump(-1.0, 0.1, 0.9) + bump(1.0, 0.1, 0.7), power=24.0).mass[0]
    assert 0.25 < mass[OFFSETS_S > 0].sum() < 0.45


def test_peak_is_found_between_samples():
    assert np.isclose(posterior_of(bump(0.3037, 0.1)).peak_offset_s()[0], 0.3037, atol=1e-4)


def test_a_flat_output_means_no_arrival_and_a_usual_bump_means_one():
    q = posterior_of(np.full(601, 0.02), bump(0.0, 0.1), bump(0.0, 0.1, 0.15))
    assert q.no_arrival[0] > 0.9
    assert q.no_arrival[1] < 0.05
    assert 0.5 < q.no_arrival[2] < 0.9


def test_an_unsure_but_wide_bump_still_means_an_arrival():
    assert posterior_of(bump(0.0, 0.3, 0.3)).no_arrival[0] < 0.05


def test_outside_the_trace_there_is_no_mass():
    curve = bump(0.0, 0.1)
    curve[:250] = np.nan
    q = posterior_of(curve)
    assert q.readable[0]
    assert q.mass[0, :250].sum() == 0.0


def test_a_label_without_any_output_is_unreadable():
    q = posterior_of(np.full(601, np.nan), bump(0.0, 0.1))
    assert q.readable.tolist() == [False, True]
    assert np.isnan(q.peak_offset_s()[0]) and np.isnan(q.quantile_s(0.5)[0])
    assert np.isfinite(q.mass).all()


def test_quantiles_agree_with_a_slow_obvious_version():
    rng = np.random.default_rng(0)
    mass = rng.random((20, 601)) ** 8
    for share in (0.05, 0.5, 0.95):
        edges = np.arange(602) / 100 - 3.005
        slow = [np.interp(share, np.concatenate([[0.0], np.cumsum(row) / row.sum()]), edges) for row in mass]
        assert np.allclose(grid_quantile(mass, OFFSETS_S, share), slow, atol=1e-9)


def test_own_phase_takes_p_for_p_and_s_for_s():
    probability = np.stack([np.stack([np.full(5, 0.1), np.full(5, 0.2)]), np.stack([np.full(5, 0.3), np.full(5, 0.4)])])
    assert own_phase(probability, np.array([0, 1]))[:, 0].tolist() == [0.1, 0.4]
