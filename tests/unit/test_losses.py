"""Each loss against a slow, obvious version of itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from training.lancor.alignment import seeded_network
from training.lancor.config import TrainingConfig
from training.lancor.contrast_head import ContrastHead
from training.lancor.error_learner import ErrorLearner
from training.lancor.feature_head import FeatureDistribution
from training.lancor.label_encoder import LabelEncoder
from training.lancor.label_maps import draw_label_maps
from training.lancor.losses.alignment import alignment_loss, feature_divergence
from training.lancor.losses.fourier import fourier_features, fourier_loss, random_directions
from training.lancor.losses.picking import picking_loss
from training.lancor.losses.reconstruction import reconstruction_loss
from training.lancor.losses.similarity import similarity_loss
from training.lancor.losses.time_contrast import LEAST_TRUST, label_trust, time_contrast_loss
from training.lancor.objective import LossTerms, Objective, TensorBatch
from training.networks.convolution import with_height

torch.set_num_threads(1)  # the arrays are small, and tests run side by side


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def random_distribution(n_rows: int = 4, size: int = 6) -> FeatureDistribution:
    return FeatureDistribution(torch.randn(n_rows, size), torch.randn(n_rows, size))


def cosine(a: Tensor, b: Tensor) -> float:
    return float((a * b).sum() / (a.norm() * b.norm()))


def test_alignment_is_torchs_own_divergence_of_two_gaussians() -> None:
    waveform, label = random_distribution(), random_distribution()
    slow = torch.distributions.kl_divergence(
        torch.distributions.Normal(waveform.mean, (0.5 * waveform.log_variance).exp()),
        torch.distributions.Normal(label.mean, (0.5 * label.log_variance).exp()),
    )
    torch.testing.assert_close(alignment_loss(waveform, label), slow.mean())
    torch.testing.assert_close(feature_divergence(waveform, label), slow.mean(dim=1))


def test_equal_features_are_aligned() -> None:
    features = random_distribution()
    assert float(alignment_loss(features, features)) == pytest.approx(0.0, abs=1e-6)


def test_similarity_compares_every_pair_of_windows() -> None:
    waveform, label = torch.randn(4, 6), torch.randn(4, 6)
    slow = np.mean([(cosine(waveform[i], waveform[j]) - cosine(label[i], label[j])) ** 2 for i in range(4) for j in range(4)])
    assert float(similarity_loss(waveform, label)) == pytest.approx(slow, rel=1e-5)


def test_fourier_features_are_cosines_of_random_projections() -> None:
    tokens = torch.randn(2, 3, 64)
    weights, phases = random_directions(3 * 32, 5)
    features = fourier_features(tokens, weights, phases)
    for row in range(2):
        pooled = tokens[row].view(3, 32, 2).mean(dim=2).flatten()
        scaled = (pooled - pooled.mean()) / math.sqrt(float(pooled.var(correction=0)) + 1e-5)
        for number in range(5):
            wanted = math.sqrt(2 / 5) * math.cos(float((scaled * weights[:, number]).sum()) + float(phases[number]))
            assert float(features[row, number]) == pytest.approx(wanted, abs=1e-5)


def test_inner_products_of_fourier_features_approach_a_gaussian_kernel() -> None:
    tokens = torch.randn(2, 2, 32)
    tokens[1] = tokens[0] + 0.5 * tokens[1]
    weights, phases = random_directions(64, 20_000)
    features = fourier_features(tokens, weights, phases)
    flat = torch.nn.functional.layer_norm(tokens.flatten(1), (64,))
    kernel = math.exp(-0.5 * float((flat[0] - flat[1]).square().sum()) / 64)
    assert float(features[0] @ features[1]) == pytest.approx(kernel, abs=0.02)


def test_fourier_loss_is_the_similarity_loss_of_the_fourier_features() -> None:
    waveform, label = torch.randn(4, 3, 64), torch.randn(4, 3, 64)
    directions = random_directions(96, 7)
    slow = similarity_loss(fourier_features(waveform, *directions), fourier_features(label, *directions))
    torch.testing.assert_close(fourier_loss(waveform, label, *directions), slow)


def test_picking_is_a_binary_cross_entropy_over_the_labelled_phases() -> None:
    logits, label_map = torch.randn(2, 2, 8), torch.rand(2, 2, 8)
    weight = torch.tensor([[1.0, 0.0], [0.5, 1.0]])
    total = 0.0
    for row in range(2):
        for phase in range(2):
            entropy = 0.0
            for sample in range(8):
                chance = 1 / (1 + math.exp(-float(logits[row, phase, sample])))
                label = float(label_map[row, phase, sample])
                entropy -= label * math.log(chance) + (1 - label) * math.log(1 - chance)
            total += float(weight[row, phase]) * entropy / 8
    assert float(picking_loss(logits, label_map, weight)) == pytest.approx(total / 2.5, rel=1e-5)


def test_a_phase_that_nobody_labelled_teaches_nothing() -> None:
    logits = torch.randn(1, 2, 8, requires_grad=True)
    picking_loss(logits, torch.zeros(1, 2, 8), torch.tensor([[1.0, 0.0]])).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad[0, 1].abs().max() == 0
    assert logits.grad[0, 0].abs().max() > 0


def test_reconstruction_is_a_binary_cross_entropy() -> None:
    logits, label_map = torch.randn(2, 2, 8), torch.rand(2, 2, 8)
    torch.testing.assert_close(reconstruction_loss(logits, label_map), picking_loss(logits, label_map, torch.ones(2, 2)))


def test_time_contrast_is_minus_log_softmax_at_the_label() -> None:
    logits = torch.randn(2, 2, 16)
    label_map = torch.zeros(2, 2, 16)
    label_map[0, 0, 5] = label_map[1, 1, 9] = 1.0
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    slow = [
        -float(logits[row, phase, at]) + math.log(sum(math.exp(float(value)) for value in logits[row, phase]))
        for row, phase, at in ((0, 0, 5), (1, 1, 9))
    ]
    assert float(time_contrast_loss(logits, label_map, weight)) == pytest.approx(np.mean(slow), rel=1e-5)


@pytest.mark.parametrize("samples_per_token", [4, 8])
def test_the_contrast_at_all_times_is_the_one_computed_label_by_label(samples_per_token: int) -> None:
    encoder = LabelEncoder(8, samples_per_token)
    head = ContrastHead(8, samples_per_token, sigma_samples=7.0)
    n_samples = 512
    tokens = torch.randn(1, 8, n_samples // samples_per_token)
    with torch.no_grad():
        fast = head(tokens, encoder)
        projected = head.project_waveform(with_height(tokens))[0, :, 0]
        for phase, at in ((0, 250), (0, 251), (1, 203), (1, 310)):
            label_map = torch.from_numpy(
                draw_label_maps(np.array([[float(at)]]), np.array([[phase]]), np.zeros(1, dtype=np.int64), n_samples, 7.0)
            )
            label = head.project_label(encoder(label_map))[0]
            middle, reach = at // samples_per_token, head.n_tokens // 2
            around = slice(middle - reach, middle + reach + 1)
            assert float(fast[0, phase, at]) == pytest.approx(cosine(projected[:, around], label[:, around]), abs=1e-4)


def test_the_waveform_does_not_bend_towards_a_label_through_its_correction() -> None:
    waveform_tokens = torch.randn(2, 8, 32, requires_grad=True)
    label_tokens = torch.randn(2, 8, 32, requires_grad=True)
    ErrorLearner(8, samples_per_token=4)(waveform_tokens, label_tokens).square().sum().backward()
    assert waveform_tokens.grad is None
    assert label_tokens.grad is not None


def random_batch() -> TensorBatch:
    label_map = draw_label_maps(np.array([[300.0, 420.0]] * 4), np.array([[0, 1]] * 4), np.zeros(4, dtype=np.int64), 1024, 7.0)
    return TensorBatch(
        waveform=torch.randn(4, 3, 1024),
        live=torch.ones(4, 3, dtype=torch.bool),
        label_map=torch.from_numpy(label_map),
        phase_weight=torch.ones(4, 2),
        has_label=torch.ones(4, 2, dtype=torch.bool),
    )


@pytest.mark.parametrize(
    ("objective", "terms"),
    [
        ("plain", {"picking"}),
        ("lancor_published", {"picking", "alignment", "similarity", "fourier", "reconstruction"}),
    ],
)
def test_an_objective_computes_the_terms_that_it_weighs(objective: str, terms: set[str]) -> None:
    config = TrainingConfig(objective=objective)
    network = seeded_network(config, 0)
    losses = Objective(config, network, torch.device("cpu"))(network, random_batch(), torch.Generator().manual_seed(0))
    assert set(losses.present()) == terms
    total = sum(getattr(config.weights, name) * float(value.detach()) for name, value in losses.present().items())
    assert float(losses.total(config.weights).detach()) == pytest.approx(total, rel=1e-5)


def test_the_default_objective_contrasts_times() -> None:
    config = TrainingConfig()
    network = seeded_network(config, 0)
    losses = Objective(config, network, torch.device("cpu"))(network, random_batch(), torch.Generator().manual_seed(0))
    assert losses.contrast is not None
    losses.total(config.weights).backward()  # type: ignore[no-untyped-call]
    assert all(torch.isfinite(value.grad).all() for value in network.parameters() if value.grad is not None)


def test_terms_left_out_count_nothing() -> None:
    assert float(LossTerms(picking=torch.tensor(2.0)).total(TrainingConfig(objective="plain").weights)) == 2.0


def test_a_label_away_from_where_the_alignment_points_is_hardly_believed() -> None:
    times = torch.arange(400, dtype=torch.float32)
    logits = -((times - 100) / 5).square().expand(3, 2, 400)
    label_map = torch.stack([torch.exp(-0.5 * ((times - at) / 7).square()) for at in (100.0, 250.0, 100.0)])[:, None].repeat(1, 2, 1)
    has_label = torch.tensor([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    trust = label_trust(logits, label_map, has_label)
    assert torch.allclose(trust[0], torch.ones(2)) and torch.allclose(trust[1], torch.full((2,), LEAST_TRUST))
    assert torch.equal(trust[2], torch.ones(2))  # nothing is labelled there, so nothing is doubted
