"""What every part of the benchmark command takes: labelled files, and settings for all its methods."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labeling.management.command_line import refused, wrong
from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.jobs.labelled_files import LabelledFiles, LabelledTraces, read_labelled_traces
from training.lancor.config import TrainingConfig
from training.lancor.network_rate import network_rate_hz
from training.management.settings_given import settings_given


def add_data_arguments(parser: Any, nargs: str = "+") -> None:
    """PATH …, --only and --set. nargs: of PATH."""
    parser.add_argument("paths", metavar="PATH", nargs=nargs, type=Path, help="a labelled set: SeisBench, STEAD or PhaseNet form")
    parser.add_argument("--only", metavar="CSV", type=Path, help="take only the traces in this file's column trace_name")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], help="settings of all methods")


def training_config(pairs: Sequence[str], rates_hz: Sequence[float], **fixed: str | float) -> TrainingConfig:
    """The settings `key=value`, at the rate of the data unless they name another. rates_hz: of the traces. fixed: settings in place of the
    defaults, such as the weight of a loss."""
    try:
        return TrainingConfig.from_dict({"sampling_rate_hz": network_rate_hz(rates_hz), **settings_given(pairs), **fixed})
    except ValueError as problem:
        raise wrong(str(problem)) from None


def labelled_traces(paths: Sequence[Path], only: Path | None) -> LabelledTraces:
    """The labels and waveforms of the files."""
    for path in [*paths, *([only] if only else [])]:
        if not path.exists():
            raise wrong(f"{path}: there is no such file or folder.")
    names: set[str] = set()
    if only:
        with only.open(newline="", encoding="utf-8-sig") as file:
            names = {row.get("trace_name") or "" for row in csv.DictReader(file)} - {""}
        if not names:
            raise wrong(f"{only}: has no column trace_name, or nothing in it.")
    try:
        return read_labelled_traces(paths, names)
    except ValueError as problem:
        raise refused(str(problem)) from None


def say_what_is_read(files: LabelledFiles, device: str) -> str:
    """Counts, the networks' rate, and what seconds mean at another rate than 100 Hz."""
    rate_hz = files.dataset.sampling_rate_hz
    told = f"{files.dataset.n_labels} labels ({files.n_left_out} left out), seen at {rate_hz:g} Hz, device {device}"
    if rate_hz == RATE_OF_LENGTHS_HZ:
        return told
    tenth_s = 0.1 * RATE_OF_LENGTHS_HZ / rate_hz
    return f"{told}. Seconds in recipes and tables are those at 100 Hz: 0.1 s stands for {tenth_s:g} s here, which is as many samples."
