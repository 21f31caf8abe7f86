"""What held-out networks say about each label: the hand-over from training to flagging. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

PHASES = ("P", "S")  # order of the phase axis, everywhere


@dataclass(frozen=True)
class LabelScores:
    """Out-of-fold scores of N labels, each by networks that saw nothing of its component.

    offsets_s: (T,) seconds from the label, evenly spaced at the network's rate, the label at offset 0.
    probability: (N, 2, T) decoder output of P and S around the label, averaged over networks and window offsets; NaN outside the trace.
    peak_offset_s: (N, M) where each of the M networks peaks for the label's own phase, within the search range.
    feature_kl: (N,) KL divergence of the waveform's feature distribution from the label's.
    feature_cosine: (N,) cosine similarity of the two features.
    contrast_offsets_s: (S,) candidate label shifts. time_contrast: (N, S) log-softmax over the candidates of the alignment, 0 s among them.
        Networks trained plainly have no alignment: then feature_* and time_contrast are NaN.
    snr_db: (N,) power ratio, 1 s after against 4 s before the label (best of the live components).
    label_noise_level: (N,) standardised amplitude just after the label; near 0 where the label lies on a dead stretch.
    """

    offsets_s: FloatArray
    probability: FloatArray
    peak_offset_s: FloatArray
    feature_kl: FloatArray
    feature_cosine: FloatArray
    contrast_offsets_s: FloatArray
    time_contrast: FloatArray
    snr_db: FloatArray
    label_noise_level: FloatArray

    def __len__(self) -> int:
        return int(self.probability.shape[0])

    def select(self, labels: NDArray[np.int64]) -> LabelScores:
        """Those of some labels, in the order given."""
        shared = {"offsets_s", "contrast_offsets_s"}
        return LabelScores(
            **{name: getattr(self, name) if name in shared else getattr(self, name)[labels] for name in self.__dataclass_fields__}
        )

    def save(self, path: Path) -> None:
        """Writes an .npz that `load` reads without unpickling."""
        np.savez(path, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @classmethod
    def load(cls, path: Path) -> LabelScores:
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})

    @classmethod
    def join(cls, parts: list[LabelScores]) -> LabelScores:
        """Stacks the labels of several folds. All must share the two offset grids."""
        shared = {"offsets_s", "contrast_offsets_s"}
        return cls(
            **{
                name: getattr(parts[0], name) if name in shared else np.concatenate([getattr(part, name) for part in parts])
                for name in cls.__dataclass_fields__
            }
        )
