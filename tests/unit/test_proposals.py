from __future__ import annotations

import numpy as np
import pytest

from training.flagging.noise_model import NoiseModelConfig, fit_noise_model
from training.flagging.posterior import pick_posterior
from training.flagging.proposals import ProposalConfig, Proposals, conformal_widening, propose, widening_across_folds

OFFSETS_S = np.arange(-400, 401) / 100
ZERO = np.zeros(1, dtype=np.int64)


def bump(centre_s: float, width_s: float = 0.05, height: float = 0.9) -> np.ndarray:
    return height * np.exp(-0.5 * ((OFFSETS_S - centre_s) / width_s) ** 2)


def proposal_for(curve: np.ndarray, area: float = 11.0, **config) -> Proposals:
    posterior = pick_posterior(curve[None], OFFSETS_S, 1.0, area)
    model = fit_noise_model(pick_posterior(bump(0.0)[None], OFFSETS_S, 1.0, 11.0), ZERO, ZERO, NoiseModelConfig(n_iterations=1))
    return propose(posterior, model, ZERO, ZERO, ProposalConfig(**config))


def test_the_proposal_is_where_the_arrival_is_seen():
    found = proposal_for(bump(0.42))
    assert found.shift_s[0] == pytest.approx(0.42, abs=0.01)
    assert found.lower_s[0] == pytest.approx(0.42 - 1.645 * 0.05, abs=0.02)
    assert found.upper_s[0] == pytest.approx(0.42 + 1.645 * 0.05, abs=0.02)


def test_of_two_arrivals_the_nearer_one_is_likelier():
    near_and_far = proposal_for(bump(0.3) + bump(3.5), least_share_near=0.5)
    assert near_and_far.shift_s[0] == pytest.approx(0.3, abs=0.05)


def test_nothing_is_proposed_where_two_arrivals_are_as_likely():
    assert np.isnan(proposal_for(bump(1.0) + bump(-1.0)).shift_s[0])


def test_nothing_is_proposed_from_a_flat_posterior():
    assert np.isnan(proposal_for(np.full(801, 0.2)).shift_s[0])


def test_nothing_is_proposed_where_there_is_no_arrival():
    assert np.isnan(proposal_for(bump(0.4, height=0.15)).shift_s[0])


def test_nothing_is_proposed_where_the_networks_gave_nothing():
    assert np.isnan(proposal_for(np.full(801, np.nan)).shift_s[0])


def test_nothing_is_proposed_where_the_interval_has_to_grow_beyond_all_use():
    posterior = pick_posterior(bump(0.42)[None], OFFSETS_S, 1.0, 11.0)
    model = fit_noise_model(pick_posterior(bump(0.0)[None], OFFSETS_S, 1.0, 11.0), ZERO, ZERO, NoiseModelConfig(n_iterations=1))
    assert np.isfinite(propose(posterior, model, ZERO, ZERO, ProposalConfig(), 2.0).shift_s[0])
    assert np.isnan(propose(posterior, model, ZERO, ZERO, ProposalConfig(), 50.0).shift_s[0])


def test_no_interval_is_narrower_than_analysts_agree():
    found = proposal_for(bump(0.42, width_s=0.004), area=0.9)
    model = fit_noise_model(pick_posterior(bump(0.0)[None], OFFSETS_S, 1.0, 11.0), ZERO, ZERO, NoiseModelConfig(n_iterations=1))
    assert found.upper_s[0] - found.shift_s[0] == pytest.approx(model.scale_s[0])


def test_widened_intervals_hold_nine_in_ten_of_new_errors():
    rng = np.random.default_rng(0)
    sigma_s = rng.uniform(0.02, 0.1, 2000)
    claimed = 1.645 * sigma_s / 3  # three times too sure
    proposals = Proposals(np.zeros(2000), -claimed, claimed)
    true_s = rng.normal(0, sigma_s)
    factor = conformal_widening(
        Proposals(*(v[:1000] for v in (proposals.shift_s, proposals.lower_s, proposals.upper_s))), true_s[:1000], np.ones(1000, dtype=bool)
    )
    assert factor == pytest.approx(3.0, rel=0.1)
    assert (np.abs(true_s[1000:]) <= factor * claimed[1000:]).mean() == pytest.approx(0.9, abs=0.03)


def test_intervals_are_never_checked_on_a_handful():
    proposals = Proposals(np.zeros(10), -np.ones(10), np.ones(10))
    assert conformal_widening(proposals, np.zeros(10), np.ones(10, dtype=bool)) is None
    widening, known = widening_across_folds(
        proposals, np.zeros(10), np.ones(10, dtype=bool), np.zeros(10, dtype=np.int64), np.arange(10) % 2
    )
    assert not known and (widening == 1.5).all()


def test_a_fold_takes_its_widening_from_the_others():
    fold = np.arange(100) % 2
    proposals = Proposals(np.zeros(100), np.full(100, -0.1), np.full(100, 0.1))
    true_s = np.where(fold == 0, 0.1, 0.4)
    widening, _ = widening_across_folds(proposals, true_s, np.ones(100, dtype=bool), fold, fold)
    assert widening[fold == 0] == pytest.approx(4.0) and widening[fold == 1] == pytest.approx(1.0)
