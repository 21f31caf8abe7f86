"""InfoNCE over time: of all the moments of a window, the label's is to fit its waveform best."""

from __future__ import annotations

import torch
from torch import Tensor

LEAST_TRUST = 0.03
FULL_TRUST = 0.8  # share of the softmax that a right label of a clear arrival gets
AT_LABEL = 0.1  # of the bump's height: to 2.1 standard deviations from the label


@torch.no_grad()
def label_trust(logits: Tensor, label_map: Tensor, has_label: Tensor) -> Tensor:
    """(B, 2) how far each label of a batch is to be believed, from LEAST_TRUST to 1: the share that it gets of a softmax over all times.

    A network that has seen most labels right is drawn to where the arrival is, and gives a wrong label little long before it could learn
    it by heart. logits, label_map: (B, 2, T). has_label: (B, 2); where there is none, as in a window of noise, nothing is doubted.
    """
    share = (torch.softmax(logits, dim=-1) * (label_map > AT_LABEL)).sum(dim=-1)
    return torch.where(has_label > 0, (share / FULL_TRUST).clamp(LEAST_TRUST, 1.0), torch.ones_like(share))


def time_contrast_loss(logits: Tensor, label_map: Tensor, weight: Tensor) -> Tensor:
    """−log softmax over the candidate times, at the label.

    logits, label_map: (B, 2, T). weight: (B, 2), 0 where the window holds no label of the phase: there is nothing to point at.
    The label's moment is as wide as its bump, since analysts' spread is no error. Returns a scalar, the weighted mean.
    """
    share = label_map / label_map.sum(dim=-1, keepdim=True).clamp_min(1e-6)
    per_phase = -(share * torch.log_softmax(logits, dim=-1)).sum(dim=-1)
    return (per_phase * weight).sum() / weight.sum().clamp_min(1e-6)
