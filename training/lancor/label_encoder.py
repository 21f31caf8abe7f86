"""F_ψ: from a label map to features of the waveform encoder's shape, and back."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class LabelEncoder(nn.Module):
    """Label map (B, 2, T) → Z_y (B, D, T / samples_per_token).

    Convolutions only, and nothing that looks along the whole window: a label moved by a token moves its features by a token,
    so that the features of a label at every possible time need not be computed one time after the other.
    """

    def __init__(self, channels: int, samples_per_token: int, n_phases: int = 2) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(n_phases, channels, 3 * samples_per_token, stride=samples_per_token, padding=samples_per_token),
            nn.GELU(),
            nn.Conv1d(channels, channels, 7, padding=3),
            nn.GELU(),
            nn.Conv1d(channels, channels, 7, padding=3),
        )

    def forward(self, label_map: Tensor) -> Tensor:
        # Over channels alone: a norm along time would tell one token of the others.
        features = self.layers(label_map)
        return functional.layer_norm(features.transpose(1, 2), (features.shape[1],)).transpose(1, 2)


class LabelDecoder(nn.Module):
    """Corrected label features Z'_y (B, D, L) → logits of the label map (B, 2, T)."""

    def __init__(self, channels: int, samples_per_token: int, n_phases: int = 2) -> None:
        super().__init__()
        self.gather = nn.Conv1d(channels, channels, 3, padding=1)
        self.spread = nn.ConvTranspose1d(channels, n_phases, samples_per_token, stride=samples_per_token)
        nn.init.constant_(self.spread.bias, -4.0)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.spread(functional.gelu(self.gather(features)))
        return logits


def time_codes(n_tokens: int, channels: int, like: Tensor) -> Tensor:
    """(channels, n_tokens) sines and cosines of time, the usual fixed code of a token's place."""
    place = torch.arange(n_tokens, device=like.device, dtype=like.dtype)
    rate = torch.exp(torch.arange(0, channels, 2, device=like.device, dtype=like.dtype) * (-math.log(10000.0) / channels))
    angle = place[None, :] * rate[:, None]
    return torch.cat([angle.sin(), angle.cos()])[:channels]
