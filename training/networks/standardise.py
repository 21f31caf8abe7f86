"""What every network does to a window before its first convolution."""

from __future__ import annotations

import torch
from torch import Tensor

LONG_SAMPLES, SHORT_SAMPLES = 200, 10
LEAST_RATIO = -3.0  # an amplitude that falls to a twentieth is as much as one that falls to nothing, as in a gap
INPUTS = 9
LEAST_POWER = 1e-10  # of the window's own: digital silence before an onset must not become an onset of infinite size


def standardise(waveform: Tensor, live: Tensor) -> Tensor:
    """Three views of each component: over its standard deviation, over its running one, and the log of short over long running amplitude.

    waveform: (B, 3, T) raw samples. live: (B, 3) bool. Returns (B, 9, T); dead components are exactly zero.
    Beside an S a hundred times as large a P is next to nothing; over the running amplitude (automatic gain control) and in the ratio
    (Allen 1978, STA/LTA) it stands out alike. Running means look back only, so that nothing of an arrival shows ahead of it.
    Nothing from outside the window enters, so a window scores the same wherever it was cut from.
    """
    waveform = waveform - waveform.mean(dim=-1, keepdim=True)
    scale = waveform.square().mean(dim=-1, keepdim=True).sqrt()
    # A component that is flat over this window says nothing: 0/0 must not become noise of unit size.
    flat = scale <= 1e-12
    waveform = waveform / torch.where(flat, torch.ones_like(scale), scale)
    power = waveform.square() + LEAST_POWER
    long, short = trailing_mean(power, LONG_SAMPLES), trailing_mean(power, SHORT_SAMPLES)
    ratio = (0.5 * torch.log(short / long)).clamp_min(LEAST_RATIO)
    views = torch.cat([waveform, waveform / long.sqrt(), ratio], dim=1)
    return views * (live.unsqueeze(-1) & ~flat).repeat(1, 3, 1).to(waveform.dtype)


def trailing_mean(values: Tensor, n_samples: int) -> Tensor:
    """(…, T) mean of each sample and the n_samples − 1 before it. What lies before the window counts as the mean of its first n_samples."""
    before = values[..., :n_samples].mean(dim=-1, keepdim=True).expand(*values.shape[:-1], n_samples - 1)
    sums, width = torch.cat([before, values], dim=-1), 1  # of each sample and the width − 1 after it
    total, placed = torch.zeros_like(values), 0
    # By doubling: n_samples additions a sample would take half of the network's time, and a running sum would lose what is small.
    while placed < n_samples:
        if n_samples & width:
            total += sums[..., placed : placed + values.shape[-1]]
            placed += width
        sums, width = sums[..., :-width] + sums[..., width:], 2 * width
    return total / n_samples
