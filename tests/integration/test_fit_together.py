"""Folds trained by several processes: the job starts torchrun, and says what became of it."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command

from labeling.jobs.lease import CancelRequested, JobFailed
from labeling.models import Work
from tests.integration.small_uploads import QUICK_SETTINGS, import_files, small_files
from tests.unit.training_examples import QUICK, synthetic_set
from training.jobs.fit_together import SharedFit, fit_together, processes_for
from training.jobs.run_files import Labels, RunFolder
from training.jobs.run_to_end import run_to_end
from training.lancor.fit import EpochReport, fit
from training.models import EpochMetric
from training.services.runs import start_run

DATASET = synthetic_set()
SEGMENTS, HELD_OUT = np.arange(12), np.arange(12, 16)
CONFIG = dataclasses.replace(QUICK, start_from="scratch")


@pytest.fixture
def work(data_folder: Path) -> SharedFit:
    """A run's folder as preparation leaves it."""
    folder = RunFolder(1)
    folder.path.mkdir(parents=True)
    np.save(folder.segments, DATASET.segments)
    folder.save(DATASET, Labels(*np.zeros((4, DATASET.n_labels), dtype=np.int64)))
    return SharedFit(1, CONFIG, 5, SEGMENTS, HELD_OUT, folder.path / "fold-0-network-0.training.pt")


def processes_of(work: SharedFit) -> list[int]:
    """Ids of the processes that train, without torchrun's own."""
    path = str(work.checkpoint_path.with_suffix(".json"))
    listed = subprocess.run(["ps", "-eo", "pid,args", "-ww"], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if path in line and "torch.distributed.run" not in line]


def test_an_interrupted_training_goes_on_where_it_was_and_ends_as_one_process_would(work: SharedFit, tmp_path: Path) -> None:
    seen: list[EpochReport] = []

    def cancelling(report: EpochReport) -> bool:
        seen.append(report)
        if report.epoch == 2:
            raise CancelRequested
        return True

    with pytest.raises(CancelRequested):
        fit_together(work, 2, cancelling)
    assert processes_of(work) == []
    first_again = int(torch.load(work.checkpoint_path)["epoch"]) + 1
    again: list[EpochReport] = []
    fit_together(work, 2, lambda report: again.append(report) is None)
    assert [report.epoch for report in again] == list(range(first_again, 5))
    assert seen[0].validation_loss is None and again[-1].validation_loss is not None

    def never(report: EpochReport) -> bool:
        raise AssertionError("The training had ended.")

    together = fit(DATASET, SEGMENTS, CONFIG, 5, "cpu", never, work.checkpoint_path).network.state_dict()
    alone = fit(DATASET, SEGMENTS, CONFIG, 5, "cpu", lambda report: True, tmp_path / "alone.pt").network.state_dict()
    off = sum(float((together[name].double() - alone[name].double()).square().sum()) for name in alone)
    assert off**0.5 < 0.01 * sum(float(value.double().square().sum()) for value in alone.values()) ** 0.5


def test_a_killed_process_ends_the_job_with_what_to_do(work: SharedFit) -> None:
    def killing(report: EpochReport) -> bool:
        if report.epoch == 1:
            os.kill(max(processes_of(work)), signal.SIGKILL)
        return True

    with pytest.raises(JobFailed, match=r"One of the 2 processes .* was killed or failed.*REPICK_TORCHRUN_PROCESSES"):
        fit_together(dataclasses.replace(work, config=dataclasses.replace(CONFIG, epochs=2000)), 2, killing)
    assert processes_of(work) == []
    assert not work.checkpoint_path.with_suffix(".json").exists()


@pytest.mark.parametrize(("wanted", "n_segments", "batch_size", "given"), [(1, 99, 16, 1), (2, 99, 16, 2), (8, 99, 16, 4), (2, 6, 16, 1)])
def test_no_process_gets_too_few_windows(settings, wanted: int, n_segments: int, batch_size: int, given: int) -> None:
    settings.TORCHRUN_PROCESSES = wanted
    assert processes_for(n_segments, dataclasses.replace(CONFIG, batch_size=batch_size)) == given


def test_a_run_whose_folds_are_trained_together_flags_its_picks(settings, workspace) -> None:
    settings.TORCHRUN_PROCESSES = 2
    import_files(workspace, small_files())
    run = start_run(workspace=workspace, by=None, settings=QUICK_SETTINGS, send=False)
    run = run_to_end(run.pk, lambda text: None)
    assert run.state == Work.State.DONE, run.message
    assert list(EpochMetric.objects.values_list("fold__fold", "epoch").order_by("fold__fold", "epoch")) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert all(fold.checkpoints.count() == 1 for fold in run.folds.all())


def test_train_under_torchrun_says_how_to_start_it(monkeypatch, workspace) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    with pytest.raises(CommandError, match=r"REPICK_TORCHRUN_PROCESSES=2 python manage\.py train"):
        call_command("train", workspace.name)
    assert not workspace.runs.exists()
