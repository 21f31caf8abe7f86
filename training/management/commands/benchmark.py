"""python manage.py benchmark detection PATH … — errors are planted in a labelled set, and it is seen which of them are found."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from labeling.management.command_line import refused, wrong
from training.benchmark.detection import DetectionResult, run_detection
from training.benchmark.planted import BENCHMARK_KINDS, MIXED, Recipe
from training.benchmark.tables import json_table, markdown_table
from training.flagging.config import FlaggingConfig
from training.jobs.labelled_files import LabelledFiles, read_labelled_files
from training.jobs.train_fold import device_name
from training.lancor.config import OBJECTIVES, TrainingConfig
from training.lancor.fit import EpochReport
from training.management.settings_given import settings_given

PHASES = {"P": (0,), "S": (1,), "both": (0, 1)}
SHOWN = (
    "n_labels",
    "n_wrong",
    "auroc",
    "auroc_without_alignment",
    "auroc_residual",
    "average_precision",
    "precision_at_k",
    "recall_at_precision_0.9",
    "false_flags",
    "put_back_0.1_s",
    "harmed",
    "expected_calibration_error",
    "coverage_90",
)
NOTE = "The labels of the set are taken for true; where some are not, finding them counts as a mistake. 95 % intervals are in the JSON."


class Command(BaseCommand):
    help = "Runs a benchmark with fixed seeds; writes a table to look at and JSON to compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True, metavar="detection")
        detection = parts.add_parser("detection", help="planted wrong labels: which are found and put back")
        detection.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="a labelled set: SeisBench, STEAD or PhaseNet form")
        detection.add_argument("--only", metavar="CSV", type=Path, help="take only the traces in this file's column trace_name")
        detection.add_argument("--rate", type=float, default=0.2, help="share of the labels made wrong")
        detection.add_argument("--kinds", nargs="+", choices=(*BENCHMARK_KINDS, "mixed"), default=["mixed"], help="how, drawn evenly")
        detection.add_argument("--phases", choices=PHASES, default="both", help="which labels may be made wrong")
        detection.add_argument("--shift", nargs=2, type=float, metavar=("LEAST", "MOST"), default=(0.1, 2.0), help="seconds")
        detection.add_argument("--objectives", nargs="+", choices=OBJECTIVES, default=["lancor"], help="methods to compare")
        detection.add_argument("--seeds", nargs="+", type=int, default=[0])
        detection.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], help="settings of all methods")
        detection.add_argument("--control", action="store_true", help="also with noise for waveforms, where the AUROC has to be 0.5")
        detection.add_argument(
            "--out", metavar="FOLDER", type=Path, default=settings.DATA_DIR / "benchmark", help="tables, and checkpoints to go on from"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        methods = {name: _config(name, options["set"]) for name in options["objectives"]}
        try:
            least_s, most_s = options["shift"]
            kinds = MIXED if "mixed" in options["kinds"] else tuple(options["kinds"])
            recipe = Recipe(options["rate"], kinds, PHASES[options["phases"]], least_s, most_s)
        except ValueError as problem:
            raise wrong(str(problem)) from None
        files = _read(options["paths"], options["only"], next(iter(methods.values())))
        self.stdout.write(f"{files.dataset.n_labels} labels ({files.n_left_out} left out), device {device_name()}")
        folder: Path = options["out"]
        folder.mkdir(parents=True, exist_ok=True)
        rows, details = [], []
        controls = [False, True] if options["control"] else [False]
        for method, config in methods.items():
            for is_control in controls:
                name = f"{method}, noise for waveforms" if is_control else method
                results = [self._run(files, recipe, config, seed, folder, is_control) for seed in options["seeds"]]
                rows.append({"method": name, "seeds": len(results), **_mean(results)})
                details += [
                    {"method": name, "seed": seed, **result.figures, "intervals_95": result.intervals}
                    for seed, result in zip(options["seeds"], results, strict=True)
                ]
        shown = [{name: row.get(name) for name in ("method", "seeds", *SHOWN)} for row in rows]
        table = markdown_table(shown, [NOTE])
        (folder / "detection.md").write_text(table, encoding="utf-8")
        settings = {name: config.to_dict() for name, config in methods.items()}
        context = {"recipe": recipe.__dict__, "settings": settings, "runs": _plain(details)}
        (folder / "detection.json").write_text(json_table(rows, [NOTE], **context), encoding="utf-8")
        self.stdout.write(table)
        self.stdout.write(f"Written to {folder / 'detection.md'} and {folder / 'detection.json'}")

    def _run(
        self, files: LabelledFiles, recipe: Recipe, config: TrainingConfig, seed: int, folder: Path, is_control: bool
    ) -> DetectionResult:
        name = f"{config.objective}-{_fingerprint(files, recipe, config, is_control)}-{seed}"
        work_folder = folder / "checkpoints" / name
        work_folder.mkdir(parents=True, exist_ok=True)

        def on_epoch(fold: int, report: EpochReport) -> bool:
            if report.epoch == report.n_epochs:
                self.stdout.write(f"{name}: fold {fold + 1} of {config.n_folds} trained")
            return True

        try:
            return run_detection(
                files.dataset,
                recipe=recipe,
                training=config,
                flagging=FlaggingConfig(),
                seed=seed,
                device=device_name(),
                work_folder=work_folder,
                group=files.group,
                noise_waveforms=is_control,
                on_epoch=on_epoch,
            )
        except ValueError as problem:
            raise refused(str(problem)) from None


def _fingerprint(files: LabelledFiles, recipe: Recipe, config: TrainingConfig, is_control: bool) -> str:
    """Of all that a checkpoint depends on: one that was trained on other labels must not be gone on from."""
    digest = hashlib.sha256(repr((recipe, config, is_control)).encode())
    dataset = files.dataset
    for array in (dataset.label_sample, dataset.label_phase, dataset.label_segment, files.group, dataset.live, dataset.segments):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:8]


def _config(objective: str, pairs: Sequence[str]) -> TrainingConfig:
    try:
        return TrainingConfig.from_dict({**settings_given(pairs), "objective": objective})
    except ValueError as problem:
        raise wrong(str(problem)) from None


def _read(paths: Sequence[Path], only: Path | None, config: TrainingConfig) -> LabelledFiles:
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


def _mean(results: Sequence[DetectionResult]) -> dict[str, float]:
    """Of each figure that any seed has."""
    names = dict.fromkeys(name for result in results for name in result.figures)
    by_name = {name: np.array([result.figures.get(name, np.nan) for result in results]) for name in names}
    return {name: float(np.nanmean(values)) if np.isfinite(values).any() else float("nan") for name, values in by_name.items()}


def _plain(value: Any) -> Any:
    """NaN has no place in JSON."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
