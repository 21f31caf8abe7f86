"""The cells of a grid: one method, one recipe, one seed. Each is written as it ends, and taken from there the next time."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.benchmark.code_digest import code_digest
from training.benchmark.detection import run_detection
from training.benchmark.grids import recipe_name
from training.benchmark.judged_labels import JudgedLabels
from training.benchmark.planted import IntArray, Recipe
from training.flagging.config import FlaggingConfig
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.first_weights import base_sha256
from training.lancor.fit import EpochReport

CELL_FORMAT = 3  # of what a file holds; others are made anew


@dataclass(frozen=True)
class Cell:
    """method: a name to show; config: what it trains with. noise_waveforms: the control."""

    method: str
    config: TrainingConfig
    recipe: Recipe
    seed: int
    noise_waveforms: bool = False

    def __str__(self) -> str:
        control = ", noise for waveforms" if self.noise_waveforms else ""
        return f"{self.method}{control}, {recipe_name(self.recipe)}, seed {self.seed}"


@dataclass(frozen=True)
class Spent:
    """What training took, as far as the command saw that ended the cell. epochs: of all networks together."""

    epochs: int = 0
    seconds: float = 0.0


class CellRunner:
    """Runs the cells of one labelled set, or reads what an earlier command left of them in `folder`."""

    def __init__(
        self,
        dataset: LabelledSet,
        group: IntArray,
        *,
        flagging: FlaggingConfig,
        device: str,
        folder: Path,
        write: Callable[[str], object],
    ) -> None:
        """group: (n_labels,) the station of each label. write: is told of every cell, and of every fold while one trains."""
        self.dataset, self.group, self.flagging = dataset, group, flagging
        self.device, self.folder, self.write = device, folder, write
        self._data_digest = _digest_of_data(dataset, group)
        self.spent: dict[Cell, Spent] = {}

    def run(self, cells: Sequence[Cell]) -> dict[Cell, JudgedLabels]:
        """All of them, in turn. Raises ValueError where the data do not suit the configuration."""
        results: dict[Cell, JudgedLabels] = {}
        finished = {cell: self._read(cell) for cell in cells}
        to_do = sum(found is None for found in finished.values())
        spent_s: list[float] = []
        for number, cell in enumerate(cells, start=1):
            place = f"[{number} of {len(cells)}] {cell}"
            found = finished[cell]
            if found is not None:
                self.write(f"{place}: taken from {self._path(cell).name}")
                results[cell] = found
                continue
            started = time.monotonic()
            results[cell] = self._run(cell)
            spent_s.append(time.monotonic() - started)
            left_s = float(np.mean(spent_s)) * (to_do - len(spent_s))
            self.write(f"{place}: {spent_s[-1]:.0f} s" + (f"; about {_in_words(left_s)} to go" if left_s > 0 else ""))
        return results

    def fingerprint(self, cell: Cell) -> str:
        """Of all that its checkpoints and its result depend on: what was trained on other labels must not be gone on from."""
        base = base_sha256(cell.config.network) if cell.config.start_from == "base" else ""
        what = (cell.recipe, cell.config, base, cell.noise_waveforms, self.flagging, self._data_digest, code_digest())
        return hashlib.sha256(repr(what).encode()).hexdigest()[:10]

    def _run(self, cell: Cell) -> JudgedLabels:
        work_folder = self.folder / "checkpoints" / self._name(cell)
        work_folder.mkdir(parents=True, exist_ok=True)
        self.spent[cell] = Spent()

        def on_epoch(fold: int, report: EpochReport) -> bool:
            spent = self.spent[cell]
            self.spent[cell] = Spent(spent.epochs + report.epoch * report.is_last, spent.seconds + report.seconds)
            if report.is_last:
                self.write(f"{cell}: fold {fold + 1} of {cell.config.n_folds} trained")
            return True

        result = run_detection(
            self.dataset,
            recipe=cell.recipe,
            training=cell.config,
            flagging=self.flagging,
            seed=cell.seed,
            device=self.device,
            work_folder=work_folder,
            group=self.group,
            noise_waveforms=cell.noise_waveforms,
            on_epoch=on_epoch,
        )
        path = self._path(cell)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "format": CELL_FORMAT,
            "method": cell.method,
            "recipe": cell.recipe.__dict__,
            "seed": cell.seed,
            "settings": cell.config.to_dict(),
            "spent": vars(self.spent[cell]),
        }
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(content | {"labels": result.to_dict()}, allow_nan=False), encoding="utf-8")
        os.replace(unfinished, path)  # a cell that is there is whole
        return JudgedLabels.from_dict(result.to_dict())  # the same digits as when it is read

    def _read(self, cell: Cell) -> JudgedLabels | None:
        path = self._path(cell)
        if not path.exists():
            return None
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != CELL_FORMAT:
            return None
        self.spent[cell] = Spent(**content["spent"])
        return JudgedLabels.from_dict(content["labels"])

    def _path(self, cell: Cell) -> Path:
        return self.folder / "cells" / f"{self._name(cell)}.json"

    def _name(self, cell: Cell) -> str:
        return f"{cell.config.objective}-{self.fingerprint(cell)}-{cell.seed}"


def _digest_of_data(dataset: LabelledSet, group: IntArray) -> str:
    digest = hashlib.sha256()
    labels = (dataset.label_sample, dataset.label_phase, dataset.label_segment, dataset.component, group)
    for array in (*labels, dataset.live, dataset.real_samples, dataset.segments):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
