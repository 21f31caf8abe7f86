"""L_R: the corrected label features must still tell where the label was."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def reconstruction_loss(rebuilt: Tensor, label_map: Tensor) -> Tensor:
    """Mean binary cross-entropy of the label decoder's logits (B, 2, T) against the label map itself."""
    return functional.binary_cross_entropy_with_logits(rebuilt, label_map)
