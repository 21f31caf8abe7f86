"""benchmark detection PATH … — errors are planted in a labelled set, and it is seen which of them are found and put back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from labeling.management.command_line import refused, wrong
from training.benchmark.cells import Cell, CellRunner
from training.benchmark.detection_report import report_on
from training.benchmark.grids import GRIDS, ONE, Grid, is_mixed_or_alone
from training.benchmark.planted import BENCHMARK_KINDS, MIXED, Recipe
from training.flagging.config import FlaggingConfig
from training.jobs.train_fold import device_name
from training.lancor.config import OBJECTIVES, TrainingConfig
from training.management.benchmark_data import add_data_arguments, labelled_files, training_config

PHASES = {"P": (0,), "S": (1,), "both": (0, 1)}
# Methods of --ablate-losses, and what they are trained for.
LOSS_TERMS = {
    "plain": "picking",
    "lancor": "picking + time-shift contrast",
    "lancor_robust": "the same, each label counting as much as the alignment believes it",
    "lancor with published terms": "picking + time-shift contrast + the published terms",
    "lancor_published": "picking + the published terms",
}


def add_parser(parts: Any) -> None:
    """parts: the sub-parsers of `benchmark`."""
    detection = parts.add_parser("detection", help="planted wrong labels: which are found and put back")
    add_data_arguments(detection)
    detection.add_argument("--grid", choices=GRIDS, help="core: 20 %% mixed, three seeds, with controls; full: all rates and kinds")
    detection.add_argument("--rate", type=float, help="share of the labels made wrong; default 0.2, or the grid's")
    detection.add_argument(
        "--kinds", nargs="+", choices=(*BENCHMARK_KINDS, "mixed"), help="how, drawn evenly; or the grid's; default mixed"
    )
    detection.add_argument("--phases", choices=PHASES, default="both", help="which labels may be made wrong")
    detection.add_argument("--shift", nargs=2, type=float, metavar=("LEAST", "MOST"), default=(0.1, 2.0), help="seconds")
    detection.add_argument("--objectives", nargs="+", choices=OBJECTIVES, help="methods to compare; default lancor, or the grid's")
    detection.add_argument("--seeds", nargs="+", type=int, help="default 0, or the grid's")
    detection.add_argument("--control", action="store_true", help="also with noise for waveforms, where the AUROC has to be 0.5")
    detection.add_argument("--ablate", action="store_true", help="also what each piece of evidence and each rule is worth")
    detection.add_argument("--ablate-losses", action="store_true", help="also train without, and with more, terms of the loss")
    detection.add_argument(
        "--out", metavar="FOLDER", type=Path, default=settings.DATA_DIR / "benchmark", help="tables, and what to go on from"
    )


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """options: as parsed."""
    grid = _grid(options)
    try:
        recipes = grid.recipes(PHASES[options["phases"]], tuple(options["shift"]))
    except ValueError as problem:
        raise wrong(str(problem)) from None
    methods = _methods(grid, options)
    files = labelled_files(options["paths"], options["only"], next(iter(methods.values())))
    device = device_name()
    write(f"{files.dataset.n_labels} labels ({files.n_left_out} left out), device {device}")
    folder: Path = options["out"]
    folder.mkdir(parents=True, exist_ok=True)
    runner = CellRunner(files.dataset, files.group, flagging=FlaggingConfig(), device=device, folder=folder, write=write)
    try:
        results = runner.run(_cells(grid, recipes, methods))
    except ValueError as problem:
        raise refused(str(problem)) from None
    report = report_on(
        results,
        ablated=grid.objectives if options["ablate"] else (),
        loss_terms=LOSS_TERMS if options["ablate_losses"] else {},
    )
    table = report.markdown()
    (folder / "detection.md").write_text(table, encoding="utf-8")
    (folder / "detection.json").write_text(report.json(), encoding="utf-8")
    write(table)
    write(f"Written to {folder / 'detection.md'} and {folder / 'detection.json'}")


def _grid(options: dict[str, Any]) -> Grid:
    """The grid asked for, with what the command line says in its place."""
    given: dict[str, Any] = {}
    if options["rate"] is not None:
        given["rates"] = (options["rate"],)
    if options["kinds"]:
        given["kinds"] = (MIXED if "mixed" in options["kinds"] else tuple(options["kinds"]),)
    for name in ("seeds", "objectives"):
        if options[name]:
            given[name] = tuple(options[name])
    grid = GRIDS[options["grid"]] if options["grid"] else ONE
    return dataclasses.replace(grid, control=grid.control or options["control"], **given)


def _methods(grid: Grid, options: dict[str, Any]) -> dict[str, TrainingConfig]:
    methods = {name: training_config(name, options["set"]) for name in grid.objectives}
    if options["ablate_losses"]:
        published = dataclasses.asdict(OBJECTIVES["lancor_published"])
        added = {f"{name}_weight": published[name] for name in ("alignment", "similarity", "fourier", "reconstruction")}
        more = {name: training_config(name, options["set"]) for name in LOSS_TERMS if name in OBJECTIVES}
        methods |= {**more, "lancor with published terms": training_config("lancor", options["set"], **added)}
    return methods


def _cells(grid: Grid, recipes: list[Recipe], methods: dict[str, TrainingConfig]) -> list[Cell]:
    """Controls last: a grid that is stopped has the figures by then."""
    cells = [Cell(name, config, recipe, seed) for recipe in recipes for name, config in methods.items() for seed in grid.seeds]
    controlled = [recipe for recipe in recipes if grid.control and is_mixed_or_alone(recipe, recipes)]
    return cells + [
        Cell(name, methods[name], recipe, seed, noise_waveforms=True)
        for recipe in controlled
        for name in grid.objectives
        for seed in grid.seeds
    ]
