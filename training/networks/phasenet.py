"""A U-Net of the PhaseNet type (Zhu & Beroza 2019, doi:10.1093/gji/ggy423), with an inner level fine enough to compare times on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.convolution import Convolution, TransposedConvolution, with_height
from training.networks.encoded import Encoded
from training.networks.standardise import INPUTS, standardise

KERNEL = 7
STRIDE = 4


def convolution(channels_in: int, channels_out: int, kernel: int = KERNEL, stride: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU. Keeps the length, or divides it by the stride."""
    return nn.Sequential(
        Convolution(channels_in, channels_out, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


class PhaseNet(nn.Module):
    """Down by 4, 4 and 4, and up again.

    PhaseNet's own bottleneck has 256 samples a token, far too coarse to tell two times 0.2 s apart. The tokens that are aligned
    with the label are therefore those of the last level but one of the way up: 4 samples each, and informed by the bottleneck's 64.
    """

    token_channels = 24
    samples_per_token = STRIDE

    def __init__(self, n_phases: int = 2) -> None:
        super().__init__()
        self.stem = Convolution(INPUTS, 12, KERNEL, padding=KERNEL // 2, bias=False)
        self.which_live = nn.Linear(3, 12, bias=False)
        self.stem_norm = nn.BatchNorm2d(12)
        self.down_4 = nn.Sequential(convolution(12, 24, stride=STRIDE), convolution(24, 24))
        self.down_16 = nn.Sequential(convolution(24, 48, stride=STRIDE), convolution(48, 48))
        self.down_64 = nn.Sequential(convolution(48, 80, stride=STRIDE), convolution(80, 80))
        self.up_16 = TransposedConvolution(80, 48, STRIDE, stride=STRIDE)
        self.merge_16 = convolution(96, 48)
        self.up_4 = TransposedConvolution(48, 24, STRIDE, stride=STRIDE)
        self.merge_4 = convolution(48, self.token_channels)
        self.up_1 = TransposedConvolution(self.token_channels, 12, STRIDE, stride=STRIDE)
        self.merge_1 = convolution(12, 12)
        self.pick = Convolution(12, n_phases, 1)
        # Arrivals are rare: starting from "nowhere" saves the first epochs.
        nn.init.constant_(self.pick.bias, -4.0)  # type: ignore[arg-type]

    def encode(self, waveform: Tensor, live: Tensor) -> Encoded:
        """waveform: (B, 3, T) raw samples, T a multiple of 64. live: (B, 3) bool. tokens: (B, 24, T / 4)."""
        stem = self.stem(with_height(standardise(waveform, live))) + self.which_live(live.to(waveform.dtype))[:, :, None, None]
        skip = torch.relu(self.stem_norm(stem))  # (B, 12, 1, T)
        level_4 = self.down_4(skip)  # (B, 24, 1, T/4)
        level_16 = self.down_16(level_4)  # (B, 48, 1, T/16)
        level_64 = self.down_64(level_16)  # (B, 80, 1, T/64)
        level_16 = self.merge_16(torch.cat([level_16, self.up_16(level_64)], dim=1))
        tokens = self.merge_4(torch.cat([level_4, self.up_4(level_16)], dim=1))
        return Encoded(tokens.squeeze(2), skip)

    def decode(self, encoded: Encoded) -> Tensor:
        """(B, 2, T) logits of P and S."""
        # Added, not stacked: the last convolution runs at the full rate and would cost as much as all the others.
        picks: Tensor = self.pick(self.merge_1(encoded.skip + self.up_1(encoded.tokens.unsqueeze(2))))
        return picks.squeeze(2)
