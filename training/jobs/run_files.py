"""The files of one run, below the data folder's `runs`, or in the bucket behind it: its parts are made and read on several hosts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labeling.files import runs_folder, shared_files
from training.flagging.scores import curves_path
from training.lancor.dataset import LabelledSet

PATIENCE_S = 600.0


@dataclass(frozen=True)
class Labels:
    """What flagging needs beside the `LabelledSet`, each (N,). fold: -1 where not scored. pick_time_us: label, microseconds since 1970."""

    pick_id: NDArray[np.int64]
    pick_time_us: NDArray[np.int64]
    fold: NDArray[np.int64]
    group: NDArray[np.int64]


class RunFolder:
    """Paths and arrays of one run."""

    def __init__(self, run_id: int) -> None:
        self.name = str(run_id)
        self.path = runs_folder() / self.name

    @property
    def segments(self) -> Path:
        return self.path / "segments.npy"

    @property
    def labels(self) -> Path:
        return self.path / "labels.npz"

    def checkpoint(self, fold: int, network_index: int) -> Path:
        return self.path / f"fold-{fold}-network-{network_index}.pt"

    def scores(self, fold: int, which: str) -> Path:
        """which: `given` for the labels as they are, `planted` for the wrong positions. Their curves lie beside it, as an .npy."""
        return self.path / f"fold-{fold}-{which}.npz"

    def publish(self, path: Path) -> None:
        """Every host finds this file of the run from now on. A step's work is done then, and not given up for a storage that is away."""
        shared_files().publish(path, patience_s=PATIENCE_S)

    def publish_at_once(self, path: Path) -> None:
        """The same, tried once: the file is soon followed by another."""
        shared_files().publish(path)

    def fetch(self, path: Path) -> Path:
        """The path itself, whose file is on this host from now on, if there is one at all: the newest, of whichever host it is."""
        return shared_files().fetch(path, may_have_changed=True)

    def forget(self, path: Path) -> None:
        shared_files().forget(path)

    def publish_scores(self, fold: int, which: str) -> None:
        path = self.scores(fold, which)
        for part in (curves_path(path), path):
            self.publish(part)

    def fetch_scores(self, fold: int, which: str) -> Path:
        path = self.scores(fold, which)
        for part in (curves_path(path), path):
            self.fetch(part)
        return path

    def save(self, dataset: LabelledSet, labels: Labels) -> None:
        """Everything but the segments, which the preparation writes as it goes."""
        arrays = {name: getattr(dataset, name) for name in dataset.__dataclass_fields__ if name not in ("segments", "sampling_rate_hz")}
        arrays |= {f"labels_{name}": getattr(labels, name) for name in labels.__dataclass_fields__}
        being_written = self.labels.with_suffix(".part.npz")
        np.savez(being_written, sampling_rate_hz=dataset.sampling_rate_hz, **arrays)
        being_written.replace(self.labels)
        for path in (self.segments, self.labels):
            self.publish(path)

    def load(self) -> tuple[LabelledSet, Labels]:
        """The segments stay on disk, memory-mapped."""
        with np.load(self.fetch(self.labels), allow_pickle=False) as arrays:
            dataset = LabelledSet(
                segments=np.load(self.fetch(self.segments), mmap_mode="r", allow_pickle=False),
                sampling_rate_hz=float(arrays["sampling_rate_hz"]),
                **{name: arrays[name] for name in LabelledSet.__dataclass_fields__ if name not in ("segments", "sampling_rate_hz")},
            )
            return dataset, Labels(**{name: arrays[f"labels_{name}"] for name in Labels.__dataclass_fields__})
