"""Multi-scale convolution and attention, after SeisT (Li et al. 2024, IEEE TGRS), at a size that trains on one core."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.networks.convolution import Convolution, TransposedConvolution, with_height
from training.networks.encoded import Encoded
from training.networks.standardise import INPUTS, standardise

KERNELS = (3, 7, 11, 15)


class MultiScaleConvolution(nn.Module):
    """Depthwise convolutions of several widths, a group of channels each, then mixed; with a residual where shapes allow."""

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        super().__init__()
        self.widen = nn.Sequential(Convolution(channels_in, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out), nn.GELU())
        group = channels_out // len(KERNELS)
        self.scales = nn.ModuleList(
            Convolution(group, group, kernel, stride=stride, padding=kernel // 2, groups=max(1, group // 4), bias=False)
            for kernel in KERNELS
        )
        self.mix = nn.Sequential(nn.BatchNorm2d(channels_out), nn.GELU(), Convolution(channels_out, channels_out, 1))
        self.same_shape = channels_in == channels_out and stride == 1

    def forward(self, features: Tensor) -> Tensor:
        parts = self.widen(features).chunk(len(KERNELS), dim=1)
        mixed: Tensor = self.mix(torch.cat([scale(part) for scale, part in zip(self.scales, parts, strict=True)], dim=1))
        return features + mixed if self.same_shape else mixed


class PooledAttention(nn.Module):
    """Self-attention whose keys and values are pooled, then a feed-forward layer; both with residuals."""

    def __init__(self, channels: int, n_heads: int = 4, pool: int = 4) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.pool = pool
        self.norm = nn.BatchNorm1d(channels)
        self.query = nn.Conv1d(channels, channels, 1)
        self.key_value = nn.Conv1d(channels, 2 * channels, 1)
        self.merge = nn.Conv1d(channels, channels, 1)
        # A depthwise convolution tells neighbouring tokens apart; attention alone has no notion of order.
        self.order = nn.Conv1d(channels, channels, 5, padding=2, groups=channels)
        self.feed_forward = nn.Sequential(
            nn.BatchNorm1d(channels), nn.Conv1d(channels, 2 * channels, 1), nn.GELU(), nn.Conv1d(2 * channels, channels, 1)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        batch, channels, length = tokens.shape
        normed = self.norm(tokens)
        normed = normed + self.order(normed)
        query = self._heads(self.query(normed))
        key, value = self.key_value(functional.avg_pool1d(normed, self.pool)).chunk(2, dim=1)
        attended = functional.scaled_dot_product_attention(query, self._heads(key), self._heads(value))
        tokens = tokens + self.merge(attended.transpose(-1, -2).reshape(batch, channels, length))
        return tokens + self.feed_forward(tokens)  # type: ignore[no-any-return]

    def _heads(self, features: Tensor) -> Tensor:
        """(B, D, L) → (B, heads, L, D / heads)."""
        batch, channels, length = features.shape
        return (
            features.view(batch, self.n_heads, channels // self.n_heads, length).transpose(-1, -2).contiguous()
        )  # attention is four times as fast


class SeisT(nn.Module):
    """A strided multi-scale stem down to 8 samples a token, attention over the tokens, and a decoder with skips."""

    token_channels = 32
    samples_per_token = 8

    def __init__(self, n_phases: int = 2) -> None:
        super().__init__()
        self.stem = Convolution(INPUTS, 8, 11, padding=5, bias=False)
        self.which_live = nn.Linear(3, 8, bias=False)
        self.stem_norm = nn.BatchNorm2d(8)
        self.down_4 = nn.Sequential(Convolution(8, 16, 7, stride=4, padding=3, bias=False), nn.BatchNorm2d(16), nn.GELU())
        self.scales_4 = MultiScaleConvolution(16, 16)
        self.down_8 = MultiScaleConvolution(16, self.token_channels, stride=2)
        self.scales_8 = MultiScaleConvolution(self.token_channels, self.token_channels)
        self.attention = nn.Sequential(*(PooledAttention(self.token_channels) for _ in range(3)))
        # The finer level joins before the tokens are handed out, so that 8 samples a token keep their inner order.
        self.join = nn.Sequential(
            nn.Conv1d(2 * self.token_channels, self.token_channels, 3, padding=1, bias=False),
            nn.BatchNorm1d(self.token_channels),
            nn.GELU(),
        )
        self.fold = Convolution(16, self.token_channels, 2, stride=2)
        self.up_1 = TransposedConvolution(self.token_channels, 8, 8, stride=8)
        self.merge_1 = nn.Sequential(Convolution(8, 8, 7, padding=3, bias=False), nn.BatchNorm2d(8), nn.GELU())
        self.pick = Convolution(8, n_phases, 1)
        nn.init.constant_(self.pick.bias, -4.0)  # type: ignore[arg-type]

    def encode(self, waveform: Tensor, live: Tensor) -> Encoded:
        """waveform: (B, 3, T) raw samples, T a multiple of 16. live: (B, 3) bool. tokens: (B, 32, T / 8)."""
        stem = self.stem(with_height(standardise(waveform, live))) + self.which_live(live.to(waveform.dtype))[:, :, None, None]
        skip = functional.gelu(self.stem_norm(stem))  # (B, 8, T)
        level_4 = self.scales_4(self.down_4(skip))  # (B, 16, T/4)
        level_8 = self.attention(self.scales_8(self.down_8(level_4)).squeeze(2))  # (B, 32, T/8)
        tokens = self.join(torch.cat([level_8, self.fold(level_4).squeeze(2)], dim=1))
        return Encoded(tokens, skip)

    def decode(self, encoded: Encoded) -> Tensor:
        """(B, 2, T) logits of P and S."""
        picks: Tensor = self.pick(self.merge_1(encoded.skip + self.up_1(encoded.tokens.unsqueeze(2))))
        return picks.squeeze(2)
