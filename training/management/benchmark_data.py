"""What every part of the benchmark command takes: labelled files, and settings for all its methods."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labeling.management.command_line import refused, wrong
from training.jobs.labelled_files import LabelledFiles, read_labelled_files
from training.lancor.config import TrainingConfig
from training.management.settings_given import settings_given


def add_data_arguments(parser: Any, nargs: str = "+") -> None:
    """PATH …, --only and --set. nargs: of PATH."""
    parser.add_argument("paths", metavar="PATH", nargs=nargs, type=Path, help="a labelled set: SeisBench, STEAD or PhaseNet form")
    parser.add_argument("--only", metavar="CSV", type=Path, help="take only the traces in this file's column trace_name")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], help="settings of all methods")


def training_config(objective: str, pairs: Sequence[str], **weights: float) -> TrainingConfig:
    """The settings `key=value` of one objective. weights: of its losses, in place of its own."""
    try:
        return TrainingConfig.from_dict({**weights, **settings_given(pairs), "objective": objective})
    except ValueError as problem:
        raise wrong(str(problem)) from None


def labelled_files(paths: Sequence[Path], only: Path | None, config: TrainingConfig) -> LabelledFiles:
    """The labels and waveforms of the files, as a network of this configuration takes them."""
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
        return read_labelled_files(paths, config, names)
    except ValueError as problem:
        raise refused(str(problem)) from None
