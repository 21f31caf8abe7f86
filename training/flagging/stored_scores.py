"""Scores that stay in the folds' files: the curves of 100,000 labels and of two planted positions for each are 3 GB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.flagging.scores import FloatArray, IntArray, LabelScores, curves_path


@dataclass(frozen=True)
class StoredScores:
    """Of N labels. without_curves: all but the probability, which is (N, 2, 0) there. curves: files of (labels of a fold, 2, T).
    fold: (N,) index into `curves`. row: (N,) place in that file."""

    without_curves: LabelScores
    curves: tuple[Path, ...]
    fold: IntArray
    row: IntArray

    @classmethod
    def of_folds(cls, paths: Sequence[Path], fold: IntArray) -> StoredScores:
        """paths: what `LabelScores.save` wrote for each fold, its labels in order. fold: (N,). Raises ValueError where counts disagree."""
        parts = [_load_without_curves(path) for path in paths]
        order = np.argsort(fold, kind="stable")
        counts = np.bincount(fold, minlength=len(parts))
        if counts.tolist() != [len(part) for part in parts]:
            raise ValueError(f"fold: {counts.tolist()} labels in the folds, {[len(part) for part in parts]} scored. Score all folds again.")
        back = np.argsort(order)
        first = np.cumsum(counts) - counts
        return cls(LabelScores.join(parts).select(back), tuple(curves_path(path) for path in paths), fold, back - first[fold])

    def __len__(self) -> int:
        return len(self.fold)

    @property
    def offsets_s(self) -> FloatArray:
        return self.without_curves.offsets_s

    @property
    def peak_offset_s(self) -> FloatArray:
        return self.without_curves.peak_offset_s

    def select(self, labels: IntArray) -> LabelScores:
        """Reads those of some labels, in the order given."""
        probability = np.empty((len(labels), 2, len(self.offsets_s)), dtype=np.float32)
        for number in np.unique(self.fold[labels]).tolist():
            here = np.flatnonzero(self.fold[labels] == number)
            # Mapped anew each time: pages once read would count as this process's memory.
            probability[here] = np.load(self.curves[number], mmap_mode="r", allow_pickle=False)[self.row[labels[here]]]
        return replace(self.without_curves.select(labels), probability=probability)


def _load_without_curves(path: Path) -> LabelScores:
    with np.load(path, allow_pickle=False) as arrays:
        nothing = np.zeros((len(arrays["snr_db"]), 2, 0), dtype=np.float32)
        return LabelScores(probability=nothing, **dict(arrays))
