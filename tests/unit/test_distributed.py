"""One network trained by two processes over gloo: what one process would have learnt."""

from __future__ import annotations

import dataclasses
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import multiprocessing, nn

from tests.unit.training_examples import QUICK, synthetic_set
from training.lancor.alignment import AlignmentNetwork, seeded_network
from training.lancor.config import TrainingConfig
from training.lancor.distributed import SharedBatchNorm, Team, joined
from training.lancor.fit import EpochReport, TrainingStopped, fit
from training.lancor.objective import Objective, TensorBatch, shares_of
from training.lancor.windows import Batch, WindowDrawer

SCRATCH = dataclasses.replace(QUICK, start_from="scratch")
DATASET = synthetic_set()
SEGMENTS = np.arange(12)


def _join(rank: int, port: int, size: int, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with joined("cpu"):
        work(*arguments)


def in_two_processes(work: Callable[..., None], *arguments: Any) -> None:
    """work must be of this module's top level: each process imports it anew."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    multiprocessing.spawn(_join, args=(port, 2, work, arguments), nprocs=2)


def relative_difference(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> float:
    assert found.keys() == wanted.keys()
    off = sum(float((found[name].double() - wanted[name].double()).square().sum()) for name in wanted)
    return (off / sum(float(value.double().square().sum()) for value in wanted.values())) ** 0.5


def tensors(batch: Batch) -> TensorBatch:
    return TensorBatch(**{name: torch.from_numpy(array) for name, array in vars(batch).items()})


# --- one step -----------------------------------------------------------------------------------------------------------


def gradients(team: Team, config: TrainingConfig) -> dict[str, torch.Tensor]:
    """Of an uneven batch: seven windows, of which the S is unlabelled on some."""
    labelled = np.setdiff1d(np.arange(DATASET.n_labels), [1, 3, 9])
    of_labels = ("label_segment", "label_phase", "label_sample", "label_weight")
    dataset = dataclasses.replace(DATASET, **{name: getattr(DATASET, name)[labelled] for name in of_labels})
    batch = next(WindowDrawer(dataset, np.arange(7), config, seed=0).epoch(0))
    assert len(batch.waveform) == 7 and not batch.phase_weight.all()
    network = seeded_network(config, 0).train()
    team.share_norms(network)
    part = batch if team.alone else team.part_of(batch)
    terms = Objective(config, network, torch.device("cpu"))(network, tensors(part), torch.Generator().manual_seed(0))
    terms.times(shares_of(part, batch)).total(config.weights).backward()
    if not team.alone:
        team.sum_gradients(network)
    return {name: parameter.grad for name, parameter in network.named_parameters() if parameter.grad is not None}


def _save_gradients(config: TrainingConfig, folder: Path) -> None:
    team = Team.present()
    torch.save(gradients(team, config), folder / f"{team.rank}.pt")


@pytest.mark.parametrize("network", ["phasenet", "seist"])
def test_a_step_of_two_processes_is_that_of_one(tmp_path: Path, network: str) -> None:
    config = dataclasses.replace(SCRATCH, network=network)
    in_two_processes(_save_gradients, config, tmp_path)
    wanted = gradients(Team(0, 1), config)
    for rank in range(2):
        # What float32 rounds differently when sums over a batch are taken in two parts.
        assert relative_difference(torch.load(tmp_path / f"{rank}.pt"), wanted) < 1e-5


def test_the_parts_of_a_batch_make_it_up_and_their_shares_add_to_one() -> None:
    batch = next(WindowDrawer(DATASET, SEGMENTS, QUICK, seed=0).epoch(0))
    parts = [Team(rank, 4).part_of(batch) for rank in range(4)]
    assert {len(part.waveform) for part in parts} == {1, 2}
    assert (np.concatenate([part.waveform for part in parts]) == batch.waveform).all()
    for name in ("picking", "contrast", "reconstruction"):
        assert sum(shares_of(part, batch)[name] for part in parts) == pytest.approx(1.0)


def test_more_processes_than_windows_are_refused() -> None:
    batch = next(WindowDrawer(DATASET, np.arange(3), QUICK, seed=0).epoch(0))
    with pytest.raises(ValueError, match="3 windows cannot be shared by 4 processes"):
        Team(0, 4).part_of(batch)


# --- batch norm -----------------------------------------------------------------------------------------------------------


def _norm() -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(3)
    nn.init.normal_(norm.weight, generator=torch.Generator().manual_seed(1))
    return norm


# Far from zero, where a variance as a difference of two large sums would be lost.
FEATURES = 1000 + torch.randn(5, 3, 1, 40, generator=torch.Generator().manual_seed(2))
FACTOR = torch.arange(5.0).view(-1, 1, 1, 1)


def _normed(norm: nn.Module, rows: slice) -> dict[str, torch.Tensor]:
    features = FEATURES[rows].clone().requires_grad_()
    normed = norm(features)
    (normed.sin() * FACTOR[rows]).sum().backward()
    assert features.grad is not None
    return {"normed": normed.detach(), "gradient": features.grad} | {name: value.detach() for name, value in norm.named_buffers()}


def _save_normed(folder: Path) -> None:
    team = Team.present()
    torch.save(_normed(SharedBatchNorm(_norm(), team), slice(0, 2) if team.leads else slice(2, 5)), folder / f"{team.rank}.pt")


def test_a_shared_batch_norm_is_that_of_the_whole_batch(tmp_path: Path) -> None:
    in_two_processes(_save_normed, tmp_path)
    wanted = _normed(_norm(), slice(0, 5))
    parts = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    for name in ("normed", "gradient"):
        torch.testing.assert_close(torch.cat([part[name] for part in parts]), wanted[name], rtol=1e-3, atol=1e-3)
    for part in parts:
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            torch.testing.assert_close(part[name], wanted[name], rtol=1e-4, atol=0)


# --- whole trainings ------------------------------------------------------------------------------------------------------


def _train(folder: Path, stop_after: int | None, config: TrainingConfig = SCRATCH) -> None:
    """Leaves its reports and weights in the folder, a file for each process."""
    team = Team.present()
    reports: list[EpochReport] = []

    def on_epoch(report: EpochReport) -> bool:
        reports.append(report)
        return report.epoch != stop_after

    left: dict[str, object] = {}
    try:
        network = fit(DATASET, SEGMENTS, config, 0, "cpu", on_epoch, folder / "training.pt", np.arange(12, 16)).network
        assert isinstance(network, AlignmentNetwork) and not any(isinstance(part, SharedBatchNorm) for part in network.modules())
        left["weights"] = network.state_dict()
    except TrainingStopped as stopped:
        left["stopped"] = str(stopped)
    left["reports"] = [dataclasses.asdict(report) for report in reports]
    torch.save(left, folder / f"left-{team.size}-{team.rank}.pt")


def trained(folder: Path, n_processes: int, stop_after: int | None = None, config: TrainingConfig = SCRATCH) -> list[dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    if n_processes == 1:
        torch.set_num_threads(1)
        _train(folder, stop_after, config)
    else:
        in_two_processes(_train, folder, stop_after, config)
    return [torch.load(folder / f"left-{n_processes}-{rank}.pt") for rank in range(n_processes)]


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    (one,) = trained(tmp_path / "one", 1)
    leader, other = trained(tmp_path / "two", 2)
    assert all(torch.equal(leader["weights"][name], other["weights"][name]) for name in leader["weights"])
    # AdamW divides each gradient by its own size: one that is nearly zero, and so mostly rounding, moves its weight all the same.
    assert relative_difference(leader["weights"], one["weights"]) < 0.01
    assert other["reports"] == []
    assert [report["epoch"] for report in leader["reports"]] == [1, 2, 3, 4]
    for theirs, own in zip(leader["reports"], one["reports"], strict=True):
        assert theirs["losses"] == pytest.approx(own["losses"], rel=1e-3)


def test_a_training_stopped_in_two_processes_goes_on_in_one(tmp_path: Path) -> None:
    (whole,) = trained(tmp_path / "whole", 1)
    for left in trained(tmp_path / "halves", 2, stop_after=2):
        assert left["stopped"] == "Stopped after epoch 2 of 4."
    (resumed,) = trained(tmp_path / "halves", 1)
    assert [report["epoch"] for report in resumed["reports"]] == [3, 4]
    assert relative_difference(resumed["weights"], whole["weights"]) < 0.01


def test_two_processes_stop_early_at_the_same_epoch_with_the_same_weights(tmp_path: Path) -> None:
    # At a rate this high the first epochs make it worse.
    config = dataclasses.replace(SCRATCH, epochs=12, early_stopping_epochs=1, inner_share=0.3, learning_rate=0.5)
    leader, other = trained(tmp_path / "two", 2, config=config)
    assert leader["reports"][-1]["is_last"] and len(leader["reports"]) < 12
    assert all(torch.equal(leader["weights"][name], other["weights"][name]) for name in leader["weights"])
