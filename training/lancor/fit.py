"""Training of one network on the segments of all folds but one."""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.lancor.alignment import AlignmentNetwork
from training.lancor.averaging import AveragedWeights
from training.lancor.checkpoint import FittedNetwork, read_whole, write_whole
from training.lancor.config import TrainingConfig
from training.lancor.dataset import IntArray, LabelledSet
from training.lancor.distributed import Team
from training.lancor.early_stopping import Best, part_inner
from training.lancor.first_weights import base_sha256, first_network
from training.lancor.numerics import repeatable
from training.lancor.objective import LossTerms, Objective, TensorBatch, shares_of
from training.lancor.validation import Validation, validate
from training.lancor.windows import Batch, WindowDrawer

WARM_UP_SHARE = 0.1
LAST_RATE_SHARE = 0.01
LARGEST_GRADIENT = 5.0  # norm over all weights


@dataclass(frozen=True)
class EpochReport:
    """epoch: 1 for the first. n_epochs: at most. is_last: whether training ends with it.
    losses: mean of each unweighted term over the epoch, and their weighted `total`. seconds: of this epoch.

    validation_loss, validation_mae_s: on segments kept out of training; None where not asked for or not due in this epoch.
    """

    epoch: int
    n_epochs: int
    is_last: bool
    losses: dict[str, float]
    validation_loss: float | None
    validation_mae_s: float | None
    seconds: float


class TrainingStopped(Exception):
    """`on_epoch` asked to stop. The checkpoint is written; fitting again goes on from there."""


def fit(
    dataset: LabelledSet,
    segments: IntArray,
    config: TrainingConfig,
    seed: int,
    device: str,
    on_epoch: Callable[[EpochReport], bool],
    checkpoint_path: Path,
    validation_segments: IntArray | None = None,
) -> FittedNetwork:
    """Trains on the given segments, and returns the network with its averaged weights.

    on_epoch is told of each epoch and returns whether to go on; False raises TrainingStopped. A checkpoint of the same
    configuration, seed and segments at checkpoint_path is taken up; any other is overwritten. Every random draw depends on seed and
    epoch only, so on a CPU with as many threads the result is the same, bit for bit, whether training was interrupted or not; on a GPU
    it may differ by rounding (see `numerics.repeatable`).
    validation_segments are only reported on: nothing is chosen by them. With early_stopping_epochs the network is that of the epoch with
    the lowest loss on an inner part of the given segments, which is not trained on.
    Where torch.distributed is initialised, all its processes are to call this alike, and train one network together: see `distributed`.
    Its number 0 alone validates, writes the checkpoint and calls on_epoch; all return the network, or raise TrainingStopped.
    Raises ValueError for a data set that does not suit the configuration.
    """
    check_suits(dataset, config)
    training = _Training(dataset, segments, config, seed, torch.device(device))
    training.resume(checkpoint_path)
    with repeatable(training.device):
        _train(training, on_epoch, checkpoint_path, validation_segments)
    return FittedNetwork(training.fitted_network(), config, seed)


def _train(
    training: _Training, on_epoch: Callable[[EpochReport], bool], checkpoint_path: Path, validation_segments: IntArray | None
) -> None:
    config, team = training.config, training.team
    while not training.has_ended:
        started = time.perf_counter()
        losses = training.run_epoch()
        training.look_inside()
        go_on = True
        if team.leads:
            go_on = _report(training, losses, started, on_epoch, checkpoint_path, validation_segments)
        if not team.told_by_leader(go_on, training.device):
            raise TrainingStopped(f"Stopped after epoch {training.epoch} of {config.epochs}.")


def _report(
    training: _Training,
    losses: dict[str, float],
    started: float,
    on_epoch: Callable[[EpochReport], bool],
    checkpoint_path: Path,
    validation_segments: IntArray | None,
) -> bool:
    """Looks at the epoch that has ended, asks on_epoch whether to go on, and writes the checkpoint that is due.

    In this order: if the process is killed between the two, the epoch is trained and told again, and none is left out.
    """
    config, is_last = training.config, training.has_ended
    seen = None
    if validation_segments is not None and (is_last or training.epoch % config.validate_every_epochs == 0):
        seen = training.validate(validation_segments)
    report = EpochReport(
        epoch=training.epoch,
        n_epochs=config.epochs,
        is_last=is_last,
        losses=losses,
        validation_loss=seen.loss if seen else None,
        validation_mae_s=seen.mae_s if seen else None,
        seconds=time.perf_counter() - started,
    )
    go_on = False
    try:
        go_on = on_epoch(report)
    finally:
        if is_last or not go_on or training.epoch % config.checkpoint_every_epochs == 0:
            training.save(checkpoint_path)
    return go_on


def check_suits(dataset: LabelledSet, config: TrainingConfig) -> None:
    """Raises ValueError where the data's rate or length is not what the configuration says."""
    if not math.isclose(dataset.sampling_rate_hz, config.sampling_rate_hz, rel_tol=1e-6):
        raise ValueError(
            f"sampling_rate_hz: the data are at {dataset.sampling_rate_hz:g} Hz, the configuration says {config.sampling_rate_hz:g} Hz."
        )
    if dataset.n_samples < config.window_samples:
        raise ValueError(f"window_samples: a window of {config.window_samples} does not fit into segments of {dataset.n_samples} samples.")


