"""The picker together with the label side of LaNCoR: one module, one checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.lancor.config import TrainingConfig
from training.lancor.contrast_head import ContrastHead
from training.lancor.error_learner import ErrorLearner
from training.lancor.feature_head import FeatureDistribution, FeatureHead
from training.lancor.label_encoder import LabelDecoder, LabelEncoder
from training.networks.picker import build_network


@dataclass(frozen=True)
class LabelSide:
    """What the label side makes of a window and its label map.

    waveform_tokens Z_x, corrected_tokens Z'_y: (B, D, L). rebuilt: (B, 2, T) logits of the label map.
    """

    waveform_tokens: Tensor
    corrected_tokens: Tensor
    waveform_feature: FeatureDistribution
    label_feature: FeatureDistribution
    rebuilt: Tensor


@dataclass(frozen=True)
class TimeContrast:
    """cosine: (B, 2, T) of waveform and label features, for a label of either phase at each sample. temperature: a scalar."""

    cosine: Tensor
    temperature: Tensor

    @property
    def logits(self) -> Tensor:
        return self.cosine / self.temperature


class AlignmentNetwork(nn.Module):
    """F_θ and its decoder, and as much of the label side as the objective weighs.

    F_ψ unless training is plain; Φ, the heads and the label decoder where a published term counts (`compares_windows`);
    the time-shift contrast where it counts (`contrast`, else None).
    """

    def __init__(self, config: TrainingConfig) -> None:
        super().__init__()
        self.picker = build_network(config.network)
        channels, step = self.picker.token_channels, self.picker.samples_per_token
        self.compares_windows = config.weights.compares_windows
        self.contrast: ContrastHead | None = None
        if config.aligns:
            self.label_encoder = LabelEncoder(channels, step)
        if config.weights.contrast > 0:
            self.contrast = ContrastHead(channels, step, config.label_sigma_s * config.sampling_rate_hz)
        if not self.compares_windows:
            return
        self.error_learner = ErrorLearner(channels, step)
        self.label_decoder = LabelDecoder(channels, step)
        self.waveform_head = FeatureHead(channels, step, config.window_samples, config.feature_size)
        self.label_head = FeatureHead(channels, step, config.window_samples, config.feature_size)

    def compare(self, waveform_tokens: Tensor, label_map: Tensor) -> LabelSide:
        """Encodes and corrects the label map (B, 2, T), and puts it beside the waveform's tokens (B, D, L)."""
        corrected = self.error_learner(waveform_tokens, self.label_encoder(label_map))
        return LabelSide(
            waveform_tokens=waveform_tokens,
            corrected_tokens=corrected,
            waveform_feature=self.waveform_head(waveform_tokens),
            label_feature=self.label_head(corrected),
            rebuilt=self.label_decoder(corrected),
        )

    def contrast_over_time(self, waveform_tokens: Tensor) -> TimeContrast | None:
        """How well a label would fit at each time; None for a network that was trained without the contrast."""
        if self.contrast is None:
            return None
        return TimeContrast(self.contrast(waveform_tokens, self.label_encoder), self.contrast.temperature())

    def forward(self, waveform: Tensor, live: Tensor) -> tuple[Tensor, Tensor]:
        """waveform: (B, 3, T) raw, live: (B, 3). Returns the decoder's logits (B, 2, T) and the tokens Z_x (B, D, L)."""
        encoded = self.picker.encode(waveform, live)
        return self.picker.decode(encoded), encoded.tokens


def seeded_network(config: TrainingConfig, seed: int) -> AlignmentNetwork:
    """A network with random weights that depend on the seed alone, whatever was drawn before it in this process."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return AlignmentNetwork(config)
