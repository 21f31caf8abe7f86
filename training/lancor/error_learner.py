"""Φ: the label's features, corrected by what the waveform says."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.lancor.label_encoder import time_codes

KEY_SAMPLES = 32  # what one key stands for


class ErrorLearner(nn.Module):
    """Multi-head cross-attention: the waveform asks, the normalised and pooled label features answer.

    Both sides carry a code of time. Without it a token cannot tell a label near it from one that is seconds away, and the
    correction could not depend on how wrong a label is.
    """

    def __init__(self, channels: int, samples_per_token: int, n_heads: int = 2) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.pool = max(1, KEY_SAMPLES // samples_per_token)
        self.query = nn.Conv1d(channels, channels, 1)
        self.key = nn.Conv1d(channels, channels, 1)
        self.value = nn.Conv1d(channels, channels, 1)
        self.merge = nn.Conv1d(channels, channels, 1)

    def forward(self, waveform_tokens: Tensor, label_tokens: Tensor) -> Tensor:
        """Z_x, Z_y: (B, D, L) each. Returns Z'_y (B, D, L)."""
        batch, channels, length = waveform_tokens.shape
        # Stop-gradient: the waveform's features must not bend towards a wrong label through its correction.
        asking = waveform_tokens.detach() + time_codes(length, channels, waveform_tokens)
        pooled = functional.avg_pool1d(label_tokens, self.pool)
        answering = functional.layer_norm(pooled.transpose(1, 2), (channels,)).transpose(1, 2)
        codes = functional.avg_pool1d(time_codes(length, channels, pooled).unsqueeze(0), self.pool)
        query, key = self._heads(self.query(asking)), self._heads(self.key(answering + codes))
        share = torch.softmax(query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5, dim=-1)
        attended = share @ self._heads(self.value(answering + codes))
        corrected: Tensor = self.merge(attended.transpose(-1, -2).reshape(batch, channels, length))
        return corrected

    def _heads(self, features: Tensor) -> Tensor:
        """(B, D, L) → (B, heads, L, D / heads)."""
        batch, channels, length = features.shape
        return features.view(batch, self.n_heads, channels // self.n_heads, length).transpose(-1, -2)
