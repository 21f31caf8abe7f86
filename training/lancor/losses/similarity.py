"""L_S: windows that are alike as waveforms are to be alike as labels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def similarity_matrix(features: Tensor) -> Tensor:
    """(B, B) cosine similarities of the rows of (B, F)."""
    unit = functional.normalize(features, dim=1)
    return unit @ unit.T


def similarity_loss(waveform: Tensor, label: Tensor) -> Tensor:
    """Mean squared difference of the two matrices of cosine similarity. waveform, label: (B, F)."""
    return (similarity_matrix(waveform) - similarity_matrix(label)).square().mean()
