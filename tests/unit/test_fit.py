"""Training: repeatable, interruptible, and blind to where a label stands in its window."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.unit.training_examples import QUICK, synthetic_set
from training.lancor.checkpoint import (
    FittedNetwork,
    UnreadableCheckpoint,
    load_network,
    save_network,
    sha256_of,
)
from training.lancor.config import TrainingConfig
from training.lancor.fit import EpochReport, TrainingStopped, fit
from training.lancor.label_maps import LabelTable, draw_label_maps
from training.lancor.windows import WindowDrawer

torch.set_num_threads(1)  # the arrays are small, and tests run side by side

DATASET = synthetic_set()
SEGMENTS = np.arange(12)


def train(
    path: Path, config: TrainingConfig = QUICK, seed: int = 0, stop_after: int | None = None
) -> tuple[FittedNetwork, list[EpochReport]]:
    reports: list[EpochReport] = []

    def on_epoch(report: EpochReport) -> bool:
        reports.append(report)
        return report.epoch != stop_after

    return fit(DATASET, SEGMENTS, config, seed, "cpu", on_epoch, path, np.arange(12, 16)), reports


def weights_of(fitted: FittedNetwork) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in fitted.network.state_dict().values()])


def test_the_same_seed_gives_the_same_network_and_another_seed_another(tmp_path: Path) -> None:
    first, _ = train(tmp_path / "a.pt")
    again, _ = train(tmp_path / "b.pt")
    other, _ = train(tmp_path / "c.pt", seed=1)
    assert torch.equal(weights_of(first), weights_of(again))
    assert not torch.equal(weights_of(first), weights_of(other))


@pytest.mark.parametrize("objective", ["lancor", "lancor_published"])
def test_a_stopped_training_goes_on_as_if_nothing_had_happened(tmp_path: Path, objective: str) -> None:
    config = dataclasses.replace(QUICK, objective=objective)
    whole, _ = train(tmp_path / "whole.pt", config)
    with pytest.raises(TrainingStopped, match="epoch 2 of 4"):
        train(tmp_path / "halves.pt", config, stop_after=2)
    resumed, reports = train(tmp_path / "halves.pt", config)
    assert [report.epoch for report in reports] == [3, 4]
    assert torch.equal(weights_of(whole), weights_of(resumed))


def test_a_finished_training_is_not_run_again(tmp_path: Path) -> None:
    first, _ = train(tmp_path / "a.pt")
    again, reports = train(tmp_path / "a.pt")
    assert reports == []
    assert torch.equal(weights_of(first), weights_of(again))


def test_a_checkpoint_of_another_configuration_is_not_taken_up(tmp_path: Path) -> None:
    train(tmp_path / "a.pt")
    _, reports = train(tmp_path / "a.pt", dataclasses.replace(QUICK, learning_rate=1e-4))
    assert [report.epoch for report in reports] == [1, 2, 3, 4]


def test_every_epoch_is_reported_with_its_losses(tmp_path: Path) -> None:
    _, reports = train(tmp_path / "a.pt", dataclasses.replace(QUICK, validate_every_epochs=2))
    assert [report.epoch for report in reports] == [1, 2, 3, 4]
    assert set(reports[0].losses) == {"picking", "contrast", "total"}
    assert reports[-1].losses["total"] < reports[0].losses["total"]
    assert [report.validation_loss is not None for report in reports] == [False, True, False, True]


def test_a_network_read_back_is_the_one_that_was_saved(tmp_path: Path) -> None:
    fitted, _ = train(tmp_path / "a.pt")
    digest = save_network(fitted, tmp_path / "network.pt")
    read = load_network(tmp_path / "network.pt")
    assert digest == sha256_of(tmp_path / "network.pt")
    assert (read.config, read.seed) == (fitted.config, fitted.seed)
    assert torch.equal(weights_of(read), weights_of(fitted))


class Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("unpickled",)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"form": "repick-checkpoint-1", "weights": Malicious()}, tmp_path / "evil.pt")
    with pytest.raises(UnreadableCheckpoint, match=r"evil\.pt"):
        load_network(tmp_path / "evil.pt")
    assert "unpickled" not in capsys.readouterr().out


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    fitted, _ = train(tmp_path / "a.pt")
    save_network(fitted, tmp_path / "network.pt")
    content = (tmp_path / "network.pt").read_bytes()
    (tmp_path / "network.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(UnreadableCheckpoint, match="undamaged"):
        load_network(tmp_path / "network.pt")


def test_data_at_another_rate_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"100 Hz.*200 Hz"):
        train(tmp_path / "a.pt", dataclasses.replace(QUICK, sampling_rate_hz=200.0))


def test_arrivals_are_shown_everywhere_in_the_window() -> None:
    drawer = WindowDrawer(synthetic_set(64, n_samples=1024), np.arange(64), dataclasses.replace(QUICK, window_samples=128), seed=0)
    places = [
        int(place)
        for epoch in range(40)
        for batch in drawer.epoch(epoch)
        for place in batch.label_map[:, 0][batch.has_label[:, 0]].argmax(axis=1)
    ]
    shares = np.histogram(places, bins=4, range=(0, 128))[0] / len(places)
    assert (shares > 0.15).all()
    assert (shares < 0.35).all()


@pytest.mark.parametrize(("first", "last"), [(200, 700), (220, 300), (0, 1023)])
def test_windows_hold_no_padding_or_all_of_a_trace_that_is_shorter(first: int, last: int) -> None:
    dataset = synthetic_set(64, n_samples=1024)
    segments = np.zeros_like(dataset.segments)
    segments[:, :, first : last + 1] = 1.0
    dataset = dataclasses.replace(dataset, segments=segments, real_samples=np.tile([first, last], (64, 1)))
    earliest, latest = dataset.window_range(np.arange(64), 128)
    drawer = WindowDrawer(dataset, np.arange(64), dataclasses.replace(QUICK, window_samples=128), seed=0)
    starts = np.concatenate([drawer._starts(np.arange(64), np.random.default_rng(seed)) for seed in range(20)])
    assert starts.min() >= earliest[0] and starts.max() <= latest[0]
    assert len(np.unique(starts)) > 0.5 * min(latest[0] - earliest[0] + 1, 128)
    real = [int(segments[0, 0, start : start + 128].sum()) for start in starts]
    assert set(real) == {min(last + 1 - first, 128)}


def test_the_label_map_has_its_peak_on_the_waveforms_own_onset() -> None:
    dataset = synthetic_set(8)
    silent = dataclasses.replace(dataset, segments=np.zeros_like(dataset.segments))
    rows = np.arange(8)
    silent.segments[rows, :, dataset.label_sample[::2].astype(int)] = 1e6
    drawer = WindowDrawer(silent, rows, dataclasses.replace(QUICK, add_noise_share=0.0), seed=3)
    for batch in drawer.epoch(0):
        spike = np.abs(batch.waveform).max(axis=1).argmax(axis=1)
        seen = batch.has_label[:, 0]
        assert (spike[seen] == batch.label_map[seen, 0].argmax(axis=1)).all()


def test_a_component_may_be_dropped_but_never_the_last_live_one() -> None:
    live = DATASET.live.copy()
    live[:, 1:] = False
    drawer = WindowDrawer(dataclasses.replace(DATASET, live=live), SEGMENTS, dataclasses.replace(QUICK, drop_component_share=1.0), seed=0)
    for batch in drawer.epoch(0):
        assert batch.live[:, 0].all()
        assert not batch.live[:, 1:].any()
        assert np.abs(batch.waveform[:, 1:]).max() == 0


def test_an_arrival_nobody_labelled_is_not_taught_as_absent() -> None:
    only_p = dataclasses.replace(
        DATASET,
        label_segment=DATASET.label_segment[::2],
        label_phase=DATASET.label_phase[::2],
        label_sample=DATASET.label_sample[::2],
        label_weight=np.full(16, 0.5, dtype=np.float32),
    )
    assert (LabelTable.of(only_p).phase_weight() == np.array([0.5, 0.0])).all()


def test_a_label_map_is_a_gaussian_on_a_fractional_sample() -> None:
    maps = draw_label_maps(np.array([[12.25, np.nan]]), np.array([[1, 0]]), np.array([2]), 20, sigma_samples=3.0)
    assert maps[0, 0].max() == 0
    np.testing.assert_allclose(maps[0, 1], np.exp(-0.5 * ((np.arange(20) - 10.25) / 3.0) ** 2), rtol=1e-5)
