"""Two events on one window: another trace's is added with its labels, so that arrivals which follow each other closely are learnt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from training.lancor.dataset import BoolArray, DoubleArray, FloatArray, IntArray

LEVELS = (0.5, 2.0)  # of the second event's amplitude over the first's; weaker ones would be labelled where nobody sees them


@dataclass(frozen=True)
class LabelledWindows:
    """B windows with their labels. waveform: (B, 3, T) raw. live: (B, 3). sample, phase: (B, K) as in `LabelTable`, but from the first
    sample of each window. phase_weight: (B, 2). component: (B,) of the data set."""

    waveform: FloatArray
    live: BoolArray
    sample: DoubleArray
    phase: IntArray
    phase_weight: FloatArray
    component: IntArray


def superposed(first: LabelledWindows, second: LabelledWindows, share: float, rng: np.random.Generator) -> LabelledWindows:
    """The first windows, to a share of which the second of the same row was added, on the components that are live in both.

    Labels of both are kept. A phase that either event leaves unlabelled weighs nothing: else the network would learn to see no arrival
    where there is one, and how high it rises beside a label is what speaks of a missed arrival. Two windows of one component, which may
    be one event, are left alone.
    """
    both = first.live & second.live
    level = np.exp(rng.uniform(math.log(LEVELS[0]), math.log(LEVELS[1]), size=len(both)))
    added = (rng.random(len(both)) < share) & both.any(axis=1) & (first.component != second.component)
    factor = level * _amplitude(first.waveform, both) / np.maximum(_amplitude(second.waveform, both), 1e-30)
    factor = np.where(added, factor, 0.0)[:, None, None]
    live = np.where(added[:, None], both, first.live)
    centred = second.waveform - second.waveform.mean(axis=-1, keepdims=True)
    return LabelledWindows(
        waveform=((first.waveform + factor * centred) * live[:, :, None]).astype(np.float32),
        live=live,
        sample=np.concatenate([first.sample, np.where(added[:, None], second.sample, np.nan)], axis=1),
        phase=np.concatenate([first.phase, second.phase], axis=1),
        phase_weight=np.where(added[:, None], np.minimum(first.phase_weight, second.phase_weight), first.phase_weight),
        component=first.component,
    )


def _amplitude(waveform: FloatArray, live: BoolArray) -> DoubleArray:
    """(B,) over the live components, of the differences from sample to sample: microseism, which networks do not see, hardly counts."""
    power = np.square(np.diff(waveform, axis=-1), dtype=np.float64).mean(axis=-1)
    return np.asarray(np.sqrt((power * live).sum(axis=1) / np.maximum(live.sum(axis=1), 1)))
