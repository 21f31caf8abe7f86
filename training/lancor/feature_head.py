"""From tokens to the distribution of one feature vector per window."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

POOLED_SAMPLES = 32
POOLED_CHANNELS = 8


@dataclass(frozen=True)
class FeatureDistribution:
    """Independent Gaussians. mean, log_variance: (B, feature_size)."""

    mean: Tensor
    log_variance: Tensor

    def draw(self, generator: torch.Generator) -> Tensor:
        """A reparameterised sample F (B, feature_size)."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + noise * (0.5 * self.log_variance).exp()


class FeatureHead(nn.Module):
    """Pools the tokens, flattens them, and maps them to μ and log σ².

    Pooling is a strided convolution and not a mean, so that where an arrival lies within a pooled token is kept; flattening
    the fine tokens themselves would take millions of weights.
    """

    def __init__(self, channels: int, samples_per_token: int, window_samples: int, feature_size: int) -> None:
        super().__init__()
        step = max(1, POOLED_SAMPLES // samples_per_token)
        self.pool = nn.Conv1d(channels, POOLED_CHANNELS, step, stride=step)
        n_pooled = window_samples // (samples_per_token * step)
        self.linear = nn.Linear(POOLED_CHANNELS * n_pooled, 2 * feature_size)

    def forward(self, tokens: Tensor) -> FeatureDistribution:
        mean, log_variance = self.linear(torch.relu(self.pool(tokens)).flatten(1)).chunk(2, dim=1)
        return FeatureDistribution(mean, log_variance.clamp(-6.0, 6.0))
