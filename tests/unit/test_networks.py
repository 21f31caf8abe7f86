"""The two picking networks."""

from __future__ import annotations

import pytest
import torch

from training.lancor.config import NETWORK_NAMES
from training.networks.picker import NETWORKS, build_network, count_parameters
from training.networks.standardise import standardise, trailing_mean

torch.set_num_threads(1)  # the arrays are small, and tests run side by side

ALL_LIVE = torch.ones(2, 3, dtype=torch.bool)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_a_network_answers_for_every_sample_of_p_and_s(name: str) -> None:
    network = build_network(name).eval()
    encoded = network.encode(torch.randn(2, 3, 1024), ALL_LIVE)
    assert network.decode(encoded).shape == (2, 2, 1024)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_tokens_are_fine_enough_to_tell_two_times_a_tenth_of_a_second_apart(name: str) -> None:
    network = build_network(name)
    encoded = network.encode(torch.randn(2, 3, 1024), ALL_LIVE)
    assert network.samples_per_token <= 8
    assert encoded.tokens.shape == (2, network.token_channels, 1024 // network.samples_per_token)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_a_network_is_small(name: str) -> None:
    assert count_parameters(build_network(name)) <= 200_000


@pytest.mark.parametrize("name", list(NETWORKS))
def test_gain_and_offset_of_an_instrument_change_nothing(name: str) -> None:
    network = build_network(name).eval()
    waveform = torch.randn(2, 3, 512)
    loud = waveform * torch.tensor([1e4, 3.0, 1e-1]).view(1, 3, 1) + 5.0
    with torch.no_grad():
        same = network.decode(network.encode(waveform, ALL_LIVE)), network.decode(network.encode(loud, ALL_LIVE))
    torch.testing.assert_close(same[0], same[1], atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_what_stands_on_a_dead_component_changes_nothing(name: str) -> None:
    network = build_network(name).eval()
    waveform = torch.randn(2, 3, 512)
    live = torch.tensor([[True, False, False]] * 2)
    other = waveform.clone()
    other[:, 1:] = torch.randn(2, 2, 512)
    with torch.no_grad():
        torch.testing.assert_close(network.decode(network.encode(waveform, live)), network.decode(network.encode(other, live)))


def test_a_flat_component_stays_zero_and_finite() -> None:
    waveform = torch.zeros(1, 3, 64)
    waveform[0, 0] = torch.randn(64)
    standardised = standardise(waveform, torch.ones(1, 3, dtype=torch.bool))
    assert torch.isfinite(standardised).all()
    dead = [view * 3 + component for view in range(3) for component in (1, 2)]
    assert standardised[0, dead].abs().max() == 0
    assert standardised[0, 0].std(correction=0) == pytest.approx(1.0, abs=1e-4)


def test_a_weak_arrival_stands_out_as_much_before_a_strong_one_as_alone() -> None:
    alone = 0.01 * torch.randn(1, 3, 1024, generator=torch.Generator().manual_seed(1))
    alone[:, :, 400:] *= 20
    followed = alone.clone()
    followed[:, :, 700:] = 100 * (alone[:, :, 700:] - alone[:, :, 700:].mean(dim=-1, keepdim=True))
    live = torch.ones(1, 3, dtype=torch.bool)
    weak = slice(380, 500)
    of_both = [standardise(waveform, live)[0, 3:, weak] for waveform in (alone, followed)]
    torch.testing.assert_close(*of_both, atol=0.2, rtol=0.1)


def test_a_gap_makes_no_large_input() -> None:
    waveform = torch.randn(1, 3, 1024)
    waveform[:, :, 300:700] = 0.0
    assert standardise(waveform, torch.ones(1, 3, dtype=torch.bool)).abs().max() < 20


def test_running_means_look_back_only() -> None:
    values = torch.zeros(1, 1, 300)
    values[..., 150:] = 1.0
    mean = trailing_mean(values, 100)
    assert mean[0, 0, 149] == 0 and mean[0, 0, 199] == pytest.approx(0.5) and mean[0, 0, 249] == pytest.approx(1.0)


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="phasenet, seist"):
        build_network("resnet")


def test_the_settings_know_exactly_the_networks_that_there_are():
    assert set(NETWORK_NAMES) == set(NETWORKS)
