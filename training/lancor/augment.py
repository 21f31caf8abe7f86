"""What is done to a training window so that a small set teaches more: dropped components, other traces' noise, polarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.lancor.config import TrainingConfig
from training.lancor.dataset import BoolArray, FloatArray, IntArray, LabelledSet
from training.lancor.label_maps import LabelTable

# At 100 Hz, see `flagging.lengths`.
QUIET_BEFORE_S = 2.5  # labels may be this wrong, and noise must hold no arrival
SHORTEST_NOISE_S = 1.5


def cut_windows(segments: FloatArray, chosen: IntArray, start: IntArray, n_samples: int) -> FloatArray:
    """(B, 3, n_samples) copies of one window from each chosen segment. chosen, start: (B,)."""
    return np.asarray(sliding_window_view(segments, n_samples, axis=2)[chosen, :, start])


@dataclass(frozen=True)
class Augmentation:
    """donors: (Q,) segments with a stretch before their first label. begin, quiet: (Q,) where it begins and its length, in samples."""

    segments: FloatArray
    live: BoolArray
    donors: IntArray
    begin: IntArray
    quiet: IntArray
    drop_component_share: float
    add_noise_share: float

    @classmethod
    def of(cls, dataset: LabelledSet, segments: IntArray, table: LabelTable, config: TrainingConfig) -> Augmentation:
        """Noise comes from the training segments alone: a held-out trace must not be seen, not even its noise."""
        first = np.nanmin(table.sample[segments], axis=1)
        begin = dataset.real_samples[segments, 0]
        quiet = np.floor(first - QUIET_BEFORE_S * RATE_OF_LENGTHS_HZ).astype(np.int64) - begin
        usable = quiet >= SHORTEST_NOISE_S * RATE_OF_LENGTHS_HZ
        return cls(
            dataset.segments,
            dataset.live,
            segments[usable],
            begin[usable],
            quiet[usable],
            config.drop_component_share,
            config.add_noise_share,
        )

    def apply(self, waveform: FloatArray, live: BoolArray, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
        """(B, 3, T) and (B, 3), changed; each row independently. Labels stay where they are."""
        waveform = waveform - waveform.mean(axis=-1, keepdims=True)
        waveform = self._add_noise(waveform, live, rng)
        polarity = rng.choice([-1.0, 1.0], size=(len(waveform), 1))  # a gain would be divided out by the networks
        live = self._drop_components(live, rng)
        return (waveform * (polarity * live)[:, :, None]).astype(np.float32), live

    def _add_noise(self, waveform: FloatArray, live: BoolArray, rng: np.random.Generator) -> FloatArray:
        if not len(self.donors):
            return waveform
        n_rows, _, n_samples = waveform.shape
        which = np.asarray(rng.integers(0, len(self.donors), size=n_rows))
        # A stretch that is too short is repeated, forwards and backwards, so that its ends make no step.
        period = 2 * self.quiet[which][:, None] - 2
        first = np.asarray(rng.integers(0, 1 << 30, size=n_rows))
        column = (first[:, None] + np.arange(n_samples)) % period
        column = self.begin[which][:, None] + np.minimum(column, period - column)
        donor: IntArray = self.donors[which]
        noise = np.asarray(self.segments[donor[:, None, None], np.arange(3)[None, :, None], column[:, None, :]])
        noise = noise - noise.mean(axis=-1, keepdims=True)
        noise_scale, scale = noise.std(axis=-1, keepdims=True), waveform.std(axis=-1, keepdims=True)
        level = 10 ** rng.uniform(-2.0, -0.3, size=(n_rows, 1, 1)) * (rng.random((n_rows, 1, 1)) < self.add_noise_share)
        added = noise * level * scale / np.where(noise_scale > 0, noise_scale, 1.0)
        return waveform + added * live[:, :, None]  # type: ignore[no-any-return]

    def _drop_components(self, live: BoolArray, rng: np.random.Generator) -> BoolArray:
        """One component is kept for certain; each other is dropped in half of the rows that are chosen."""
        keep = np.where(live, rng.random(live.shape), -1.0).argmax(axis=1)
        dropped = (rng.random(live.shape) < 0.5) & (rng.random((len(live), 1)) < self.drop_component_share)
        dropped[np.arange(len(live)), keep] = False
        return live & ~dropped
