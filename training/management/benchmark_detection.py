"""benchmark detection PATH … — errors are planted in a labelled set, and it is seen which of them are found and put back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from labeling.management.command_line import refused, wrong
from training.benchmark.cells import Cell, CellRunner
from training.benchmark.detection_report import report_on
from training.benchmark.grids import GRIDS, ONE, Grid, is_mixed_or_alone
from training.benchmark.picking import TEST_SHARE, split_by_component
from training.benchmark.planted import BENCHMARK_KINDS, MIXED, IntArray, Recipe
from training.flagging.config import FlaggingConfig
from training.jobs.train_fold import device_name
from training.lancor.config import OBJECTIVES, TrainingConfig
from training.lancor.dataset import LabelledSet
from training.management.benchmark_data import add_data_arguments, labelled_traces, say_what_is_read, training_config

PHASES = {"P": (0,), "S": (1,), "both": (0, 1)}
OF_SEGMENTS = ("segment_s", "sampling_rate_hz")
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
        "--try",
        dest="tried",
        nargs="+",
        action="append",
        default=[],
        metavar="key=value",
        help="also train with these settings, and compare",
    )
    detection.add_argument(
        "--inner", action="store_true", help="on the part of the set alone on which the first split of `benchmark picking` trains"
    )
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
    traces = labelled_traces(options["paths"], options["only"])
    methods = _methods(grid, options, traces.rates_hz)
    files = traces.cut(next(iter(methods.values())))
    dataset, group = files.dataset, files.group
    device = device_name()
    write(say_what_is_read(files, device))
    if options["inner"]:
        dataset, group = _inner_part(dataset, group)
        write(f"Only its inner part: {dataset.n_labels} labels on {dataset.n_segments} segments")
    folder: Path = options["out"]
    folder.mkdir(parents=True, exist_ok=True)
    runner = CellRunner(dataset, group, flagging=FlaggingConfig(), device=device, folder=folder, write=write)
    try:
        results = runner.run(_cells(grid, recipes, methods))
    except ValueError as problem:
        raise refused(str(problem)) from None
    report = report_on(
        results,
        ablated=grid.objectives if options["ablate"] else (),
        loss_terms=LOSS_TERMS if options["ablate_losses"] else {},
        tried=[_name_of(grid, tried) for tried in options["tried"]],
        spent=runner.spent,
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


def _methods(grid: Grid, options: dict[str, Any], rates_hz: Sequence[float]) -> dict[str, TrainingConfig]:
    methods = {name: training_config(options["set"], rates_hz, objective=name) for name in grid.objectives}
    if options["ablate_losses"]:
        published = dataclasses.asdict(OBJECTIVES["lancor_published"])
        added = {f"{name}_weight": published[name] for name in ("alignment", "similarity", "fourier", "reconstruction")}
        more = {name: training_config(options["set"], rates_hz, objective=name) for name in LOSS_TERMS if name in OBJECTIVES}
        all_terms = training_config(options["set"], rates_hz, objective="lancor", **added)
        methods |= {**more, "lancor with published terms": all_terms}
    for tried in options["tried"]:
        config = training_config([*options["set"], *tried], rates_hz, objective=grid.objectives[0])
        if any(getattr(config, name) != getattr(methods[grid.objectives[0]], name) for name in OF_SEGMENTS):
            raise wrong(
                f"--try {' '.join(tried)}: {' and '.join(OF_SEGMENTS)} are those of all methods, which judge the same segments. Use --set."
            )
        methods[_name_of(grid, tried)] = config
    return methods


def _name_of(grid: Grid, tried: Sequence[str]) -> str:
    return f"{grid.objectives[0]}, {' '.join(tried)}"


def _inner_part(dataset: LabelledSet, group: IntArray) -> tuple[LabelledSet, IntArray]:
    """What settings may be chosen on: the rest stays for whoever wants to see what they are worth."""
    try:
        split = split_by_component(dataset, group, TEST_SHARE, seed=0)
    except ValueError as problem:
        raise refused(str(problem)) from None
    return split.training, split.group


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
