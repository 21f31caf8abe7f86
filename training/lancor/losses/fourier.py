"""L_RFF: L_S in the kernel space of random Fourier features (Rahimi & Recht 2007)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from training.lancor.losses.similarity import similarity_loss

POOLED_TOKENS = 32
DIRECTIONS_SEED = 0  # the same directions in every run, so that a resumed run goes on with its own


def random_directions(n_inputs: int, n_features: int) -> tuple[Tensor, Tensor]:
    """Weights (n_inputs, n_features) and phases (n_features,) of a Gaussian kernel as wide as the inputs are many."""
    generator = torch.Generator().manual_seed(DIRECTIONS_SEED)
    weights = torch.randn(n_inputs, n_features, generator=generator) / math.sqrt(n_inputs)
    return weights, torch.rand(n_features, generator=generator) * (2 * math.pi)


def fourier_features(tokens: Tensor, weights: Tensor, phases: Tensor) -> Tensor:
    """(B, n_features) from tokens (B, D, L), pooled to 32 in time and scaled to unit variance per window."""
    pooled = functional.adaptive_avg_pool1d(tokens, POOLED_TOKENS).flatten(1)
    scaled = functional.layer_norm(pooled, (pooled.shape[1],))
    return math.sqrt(2.0 / weights.shape[1]) * torch.cos(scaled @ weights + phases)


def fourier_loss(waveform_tokens: Tensor, label_tokens: Tensor, weights: Tensor, phases: Tensor) -> Tensor:
    """Mean squared difference of the matrices of cosine similarity of both sides' Fourier features."""
    return similarity_loss(fourier_features(waveform_tokens, weights, phases), fourier_features(label_tokens, weights, phases))
