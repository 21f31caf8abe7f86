"""Small labelled sets, quick to train on, for the tests of fitting and scoring."""

from __future__ import annotations

import numpy as np

from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet

QUICK = TrainingConfig(epochs=4, batch_size=8, window_samples=256, segment_s=5.12, checkpoint_every_epochs=1, search_s=2.0, contrast_s=1.0)


def synthetic_set(n_segments: int = 16, n_samples: int = 512, noise_only: bool = False, seed: int = 0) -> LabelledSet:
    """One trace per component: noise, a P that is loud on Z and an S that is loud on N and E, each labelled where it is."""
    rng = np.random.default_rng(seed)
    p_sample = rng.integers(170, 300, n_segments)
    s_sample = p_sample + rng.integers(50, 110, n_segments)
    segments = rng.normal(size=(n_segments, 3, n_samples)).astype(np.float32)
    time = np.arange(n_samples)
    for number in range(n_segments):
        for onset, loudness in ((p_sample[number], (9.0, 3.0, 3.0)), (s_sample[number], (4.0, 14.0, 14.0))):
            after = np.clip(time - onset, 0, None)
            pulse = np.sin(0.7 * after) * np.exp(-after / 25.0) * (after > 0)
            if not noise_only:
                segments[number] += np.outer(loudness, pulse).astype(np.float32)
    return LabelledSet(
        segments=segments * 1000,
        live=np.ones((n_segments, 3), dtype=bool),
        component=np.arange(n_segments),
        label_segment=np.repeat(np.arange(n_segments), 2),
        label_phase=np.tile(np.array([0, 1]), n_segments),
        label_sample=np.stack([p_sample, s_sample], axis=1).ravel().astype(np.float64),
        label_weight=np.ones(2 * n_segments, dtype=np.float32),
        sampling_rate_hz=100.0,
    )
