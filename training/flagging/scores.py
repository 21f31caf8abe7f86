"""What held-out networks say about each label: the hand-over from training to flagging. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

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
    ar_aic_s: (N,) onset by an autoregressive AIC near the networks' peak, seconds from the label; NaN for S and where there is none.
    second_opinion_s: (N,) onset by a picker trained elsewhere, seconds from the label; NaN where it sees none or was not asked.
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
    ar_aic_s: FloatArray
    second_opinion_s: FloatArray

    def __len__(self) -> int:
        return int(self.probability.shape[0])

    def select(self, labels: IntArray) -> LabelScores:
        """Those of some labels, in the order given."""
        shared = {"offsets_s", "contrast_offsets_s"}
        return LabelScores(
            **{name: getattr(self, name) if name in shared else getattr(self, name)[labels] for name in self.__dataclass_fields__}
        )

    def save(self, path: Path) -> None:
        """Writes an .npz for `StoredScores`, and the probability beside it as an .npy, which can be read in parts."""
        np.save(curves_path(path), self.probability, allow_pickle=False)
        np.savez(path, **{name: getattr(self, name) for name in self.__dataclass_fields__ if name != "probability"})

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


class Scores(Protocol):
    """Scores of N labels, in memory or stored, which can be had for some of them at a time."""

    def __len__(self) -> int: ...

    @property
    def offsets_s(self) -> FloatArray: ...

    @property
    def peak_offset_s(self) -> FloatArray: ...

    def select(self, labels: IntArray) -> LabelScores: ...


def curves_path(path: Path) -> Path:
    """Where the probability of the scores in `path` lies."""
    return path.with_suffix(".npy")
