"""Layers that run as two-dimensional ones, beside the one-dimensional ones whose weights they carry."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from training.networks.convolution import Convolution, TransposedConvolution, folded, with_height
from training.networks.picker import NETWORKS, build_network
from training.networks.standardise import trailing_mean


@pytest.mark.parametrize(("stride", "groups"), [(1, 1), (4, 1), (2, 4)])
def test_a_convolution_is_that_of_one_dimension(stride, groups):
    flat = nn.Conv1d(8, 16, 7, stride=stride, padding=3, groups=groups)
    tall = Convolution(8, 16, 7, stride=stride, padding=3, groups=groups)
    tall.load_state_dict(flat.state_dict())
    features = torch.randn(3, 8, 64)
    torch.testing.assert_close(tall(with_height(features)).squeeze(2), flat(features), atol=1e-5, rtol=0)


def test_a_transposed_convolution_is_that_of_one_dimension():
    flat, tall = nn.ConvTranspose1d(8, 4, 4, stride=4), TransposedConvolution(8, 4, 4, stride=4)
    tall.load_state_dict(flat.state_dict())
    features = torch.randn(3, 8, 16)
    torch.testing.assert_close(tall(with_height(features)).squeeze(2), flat(features), atol=1e-5, rtol=0)


@pytest.mark.parametrize("n_samples", [1, 2, 10, 37])
def test_a_trailing_mean_is_the_mean_of_the_samples_before(n_samples):
    values = torch.rand(2, 50) * torch.logspace(-8, 0, 50)
    found = trailing_mean(values, n_samples)
    for sample in range(n_samples - 1, 50):
        torch.testing.assert_close(found[:, sample], values[:, sample - n_samples + 1 : sample + 1].mean(dim=1))
    torch.testing.assert_close(found[:, 0], (values[:, :n_samples].mean(dim=1) * (n_samples - 1) + values[:, 0]) / n_samples)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_folded_network_gives_the_same_and_leaves_the_other_as_it_was(name):
    network = build_network(name).train()
    waveform, live = torch.randn(4, 3, 512), torch.ones(4, 3, dtype=torch.bool)
    network.decode(network.encode(waveform, live))  # moves the running means
    network.eval()
    with torch.no_grad():
        before = network.decode(network.encode(waveform, live))
        other = folded(network)
        torch.testing.assert_close(other.decode(other.encode(waveform, live)), before, atol=1e-5, rtol=0)
        assert torch.equal(network.decode(network.encode(waveform, live)), before)
    norms = [sum("BatchNorm" in type(module).__name__ for module in one.modules()) for one in (network, other)]
    assert norms[1] < norms[0]
