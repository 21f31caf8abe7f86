"""The time-shift contrast: how well a label at each time would fit the waveform there."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.lancor.label_encoder import LabelEncoder
from training.lancor.label_maps import bump
from training.networks.convolution import Convolution, with_height

TEMPLATE_S = 0.64  # at 100 Hz, see `flagging.lengths`
N_PHASES = 2


class ContrastHead(nn.Module):
    """e(t) = cos(h_x(x) around t, h_y(G_t) around t) for P and S and every sample t of a window.

    The label encoder is a convolution, so the features of a label at t are those of a label elsewhere, moved; one template per
    phase and place within a token serves all times, and the similarity with all of them is one correlation.

    As logits the cosines are divided by a learnt temperature τ. With features of unit length this is a KL divergence too: of
    two Gaussians of variance τ around them it is (1 − cos) / τ, so InfoNCE over time is a softmax of −KL over the candidate labels.
    """

    def __init__(self, channels: int, samples_per_token: int, sigma_samples: float, size: int = 16) -> None:
        super().__init__()
        self.samples_per_token = samples_per_token
        self.sigma_samples = sigma_samples
        # Odd, so that the label's own token is the middle one.
        self.n_tokens = 2 * round(TEMPLATE_S * RATE_OF_LENGTHS_HZ / samples_per_token / 2) + 1
        self.project_waveform = Convolution(channels, size, 1)
        self.project_label = nn.Conv1d(channels, size, 1)
        self.log_temperature = nn.Parameter(torch.tensor(-2.0))

    def templates(self, label_encoder: LabelEncoder) -> Tensor:
        """(2 · samples_per_token, size, n_tokens) unit-norm features of a lone label of each phase at each place within a token."""
        step = self.samples_per_token
        # Wider than the template by more than the encoder sees, or the ends of this small map would show in it.
        margin = 16
        length = (self.n_tokens + 2 * margin) * step
        middle = (self.n_tokens // 2 + margin) * step
        like = self.project_label.weight
        place = torch.arange(step, dtype=torch.float32)[:, None] + middle
        bumps = torch.from_numpy(bump((torch.arange(length)[None, :] - place).numpy(), self.sigma_samples)).to(like)
        maps = torch.zeros(N_PHASES, step, N_PHASES, length, device=like.device, dtype=like.dtype)
        for phase in range(N_PHASES):
            maps[phase, :, phase] = bumps
        features: Tensor = self.project_label(label_encoder(maps.flatten(0, 1)))[:, :, margin : margin + self.n_tokens]
        return features / features.square().sum(dim=(1, 2), keepdim=True).sqrt().clamp_min(1e-6)

    def forward(self, waveform_tokens: Tensor, label_encoder: LabelEncoder) -> Tensor:
        """waveform_tokens: (B, D, L). Returns cosines (B, 2, T)."""
        projected = self.project_waveform(with_height(waveform_tokens))
        around = self.n_tokens // 2
        matched = functional.conv2d(projected, self.templates(label_encoder).unsqueeze(2), padding=(0, around)).squeeze(
            2
        )  # (B, 2 · step, L)
        energy = functional.conv1d(projected.square().sum(dim=1), projected.new_ones(1, 1, self.n_tokens), padding=around)
        cosine = matched / energy.clamp_min(1e-6).sqrt()
        batch, _, length = cosine.shape
        return cosine.view(batch, N_PHASES, self.samples_per_token, length).transpose(-1, -2).reshape(batch, N_PHASES, -1)

    def temperature(self) -> Tensor:
        """τ, a scalar."""
        return self.log_temperature.clamp(-4.0, 1.0).exp()
