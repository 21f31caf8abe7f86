"""InfoNCE over time: of all the moments of a window, the label's is to fit its waveform best."""

from __future__ import annotations

import torch
from torch import Tensor


def time_contrast_loss(logits: Tensor, label_map: Tensor, weight: Tensor) -> Tensor:
    """−log softmax over the candidate times, at the label.

    logits, label_map: (B, 2, T). weight: (B, 2), 0 where the window holds no label of the phase: there is nothing to point at.
    The label's moment is as wide as its bump, since analysts' spread is no error. Returns a scalar, the weighted mean.
    """
    share = label_map / label_map.sum(dim=-1, keepdim=True).clamp_min(1e-6)
    per_phase = -(share * torch.log_softmax(logits, dim=-1)).sum(dim=-1)
    return (per_phase * weight).sum() / weight.sum().clamp_min(1e-6)
