"""What an encoder hands to its decoder, and to the alignment."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Encoded:
    """tokens: (B, D, L), Z_x of the method. skip: (B, C, T) features at the full rate, for the decoder only."""

    tokens: Tensor
    skip: Tensor