class _Training:
    """The moving parts of one fit."""

    def __init__(self, dataset: LabelledSet, segments: IntArray, config: TrainingConfig, seed: int, device: torch.device) -> None:
        self.dataset = dataset
        self.config = config
        self.seed = seed
        self.device = device
        self.epoch = 0
        self.best = Best()
        shown, self.inner = segments, segments[:0]
        if config.early_stopping_epochs > 0:
            shown, self.inner = part_inner(dataset, segments, config.inner_share, seed)
        self.drawer = WindowDrawer(dataset, shown, config, seed)
        self.team = Team.present()
        self.network = first_network(config, seed).to(device)
        self.team.share_norms(self.network)
        self.objective = Objective(config, self.network, device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)
        self.average = AveragedWeights(self.network, config.averaging_steps)
        # What a checkpoint must agree on to be taken up.
        base = base_sha256(config.network) if config.start_from == "base" else ""
        content = {"config": config.to_dict(), "base": base, "seed": seed, "segments": np.sort(segments).tolist()}
        self.identity = json.dumps(content, sort_keys=True)

    @property
    def has_ended(self) -> bool:
        gave_up = self.best.epoch > 0 and self.epoch - self.best.epoch >= self.config.early_stopping_epochs
        return self.epoch >= self.config.epochs or gave_up

    def run_epoch(self) -> dict[str, float]:
        """One pass over the training segments. Returns the mean of each loss."""
        self.network.train()
        # Far apart from rank to rank, or each would draw the same noise for its own windows.
        generator = torch.Generator(device=self.device).manual_seed(self.seed * 100_003 + self.epoch + (self.team.rank << 48))
        batches = list(self.drawer.epoch(self.epoch))
        sums: defaultdict[str, torch.Tensor] = defaultdict(lambda: torch.zeros((), device=self.device))
        for number, batch in enumerate(batches):
            self._set_rate((self.epoch + number / len(batches)) / self.config.epochs)
            terms = self._terms(batch, generator)
            total = terms.total(self.config.weights)
            self.optimiser.zero_grad(set_to_none=True)
            total.backward()  # type: ignore[no-untyped-call]
            if not self.team.alone:
                self.team.sum_gradients(self.network)
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT, foreach=True)
            self.optimiser.step()
            self.average.update()
            for name, term in {**terms.present(), "total": total}.items():
                sums[name] = sums[name] + term.detach()  # read at the end: each reading would wait for a GPU
        self.epoch += 1
        return {name: float(value) / len(batches) for name, value in self.team.summed(sums).items()}

    def _terms(self, batch: Batch, generator: torch.Generator) -> LossTerms:
        """Of the whole batch; in a team, of this process's part, to be added to the others'."""
        if self.team.alone:
            return self.objective(self.network, _to_device(batch, self.device), generator)
        part = self.team.part_of(batch)
        return self.objective(self.network, _to_device(part, self.device), generator).times(shares_of(part, batch))

    def _set_rate(self, progress: float) -> None:
        """Learning rate: a linear warm-up, then a cosine. progress: from 0 to 1."""
        warm = min(1.0, (progress + 1e-3) / WARM_UP_SHARE)
        cooled = 0.5 * (1.0 + math.cos(math.pi * max(0.0, progress - WARM_UP_SHARE) / (1.0 - WARM_UP_SHARE)))
        rate = self.config.learning_rate * warm * (LAST_RATE_SHARE + (1.0 - LAST_RATE_SHARE) * cooled)
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def look_inside(self) -> None:
        """Keeps the averaged weights if they are the best so far on the inner part, where there is one. Number 0 of a team decides."""
        if not len(self.inner):
            return
        seen = self.validate(self.inner) if self.team.leads else None
        is_best = seen is not None and seen.loss < self.best.loss
        if self.team.told_by_leader(is_best, self.device):
            state = {name: value.clone() for name, value in self.average.state.items()}
            self.best = Best(self.epoch, seen.loss if seen else self.best.loss, state)

    def fitted_network(self) -> AlignmentNetwork:
        """Of the best epoch, where training looked for one."""
        return self._network(self.best.state or self.average.state)

    def _network(self, state: dict[str, torch.Tensor]) -> AlignmentNetwork:
        network = AlignmentNetwork(self.config).to(self.device)
        network.load_state_dict(state)
        return network.eval()

    def validate(self, segments: IntArray) -> Validation | None:
        return validate(self._network(self.average.state), self.dataset, segments, self.config, self.device)

    def save(self, path: Path) -> None:
        write_whole(
            path,
            {
                "kind": "training",
                "identity": self.identity,
                "epoch": self.epoch,
                "weights": self.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "average": self.average.state,
                "average_steps": self.average.n_steps,
                "best": vars(self.best),
            },
        )

    def resume(self, path: Path) -> None:
        """Takes up the checkpoint if it is one of this very training."""
        if not path.exists():
            return
        content = read_whole(path, str(self.device))
        if content.get("kind") != "training" or content["identity"] != self.identity:
            return
        self.network.load_state_dict(content["weights"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.average.state = content["average"]
        self.average.n_steps = int(content["average_steps"])
        self.epoch = int(content["epoch"])
        self.best = Best(**content["best"])


def _to_device(batch: Batch, device: torch.device) -> TensorBatch:
    return TensorBatch(
        waveform=torch.from_numpy(batch.waveform).to(device),
        live=torch.from_numpy(batch.live).to(device),
        label_map=torch.from_numpy(batch.label_map).to(device),
        phase_weight=torch.from_numpy(batch.phase_weight).to(device),
        has_label=torch.from_numpy(batch.has_label).to(device),
    )
