"""Scores as held-out networks would give them, with the truth known: a bump at the arrival, wherever the label is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.flagging.planting import Planting
from training.flagging.scores import LabelScores

OFFSETS_S = np.arange(-400, 401, dtype=np.float32) / 100
CONTRAST_OFFSETS_S = np.arange(-20, 21, dtype=np.float32) / 10


@dataclass(frozen=True)
class Catalog:
    """N labels with their arrivals. shift_s: label − arrival. confidence: height of the decoder's bump. s_after_p_s: to the other phase."""

    shift_s: NDArray[np.float64]
    phase: NDArray[np.int64]
    confidence: NDArray[np.float64]
    network_error_s: NDArray[np.float64]
    other_s: NDArray[np.float64]  # arrival of the other phase, seconds after this label's arrival
    no_arrival: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.shift_s)


def make_catalog(n_labels: int, error_rate: float, seed: int, *, spread_s: float = 0.02, only_p: bool = False) -> Catalog:
    """Analysts' spread of `spread_s` (Laplace) on all labels; a share of them moved by 0.15–2 s, log-uniform, either way."""
    rng = np.random.default_rng(seed)
    wrong = rng.permutation(n_labels) < round(error_rate * n_labels)
    moved_s = rng.choice([-1.0, 1.0], n_labels) * np.exp(rng.uniform(np.log(0.15), np.log(2.0), n_labels))
    phase = np.zeros(n_labels, dtype=np.int64) if only_p else rng.integers(0, 2, n_labels)
    return Catalog(
        shift_s=rng.laplace(0, spread_s, n_labels) + np.where(wrong, moved_s, 0.0),
        phase=phase,
        confidence=rng.beta(6, 2, n_labels),
        network_error_s=rng.normal(0, 0.03, n_labels),
        other_s=np.where(phase == 0, 1, -1) * rng.uniform(1.5, 6.0, n_labels),
        no_arrival=np.zeros(n_labels, dtype=bool),
    )


def score(
    catalog: Catalog,
    seed: int,
    planting: Planting | None = None,
    *,
    aligned: bool = True,
    informative: bool = True,
    width_s: float = 0.07,
) -> LabelScores:
    """Scores of the catalog's labels, or of its planted ones."""
    rng = np.random.default_rng(seed)
    rows = np.arange(len(catalog)) if planting is None else planting.label
    moved_s = np.zeros(len(rows)) if planting is None else np.nan_to_num(planting.shift_s)
    phase = catalog.phase[rows] if planting is None else planting.phase
    arrival_s = catalog.network_error_s[rows] - catalog.shift_s[rows] - moved_s
    height = np.where(catalog.no_arrival[rows], 0.0, catalog.confidence[rows]) * informative
    own = _bump(arrival_s, width_s, height)
    other = _bump(arrival_s + catalog.other_s[rows], width_s, height)
    truly_p = (catalog.phase[rows] == 0)[:, None]
    probability = np.stack([np.where(truly_p, own, other), np.where(truly_p, other, own)], axis=1)
    probability += rng.uniform(0.0, 0.01, probability.shape)
    seen_s = np.where(phase == catalog.phase[rows], arrival_s, arrival_s + catalog.other_s[rows])
    seen_s = np.where(catalog.no_arrival[rows], rng.uniform(-4, 4, len(rows)), seen_s)  # some wiggle of the noise
    peaks_s = seen_s[:, None] + rng.normal(0, 0.02, (len(rows), 3))
    if not informative:
        peaks_s = rng.uniform(-4, 4, (len(rows), 3))
    distance = np.abs(seen_s) if informative else rng.uniform(0, 1, len(rows))
    contrast = -np.abs(CONTRAST_OFFSETS_S[None, :] - np.clip(seen_s, -2, 2)[:, None]) / 0.3 * informative
    contrast -= np.log(np.exp(contrast).sum(axis=1, keepdims=True))
    nan = np.full(len(rows), np.nan)
    return LabelScores(
        offsets_s=OFFSETS_S,
        probability=np.clip(probability, 0, 1).astype(np.float32),
        peak_offset_s=np.clip(peaks_s, -4, 4).astype(np.float32),
        feature_kl=(np.exp(rng.normal(0, 0.5, len(rows))) * (0.2 + np.minimum(distance, 1)) if aligned else nan).astype(np.float32),
        feature_cosine=(np.clip(0.9 - 0.3 * np.minimum(distance, 1) + rng.normal(0, 0.05, len(rows)), -1, 1) if aligned else nan).astype(
            np.float32
        ),
        contrast_offsets_s=CONTRAST_OFFSETS_S,
        time_contrast=(contrast if aligned else np.full_like(contrast, np.nan)).astype(np.float32),
        snr_db=(np.where(distance < 0.3, 15.0, 4.0) + rng.normal(0, 4, len(rows))).astype(np.float32),
        label_noise_level=np.ones(len(rows), dtype=np.float32),
        ar_aic_s=np.full(len(rows), np.nan, dtype=np.float32),
        second_opinion_s=np.full(len(rows), np.nan, dtype=np.float32),
    )


def _bump(centre_s: NDArray[np.float64], width_s: float, height: NDArray[np.float64]) -> NDArray[np.float64]:
    """Wider where less sure: the area stays that of one arrival."""
    width = width_s / np.maximum(height, 0.2)
    bump: NDArray[np.float64] = height[:, None] * np.exp(-0.5 * ((OFFSETS_S[None, :] - centre_s[:, None]) / width[:, None]) ** 2)
    return bump
