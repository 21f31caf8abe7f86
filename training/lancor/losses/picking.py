"""L_P: what the decoder says of each sample, against the label map."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def picking_loss(logits: Tensor, label_map: Tensor, phase_weight: Tensor) -> Tensor:
    """Binary cross-entropy over samples and phases.

    logits, label_map: (B, 2, T). phase_weight: (B, 2), 0 where a phase was never labelled on that trace: no label is no evidence.
    Returns a scalar, the weighted mean; 0 where nothing counts.
    """
    per_phase = functional.binary_cross_entropy_with_logits(logits, label_map, reduction="none").mean(dim=-1)
    return (per_phase * phase_weight).sum() / phase_weight.sum().clamp_min(1e-6)
