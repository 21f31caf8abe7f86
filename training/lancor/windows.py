"""Batches of training windows, cut at random around the labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training.lancor.augment import Augmentation, cut_windows
from training.lancor.config import TrainingConfig
from training.lancor.dataset import BoolArray, FloatArray, IntArray, LabelledSet
from training.lancor.label_maps import LabelTable, draw_label_maps, phases_inside
from training.lancor.superpose import LabelledWindows, superposed

ANYWHERE_SHARE = 0.1  # windows that ignore the labels, so that the network sees plain noise and coda too


@dataclass(frozen=True)
class Batch:
    """waveform: (B, 3, T) raw. live: (B, 3). label_map: (B, 2, T). phase_weight: (B, 2). has_label: (B, 2) a label inside the window."""

    waveform: FloatArray
    live: BoolArray
    label_map: FloatArray
    phase_weight: FloatArray
    has_label: BoolArray


class WindowDrawer:
    """Draws one window per training segment and epoch. The same seed and epoch give the same windows."""

    def __init__(self, dataset: LabelledSet, segments: IntArray, config: TrainingConfig, seed: int) -> None:
        self.dataset = dataset
        self.table = LabelTable.of(dataset)
        self.phase_weight = self.table.phase_weight()
        self.segments = segments[np.isfinite(self.table.sample[segments]).any(axis=1)]
        self.config = config
        self.seed = seed
        self.sigma_samples = config.label_sigma_s * config.sampling_rate_hz
        self.augmentation = Augmentation.of(dataset, self.segments, self.table, config)
        if len(self.segments) < 2:
            raise ValueError(f"{len(self.segments)} of {len(segments)} training segments hold a label. At least 2 are needed.")

    def epoch(self, epoch: int) -> Iterator[Batch]:
        rng = np.random.default_rng([self.seed, epoch])
        order = rng.permutation(self.segments)
        n_batches = max(1, round(len(order) / self.config.batch_size))
        for chosen in np.array_split(order, n_batches):
            yield self._batch(chosen, rng)

    def _batch(self, chosen: IntArray, rng: np.random.Generator) -> Batch:
        windows = self._cut(chosen, self._starts(chosen, rng))
        if self.config.superpose_share > 0:
            others = rng.choice(self.segments, size=len(chosen))
            windows = superposed(windows, self._cut(others, self._starts(others, rng)), self.config.superpose_share, rng)
        waveform, live = self.augmentation.apply(windows.waveform, windows.live, rng)
        at_start, n_samples = np.zeros(len(chosen), dtype=np.int64), self.config.window_samples
        return Batch(
            waveform=waveform,
            live=live,
            label_map=draw_label_maps(windows.sample, windows.phase, at_start, n_samples, self.sigma_samples),
            phase_weight=windows.phase_weight,
            has_label=phases_inside(windows.sample, windows.phase, at_start, n_samples),
        )

    def _cut(self, chosen: IntArray, start: IntArray) -> LabelledWindows:
        return LabelledWindows(
            waveform=cut_windows(self.dataset.segments, chosen, start, self.config.window_samples),
            live=self.dataset.live[chosen].copy(),
            sample=self.table.sample[chosen] - start[:, None],
            phase=self.table.phase[chosen],
            phase_weight=self.phase_weight[chosen],
            component=self.dataset.component[chosen],
        )

    def _starts(self, chosen: IntArray, rng: np.random.Generator) -> IntArray:
        """(B,) first samples: a random label of each segment lies anywhere in its window, as far as the trace reaches."""
        sample = self.table.sample[chosen]
        lottery = np.where(np.isfinite(sample), rng.random(sample.shape), -1.0)
        focus = sample[np.arange(len(chosen)), lottery.argmax(axis=1)]
        # Uniform over the window, so that no place of an arrival is likelier than another: a fixed place would be learnt.
        start = np.floor(focus - rng.random(len(chosen)) * (self.config.window_samples - 1))
        earliest, latest = self.dataset.window_range(chosen, self.config.window_samples)
        anywhere = rng.integers(0, self.dataset.n_samples - self.config.window_samples + 1, size=len(chosen))
        anywhere = earliest + anywhere % (latest - earliest + 1)
        start = np.where(rng.random(len(chosen)) < ANYWHERE_SHARE, anywhere, start)
        return np.clip(start, earliest, latest).astype(np.int64)
