"""One network of a fold, trained by several processes of this host. The job starts torchrun, and torchrun starts them.

They know nothing of the database: the job hands them a file, and reads what number 0 reports from a pipe. Whatever becomes of them, the
row, its lease and its heartbeat are the job's.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from django.conf import settings

from labeling.jobs.lease import JobFailed
from training.jobs.run_files import RunFolder
from training.lancor.config import TrainingConfig
from training.lancor.dataset import IntArray
from training.lancor.distributed import joined
from training.lancor.fit import EpochReport, fit

logger = logging.getLogger(__name__)

LEAST_WINDOWS = 4  # of a batch for each process; with fewer they would wait for each other most of the time
END_WAIT_S = 40.0  # torchrun gives its processes 30 s to end


@dataclass(frozen=True)
class SharedFit:
    """What each process is to `fit`; all of it but the device."""

    run_id: int
    config: TrainingConfig
    seed: int
    segments: IntArray
    validation_segments: IntArray
    checkpoint_path: Path

    def write(self, path: Path) -> None:
        values = {
            "run_id": self.run_id,
            "config": self.config.to_dict(),
            "seed": self.seed,
            "segments": self.segments.tolist(),
            "validation_segments": self.validation_segments.tolist(),
            "checkpoint_path": str(self.checkpoint_path),
        }
        path.write_text(json.dumps(values))

    @classmethod
    def read(cls, path: Path) -> SharedFit:
        values = json.loads(path.read_text())
        return cls(
            run_id=values["run_id"],
            config=TrainingConfig.from_dict(values["config"]),
            seed=values["seed"],
            segments=np.array(values["segments"], dtype=np.int64),
            validation_segments=np.array(values["validation_segments"], dtype=np.int64),
            checkpoint_path=Path(values["checkpoint_path"]),
        )


def processes_for(n_segments: int, config: TrainingConfig) -> int:
    """As many as the settings ask for, if there are cards for them and windows in a batch."""
    wanted = settings.TORCHRUN_PROCESSES
    if torch.cuda.is_available():
        wanted = min(wanted, torch.cuda.device_count())  # nccl takes one process a card
    return max(1, min(wanted, n_segments // LEAST_WINDOWS, config.batch_size // LEAST_WINDOWS))


def fit_together(work: SharedFit, n_processes: int, on_epoch: Callable[[EpochReport], bool]) -> None:
    """Trains to the end, and leaves the finished training in work.checkpoint_path for `fit` to take up. on_epoch may raise to stop.

    Raises JobFailed where a process ends early.
    """
    path = work.checkpoint_path.with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    work.write(path)
    torchrun = _start(path, n_processes)
    try:
        assert torchrun.stdout is not None
        for line in torchrun.stdout:
            report = _report_in(line)
            if report is not None:
                on_epoch(report)
        code = torchrun.wait()
    finally:
        _end(torchrun)
        path.unlink(missing_ok=True)
    if code != 0:
        raise JobFailed(
            f"One of the {n_processes} processes that trained a network together was killed or failed, and the others were ended. The "
            "worker's log says more; too little memory is the usual reason. Set REPICK_TORCHRUN_PROCESSES lower, and start another run."
        )


def take_part(path: Path) -> None:
    """What each process does that torchrun has started."""
    work = SharedFit.read(path)
    dataset, _ = RunFolder(work.run_id).load()
    with joined("cuda" if torch.cuda.is_available() else "cpu") as device:
        fit(dataset, work.segments, work.config, work.seed, str(device), _tell, work.checkpoint_path, work.validation_segments)


def _start(path: Path, n_processes: int) -> subprocess.Popen[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(n_processes)]
    threads = str(max(1, settings.TORCH_THREADS // n_processes))
    return subprocess.Popen(  # noqa: S603  our own command
        [*torchrun, str(settings.BASE_DIR / "manage.py"), "take_part_in_fit", str(path)],
        env={**os.environ, "REPICK_DATA_DIR": str(settings.DATA_DIR), "OMP_NUM_THREADS": threads},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the job only, which ends the others in order
    )


def _tell(report: EpochReport) -> bool:
    # Where the job is gone, the pipe is broken; the error ends this process, and torchrun the others.
    print(json.dumps(asdict(report)), flush=True)
    return True


def _report_in(line: str) -> EpochReport | None:
    """None for what some library has printed."""
    try:
        return EpochReport(**json.loads(line))
    except (ValueError, TypeError):
        logger.info("torchrun: %s", line.rstrip())
        return None


def _end(torchrun: subprocess.Popen[str]) -> None:
    if torchrun.poll() is None:
        torchrun.terminate()
        try:
            torchrun.wait(END_WAIT_S)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(torchrun.pid, signal.SIGKILL)
            torchrun.wait()
    if torchrun.stdout is not None:
        torchrun.stdout.close()
