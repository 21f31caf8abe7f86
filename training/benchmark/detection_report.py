"""The detection benchmark as Markdown to look at and JSON to compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.benchmark.cells import Cell, Spent
from training.benchmark.cleanlab_scores import NOT_INSTALLED, has_cleanlab
from training.benchmark.detection_rows import (
    CONTROL,
    Results,
    Row,
    ablation_rows,
    loss_rows,
    method_rows,
    part_rows,
    recipes_of,
    run_rows,
    setting_rows,
)
from training.benchmark.figures import RANKING
from training.benchmark.grids import is_mixed_or_alone, recipe_name
from training.benchmark.tables import json_table, markdown_table

HARMLESS_CONTROL = 0.1  # how far from 0.5 the AUROC of a control may lie
ONLY_IN_JSON = ("recall_at_precision_0.9", "mean_error_before_s", "mean_error_after_s", "error_rate_estimated", "false_flags")
NOTES = (
    "The labels of the set are taken for true; where some are not, finding them counts as a mistake.",
    "Figures are means over seeds; in brackets their 95 % intervals, for which connected components are drawn with replacement.",
    "put_back_0.1_s_of_0.2_s: of timing errors (shifts and group offsets) of 0.2 s and more. harmed: right labels that accepting every "
    "proposal would move by more than 0.05 s, remove or rename. expected_calibration_error_without_…: that kind of error was not planted "
    "when P(mislabelled) was calibrated, and stands for all errors here.",
)
ABLATION_NOTE = (
    "change: of the average precision. The networks and their outputs are the same in all rows. What the noise model expects sets the "
    "level of P(mislabelled) in all of them, also where it is not shown as evidence."
)
TRIED_NOTE = (
    "change: against the first row, seed by seed on the same labels, with its 95 % interval over components. epochs: of one "
    "network. training_s: of all folds, a seed; on a machine with other work it says little."
)


@dataclass(frozen=True)
class Report:
    """rows: all methods on all recipes. parts: by kind, magnitude and phase. ablations, losses, tried: empty where not asked for."""

    rows: list[Row]
    parts: list[Row]
    ablations: list[Row]
    losses: list[Row]
    tried: list[Row]
    runs: list[Row]
    recipes: list[Row]
    settings: Mapping[str, Mapping[str, Any]]
    notes: list[str]

    def markdown(self) -> str:
        sections = ["# Wrong labels found and put back\n"]
        for name in dict.fromkeys(row["recipe"] for row in self.rows):
            rows = [row for row in self.rows if row["recipe"] == name]
            sections += [f"## {name}\n", _ranking(rows), _verdicts(rows)]
            parts = [row for row in self.parts if row["recipe"] == name]
            if parts:
                sections += ["By kind, magnitude of timing errors, and phase:\n", markdown_table([_shown(row) for row in parts])]
        if self.ablations:
            sections += ["## What each piece of evidence and each rule is worth\n", _ablations(self.ablations)]
        if self.losses:
            sections += ["## What each term of the loss is worth\n", markdown_table([_shown(row) for row in self.losses])]
        if self.tried:
            sections += ["## What other settings change\n", markdown_table([_shown(row) for row in self.tried], [TRIED_NOTE])]
        return "\n".join([*sections, *(f"{note}\n" for note in self.notes)])

    def json(self) -> str:
        context = {name: getattr(self, name) for name in ("recipes", "settings", "parts", "ablations", "losses", "tried", "runs")}
        return json_table(self.rows, self.notes, **context)


def report_on(
    results: Results,
    *,
    ablated: Collection[str] = (),
    loss_terms: Mapping[str, str] | None = None,
    tried: Collection[str] = (),
    spent: Mapping[Cell, Spent] | None = None,
) -> Report:
    """ablated: the methods of which it is told what each piece of evidence is worth. loss_terms: of the methods that are to be compared by
    their losses, what those consist of. tried: those that are compared with the first. spent: on each cell."""
    recipes = recipes_of(results)
    rows = [row for recipe in recipes for row in method_rows(results, recipe)]
    compared = [recipe for recipe in recipes if is_mixed_or_alone(recipe, recipes)]
    return Report(
        rows=rows,
        parts=[row for recipe in recipes for row in part_rows(results, recipe)],
        ablations=[row for recipe in compared for row in ablation_rows(results, recipe, ablated)],
        losses=loss_rows(rows, loss_terms or {}),
        tried=[row for recipe in compared if tried for row in setting_rows(results, recipe, tried, spent or {})],
        runs=run_rows(results),
        recipes=[{"name": recipe_name(recipe), **dataclasses.asdict(recipe)} for recipe in recipes],
        settings={cell.method: cell.config.to_dict() for cell in results},
        notes=_notes(rows),
    )


def _notes(rows: Sequence[Row]) -> list[str]:
    told = list(NOTES)
    if not has_cleanlab():
        told.append(NOT_INSTALLED)
    told += [_control(row) for row in rows if row["method"].endswith(CONTROL) and row["auroc"] == row["auroc"]]  # no NaN
    return told


def _control(row: Row) -> str:
    low, high = row["intervals_95"]["auroc"]
    if abs(row["auroc"] - 0.5) <= HARMLESS_CONTROL:
        verdict = "as it has to be"
    elif low <= 0.5 + HARMLESS_CONTROL and high >= 0.5 - HARMLESS_CONTROL:
        verdict = "which its interval reaches: too few labels to say more"
    else:
        verdict = "so position or bookkeeping leaks, and the other figures are worth nothing"
    bounds = f"{row['auroc']:.3f} ({low:.3f} to {high:.3f})"
    return f"Control, {row['recipe']}, {row['method']}: AUROC {bounds}, wanted 0.5 ± {HARMLESS_CONTROL:g}, {verdict}."


def _ranking(rows: Sequence[Row]) -> str:
    """How well wrong labels are told from right ones, by every method."""
    names = ("method", "seeds", "n_labels", "n_wrong", *RANKING, "intervals_95")
    shown = [{name: row[name] for name in names if name in row} for row in rows if row["n_wrong"]]
    return markdown_table([_shown(row) for row in shown]) if shown else ""


def _verdicts(rows: Sequence[Row]) -> str:
    """What the product flags and puts back."""
    left = (*RANKING, "n_labels", "n_wrong", *ONLY_IN_JSON)
    shown = [{name: value for name, value in row.items() if name not in left} for row in rows if "found" in row]
    return markdown_table([_shown(row) for row in shown])


def _ablations(rows: Sequence[Row]) -> str:
    shown = [
        {name: value for name, value in row.items() if name not in ("change_interval_95", "n_labels", "n_wrong")}
        | {"intervals_95": {"change": row["change_interval_95"]} if "change_interval_95" in row else {}}
        for row in rows
    ]
    several = len({row["recipe"] for row in rows}) > 1
    return markdown_table([_shown(row, with_recipe=several) for row in shown], [ABLATION_NOTE])


def _shown(row: Row, *, with_recipe: bool = False) -> Row:
    """With figures as text, each with its interval."""
    bounds = row.get("intervals_95", {})
    hidden = ("intervals_95",) if with_recipe else ("intervals_95", "recipe")
    return {name: _figure(name, value, bounds.get(name)) for name, value in row.items() if name not in hidden}


def _figure(name: str, value: Any, bounds: tuple[float, float] | None) -> Any:
    if name.startswith("n_") and isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    if not isinstance(value, float) or bounds is None or value != value or bounds[0] != bounds[0]:
        return value
    return f"{value:.3f} ({bounds[0]:.3f} to {bounds[1]:.3f})"
