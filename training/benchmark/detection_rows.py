"""Rows of the tables of the detection benchmark, from the cells of its grid."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from training.benchmark.cells import Cell, Spent
from training.benchmark.cleanlab_scores import cleanlab_suspicion, has_cleanlab
from training.benchmark.figures import RANKING, VERDICTS, by_part, calibration_without, figures_of
from training.benchmark.grids import recipe_name
from training.benchmark.judged_labels import AR_AIC, NOISE_MODEL, RESIDUAL, STA_LTA, WITHOUT_ALIGNMENT, JudgedLabels
from training.benchmark.over_seeds import change, intervals, mean_figures, mean_of
from training.benchmark.planted import Recipe

Row = dict[str, Any]
Runs = Sequence[JudgedLabels]
Results = Mapping[Cell, JudgedLabels]

CONTROL = "noise for waveforms"
CLEANLAB = "cleanlab on the residual"
EVERYTHING = "nothing"  # left out
CHANGING = ("average_precision", "precision_at_k", "put_back_0.1_s_of_0.2_s", "harmed")  # figures that settings are compared by
LOSS_FIGURES = ("put_back_0.1_s", "put_back_0.1_s_of_0.2_s", "harmed", "expected_calibration_error")


def recipes_of(results: Results) -> list[Recipe]:
    return list(dict.fromkeys(cell.recipe for cell in results))


def method_rows(results: Results, recipe: Recipe) -> list[Row]:
    """One row for each method, comparators before what they are compared with, and the control after it. All judge the same labels."""
    rows: list[Row] = []
    methods = _methods(results, recipe)
    if recipe.rate > 0 and methods:
        runs = next(iter(methods.values()))
        rows += [_compared(name, recipe, _seen_by(runs, name)) for name in (AR_AIC, STA_LTA)]
    for cell, runs in methods.items():
        if recipe.rate > 0:
            rows += _comparators(cell, recipe, runs)
        calibration = mean_of([calibration_without(labels) for labels in runs])
        figures = mean_figures(runs, RANKING | VERDICTS) | calibration
        rows.append(_row(cell.method, recipe, runs, figures) | {"intervals_95": intervals(runs, RANKING | VERDICTS)})
        control = [labels for other, labels in results.items() if _is_control_of(other, cell)]
        if control:
            rows.append(_compared(f"{cell.method}, {CONTROL}", recipe, control))
    return rows


def part_rows(results: Results, recipe: Recipe) -> list[Row]:
    """By method: each kind, magnitude and phase of the errors."""
    rows: list[Row] = []
    for cell, runs in _methods(results, recipe).items():
        parted = [by_part(labels) for labels in runs]
        for what, name in dict.fromkeys(key for of_run in parted for key in of_run):
            figures = mean_of([of_run[what, name] for of_run in parted if (what, name) in of_run])
            rows.append({"recipe": recipe_name(recipe), "method": cell.method, "part": what, "errors": name, **figures})
    return rows


def ablation_rows(results: Results, recipe: Recipe, methods: Collection[str]) -> list[Row]:
    """Of the named methods: what is lost where evidence or a rule is left out; the change is of average precision, with its interval."""
    rows: list[Row] = []
    for cell, runs in _methods(results, recipe).items():
        if cell.method not in methods:
            continue
        whole = [labels.seen_by(labels.ablations[EVERYTHING]) for labels in runs]
        # A piece that is unknown in one seed's networks has no row.
        shared = [name for name in runs[0].ablations if all(name in labels.ablations for labels in runs)]
        for left_out in shared:
            without = [labels.seen_by(labels.ablations[left_out]) for labels in runs]
            measures = RANKING | {"expected_calibration_error": VERDICTS["expected_calibration_error"]}
            row = {"recipe": recipe_name(recipe), "method": cell.method, "left_out": left_out, **mean_figures(without, measures)}
            if left_out != EVERYTHING:
                row["change"], row["change_interval_95"] = change(whole, without, RANKING["average_precision"], n_draws=200)
            rows.append(row)
    return rows


def loss_rows(rows: Sequence[Row], methods: Mapping[str, str]) -> list[Row]:
    """Of rows of `method_rows` those that differ by what they were trained for. methods: the terms of the loss, by method."""
    names = (*RANKING, *LOSS_FIGURES)
    return [
        {"terms_of_the_loss": methods[row["method"]], "recipe": row["recipe"], "seeds": row["seeds"]}
        | {name: row[name] for name in names}
        | {"intervals_95": {name: value for name, value in row["intervals_95"].items() if name in names}}
        for row in rows
        if row["method"] in methods
    ]


def setting_rows(results: Results, recipe: Recipe, tried: Collection[str], spent: Mapping[Cell, Spent]) -> list[Row]:
    """The first method, and below it each of the tried ones with what they change in its figures. spent: on each cell."""
    methods = _methods(results, recipe)
    plain = next(iter(methods.values()), [])
    rows: list[Row] = []
    for cell, runs in methods.items():
        is_first = not rows
        if not is_first and cell.method not in tried:
            continue
        of_method = [
            spent[other] for other in results if (other.method, other.recipe, other.noise_waveforms) == (cell.method, recipe, False)
        ]
        row: Row = {
            "recipe": recipe_name(recipe),
            "method": cell.method,
            "seeds": len(runs),
            "epochs": float(np.mean([one.epochs for one in of_method])) / (cell.config.n_folds * cell.config.n_networks),
            "training_s": float(np.mean([one.seconds for one in of_method])),
        }
        bounds: dict[str, tuple[float, float]] = {}
        for name in CHANGING:
            measure = (RANKING | VERDICTS)[name]
            row[name] = mean_figures(runs, {name: measure})[name]
            if not is_first:
                row[f"change_{name}"], bounds[f"change_{name}"] = change(plain, runs, measure)
        rows.append(row | {"intervals_95": bounds})
    return rows


def run_rows(results: Results) -> list[Row]:
    """The product's figures of each cell, for whoever wants to see a seed by itself."""
    return [
        {"method": str(cell), "seed": cell.seed, **figures_of(labels, RANKING | VERDICTS), **calibration_without(labels)}
        for cell, labels in results.items()
    ]


