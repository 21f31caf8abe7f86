"""What every network does to a window before its first convolution."""

from __future__ import annotations

import torch
from torch import Tensor


def standardise(waveform: Tensor, live: Tensor) -> Tensor:
    """Demeans each component over its own window and divides it by its own standard deviation.

    waveform: (B, 3, T) raw samples. live: (B, 3) bool. Returns (B, 3, T); dead components are exactly zero.
    Nothing from outside the window enters, so a window scores the same wherever it was cut from.
    """
    waveform = waveform - waveform.mean(dim=-1, keepdim=True)
    scale = waveform.square().mean(dim=-1, keepdim=True).sqrt()
    # A component that is flat over this window says nothing: 0/0 must not become noise of unit size.
    flat = scale <= 1e-12
    waveform = waveform / torch.where(flat, torch.ones_like(scale), scale)
    return waveform * (live.unsqueeze(-1) & ~flat).to(waveform.dtype)
