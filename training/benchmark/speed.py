"""How fast training and scoring run, beside the bare network."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.lancor.alignment import seeded_network
from training.lancor.augment import cut_windows
from training.lancor.checkpoint import FittedNetwork
from training.lancor.config import TrainingConfig
from training.lancor.curves import window_starts
from training.lancor.dataset import IntArray, LabelledSet
from training.lancor.fit import LARGEST_GRADIENT, EpochReport, fit
from training.lancor.objective import Objective, TensorBatch
from training.lancor.score import SEGMENTS_AT_ONCE, score_labels
from training.lancor.windows import WindowDrawer


@dataclass(frozen=True)
class Pace:
    """Steps or segments a second: the product's, and the bare network's in the same process, taken in turn with it. Medians over rounds."""

    ours_per_s: float
    bare_per_s: float

    @property
    def ratio(self) -> float:
        return self.ours_per_s / self.bare_per_s


def training_pace(dataset: LabelledSet, config: TrainingConfig, device: str, work_folder: Path, n_rounds: int = 5) -> Pace:
    """Steps a second of `fit`, checkpoint and all, beside forward, losses, backward, clipping and step on batches that lie in memory."""
    segments = np.arange(dataset.n_segments, dtype=np.int64)
    bare = _BareTraining(config, dataset, segments, device)
    ours, theirs = [], []

    def on_epoch(report: EpochReport) -> bool:
        # In turn with the product's own epochs, so that whatever else the machine does falls on both.
        theirs.append(len(bare.batches) / bare.epoch())
        ours.append(len(bare.batches) / report.seconds)
        return True

    # The first epoch warms both up.
    config = dataclasses.replace(config, epochs=n_rounds + 1, checkpoint_every_epochs=n_rounds + 1)
    fit(dataset, segments, config, 0, device, on_epoch, work_folder / "pace.pt")
    return Pace(statistics.median(ours[1:]), statistics.median(theirs[1:]))


class _BareTraining:
    """Forward, losses, backward, clipping, step: nothing is drawn, cut, averaged or told."""

    def __init__(self, config: TrainingConfig, dataset: LabelledSet, segments: IntArray, device: str) -> None:
        drawn = WindowDrawer(dataset, segments, config, 0).epoch(0)
        self.batches = [TensorBatch(**{name: torch.from_numpy(array).to(device) for name, array in vars(batch).items()}) for batch in drawn]
        self._weights = config.weights
        self._device = device
        self._network = seeded_network(config, 0).to(device).train()
        self._objective = Objective(config, self._network, torch.device(device))
        self._optimiser = torch.optim.AdamW(self._network.parameters(), lr=config.learning_rate, fused=True)
        self._generator = torch.Generator(device=device).manual_seed(0)

    def epoch(self) -> float:
        """Seconds of one pass over the batches."""
        _wait(self._device)
        began = time.perf_counter()
        for batch in self.batches:
            total = self._objective(self._network, batch, self._generator).total(self._weights)
            self._optimiser.zero_grad(set_to_none=True)
            total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), LARGEST_GRADIENT, foreach=True)
            self._optimiser.step()
        _wait(self._device)
        return time.perf_counter() - began


def scoring_pace(dataset: LabelledSet, config: TrainingConfig, device: str, n_rounds: int = 5) -> Pace:
    """Segments a second of `score_labels` on all labels, beside as many passes of the network, as it was trained, over the
    same windows in memory."""
    network = seeded_network(config, 0).to(device).eval()
    starts = window_starts(dataset.n_samples, config.window_samples, config.score_stride_samples)
    batches = []
    for segments in np.array_split(np.arange(dataset.n_segments), -(-dataset.n_segments // SEGMENTS_AT_ONCE)):
        which = np.repeat(segments, len(starts))
        waveform = cut_windows(dataset.segments, which, np.tile(starts, len(segments)), config.window_samples)
        batches.append((torch.from_numpy(waveform).to(device), torch.from_numpy(dataset.live[which]).to(device)))

    @torch.inference_mode()
    def bare() -> None:
        for waveform, live in batches:
            _, tokens = network(waveform, live)
            network.contrast_over_time(tokens)

    def ours() -> None:
        score_labels([FittedNetwork(network, config, 0)], dataset, np.arange(dataset.n_labels), None, config, device)

    ours_s, bare_s = in_turn(ours, bare, device, n_rounds)
    return Pace(dataset.n_segments / ours_s, dataset.n_segments / bare_s)


def in_turn(first: Callable[[], None], second: Callable[[], None], device: str, n_rounds: int) -> tuple[float, float]:
    """Median seconds of each, one after the other in every round; the first round warms both up."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(n_rounds + 1):
        for took, work in zip(seconds, (first, second), strict=True):
            _wait(device)
            began = time.perf_counter()
            work()
            _wait(device)
            took.append(time.perf_counter() - began)
    return statistics.median(seconds[0][1:]), statistics.median(seconds[1][1:])


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
