from __future__ import annotations

import numpy as np
import pytest

from tests.unit.simulated_scores import make_catalog, score
from training.flagging.noise_model import NoiseModel, NoiseModelConfig, choose_power, fit_noise_model, judge_labels, laplace_density
from training.flagging.posterior import PickPosterior, own_phase, pick_posterior, typical_area

CONFIG = NoiseModelConfig()


def fitted(catalog, width_s: float = 0.07, group=None) -> tuple[NoiseModel, PickPosterior, float]:
    probability = own_phase(score(catalog, 2, width_s=width_s).probability, catalog.phase)
    offsets_s = score(catalog, 2).offsets_s
    area = typical_area(probability)
    power = choose_power(probability, offsets_s, area, CONFIG)
    posterior = pick_posterior(probability, offsets_s, power, area)
    groups = np.zeros(len(catalog), dtype=np.int64) if group is None else group
    return fit_noise_model(posterior, groups, catalog.phase, CONFIG), posterior, power


@pytest.mark.parametrize("error_rate", [0.0, 0.05, 0.2, 0.4])
@pytest.mark.parametrize("width_s", [0.05, 0.1])
def test_error_rate_is_found_within_reason(error_rate, width_s):
    catalog = make_catalog(200, error_rate, seed=5)
    model, posterior, _ = fitted(catalog, width_s)
    gamma = judge_labels(model, posterior, np.zeros(200, dtype=np.int64), catalog.phase).p_gross_error
    assert abs(gamma.mean() - error_rate) < 0.03


def test_a_wider_bump_is_raised_to_a_higher_power():
    catalog = make_catalog(100, 0.1, seed=5)
    assert fitted(catalog, 0.1)[2] > fitted(catalog, 0.03)[2]


def test_wrong_labels_get_the_gross_errors():
    catalog = make_catalog(300, 0.2, seed=6)
    model, posterior, _ = fitted(catalog)
    judged = judge_labels(model, posterior, np.zeros(300, dtype=np.int64), catalog.phase)
    wrong = np.abs(catalog.shift_s) > 0.15
    assert np.median(judged.p_gross_error[wrong]) > 0.95
    assert np.median(judged.p_gross_error[~wrong]) < 0.05
    assert judged.neg_log_density[wrong].min() > np.median(judged.neg_log_density[~wrong])


def test_a_late_station_is_found_and_its_labels_are_not_called_gross():
    catalog = make_catalog(300, 0.05, seed=7, only_p=True)
    group = np.arange(300) // 50
    catalog.shift_s[group == 2] += 0.3
    model, posterior, _ = fitted(catalog, group=group)
    assert model.offset_s[2] == pytest.approx(0.3, abs=0.06)
    assert np.abs(np.delete(model.offset_s, 2)).max() < 0.03
    gamma = judge_labels(model, posterior, group, catalog.phase).p_gross_error
    assert np.median(gamma[group == 2]) < 0.1


def test_the_offset_of_two_labels_is_not_believed():
    catalog = make_catalog(100, 0.0, seed=8, only_p=True)
    group = np.where(np.arange(100) < 2, 1, 0)
    catalog.shift_s[group == 1] = 0.3
    assert abs(fitted(catalog, group=group)[0].offset_s[1]) < 0.1


def test_spread_stays_within_its_bounds_at_every_rate():
    catalog = make_catalog(200, 0.2, seed=9, spread_s=0.5)
    model, posterior, _ = fitted(catalog)
    assert (model.scale_s <= 10 * posterior.step_s + 1e-9).all()
    assert 30 * posterior.step_s <= model.outlier_scale_s <= 200 * posterior.step_s


def test_without_a_readable_posterior_the_model_is_its_starting_point():
    empty = pick_posterior(np.full((4, 101), np.nan), np.arange(-50, 51) / 100, 1.0, 0.0)
    model = fit_noise_model(empty, np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64), CONFIG)
    assert model.error_rate.tolist() == [CONFIG.initial_error_rate]
    assert np.isnan(judge_labels(model, empty, np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64)).p_gross_error).all()


def test_laplace_density_adds_up_to_one_even_where_narrower_than_a_sample():
    grid_s = np.arange(-500, 501) / 100
    for scale_s in (0.001, 0.02, 0.5):
        assert np.isclose(laplace_density(grid_s, scale_s, 0.01).sum() * 0.01, 1.0, atol=1e-3)


def test_em_never_makes_the_labels_less_likely():
    catalog = make_catalog(200, 0.2, seed=10)
    _, posterior, _ = fitted(catalog)
    group = np.zeros(200, dtype=np.int64)
    likelihoods = [
        fit_noise_model(posterior, group, catalog.phase, NoiseModelConfig(n_iterations=n)).log_likelihood for n in (1, 3, 10, 40)
    ]
    assert likelihoods == sorted(likelihoods)