def _methods(results: Results, recipe: Recipe) -> dict[Cell, list[JudgedLabels]]:
    """Runs of all seeds, by the cell of the first of them; without controls."""
    by_name: dict[str, Cell] = {}
    runs: dict[Cell, list[JudgedLabels]] = {}
    for cell, labels in results.items():
        if cell.recipe == recipe and not cell.noise_waveforms:
            runs.setdefault(by_name.setdefault(cell.method, cell), []).append(labels)
    return runs


def _is_control_of(other: Cell, cell: Cell) -> bool:
    return other.noise_waveforms and other.method == cell.method and other.recipe == cell.recipe


def _comparators(cell: Cell, recipe: Recipe, runs: Runs) -> list[Row]:
    """What the same networks say without the rest of the product."""
    seen = {RESIDUAL: _seen_by(runs, RESIDUAL)}
    if has_cleanlab():
        seen[CLEANLAB] = [labels.seen_by(cleanlab_suspicion(labels.residual_s)) for labels in runs]
    seen[NOISE_MODEL] = _seen_by(runs, NOISE_MODEL)
    if cell.config.aligns:
        seen[WITHOUT_ALIGNMENT] = _seen_by(runs, WITHOUT_ALIGNMENT)
    return [_compared(f"{cell.method}: {name}", recipe, compared) for name, compared in seen.items()]


def _seen_by(runs: Runs, name: str) -> list[JudgedLabels]:
    return [labels.seen_by(labels.suspicion[name]) for labels in runs]


def _compared(method: str, recipe: Recipe, runs: Runs) -> Row:
    return _row(method, recipe, runs, mean_figures(runs, RANKING)) | {"intervals_95": intervals(runs, RANKING)}


def _row(method: str, recipe: Recipe, runs: Runs, figures: Mapping[str, float]) -> Row:
    return {"recipe": recipe_name(recipe), "method": method, "seeds": len(runs), **figures}
