"""Training steps a second, beside the same network and losses on batches that lie in memory already."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from tests.bench.figure import Figure, Options
from tests.bench.training_set import CONFIG, labelled_set, use_threads
from training.lancor.alignment import seeded_network
from training.lancor.config import TrainingConfig
from training.lancor.dataset import IntArray, LabelledSet
from training.lancor.fit import EpochReport, fit
from training.lancor.objective import Objective, TensorBatch
from training.lancor.windows import WindowDrawer

N_SEGMENTS = 160


def measure(options: Options, folder: Path) -> list[Figure]:
    use_threads(options.n_threads)
    return [_measure(objective, options, folder) for objective in ("lancor", "plain")]


def _measure(objective: str, options: Options, folder: Path) -> Figure:
    config = replace(CONFIG, objective=objective)
    dataset = labelled_set(N_SEGMENTS)
    segments = np.arange(N_SEGMENTS, dtype=np.int64)
    bare = _BareTraining(config, dataset, segments)
    steps_per_epoch = len(bare.batches)
    ours, theirs = [], []

    def on_epoch(report: EpochReport) -> bool:
        # In turn with the product's own epochs, so that whatever else the machine does falls on both.
        theirs.append(steps_per_epoch / bare.epoch())
        ours.append(steps_per_epoch / report.seconds)
        return True

    fit(dataset, segments, config, 0, "cpu", on_epoch, folder / f"{objective}.pt")
    # The first epoch warms both up.
    ours_per_s, theirs_per_s = statistics.median(ours[1:]), statistics.median(theirs[1:])
    details = {"batch": config.batch_size, "window": f"(3, {config.window_samples})", "threads": options.n_threads, "epochs": len(ours)}
    name, peer = f"training steps, {objective}", "the same network, losses and optimiser on batches in memory"
    return Figure(name, ours_per_s, "steps/s", peer, theirs_per_s, more_is_better=True, details=details)


class _BareTraining:
    """Forward, losses, backward, step: nothing is drawn, cut, averaged, clipped or told."""

    def __init__(self, config: TrainingConfig, dataset: LabelledSet, segments: IntArray) -> None:
        drawn = list(WindowDrawer(dataset, segments, config, 0).epoch(0))
        self.batches = [TensorBatch(**{name: torch.from_numpy(array) for name, array in vars(batch).items()}) for batch in drawn]
        self._config = config
        self._network = seeded_network(config, 0).train()
        self._objective = Objective(config, self._network, torch.device("cpu"))
        self._optimiser = torch.optim.AdamW(self._network.parameters(), lr=config.learning_rate, fused=True)
        self._generator = torch.Generator().manual_seed(0)

    def epoch(self) -> float:
        """Seconds of one pass over the batches."""
        began = time.perf_counter()
        for batch in self.batches:
            total = self._objective(self._network, batch, self._generator).total(self._config.weights)
            self._optimiser.zero_grad(set_to_none=True)
            total.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()
        return time.perf_counter() - began
