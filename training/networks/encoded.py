"""What an encoder hands to its decoder, and to the alignment."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Encoded:
    """tokens: (B, D, L), Z_x of the method. skip: features at the full rate, for the decoder only, in its own shape."""

    tokens: Tensor
    skip: Tensor
