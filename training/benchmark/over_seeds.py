"""Figures of one method as the mean over seeds, with intervals of that mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from training.benchmark.figures import WITH_INTERVAL, Measure, figures_of
from training.benchmark.judged_labels import JudgedLabels
from training.benchmark.metrics import component_draws, interval

N_DRAWS = 500


def mean_of(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each figure, over the seeds that have it; NaN where none has."""
    names = dict.fromkeys(name for of_seed in figures for name in of_seed)
    values = {name: np.array([of_seed.get(name, np.nan) for of_seed in figures]) for name in names}
    return {name: _mean(column) for name, column in values.items()}


def mean_figures(runs: Sequence[JudgedLabels], measures: Mapping[str, Measure]) -> dict[str, float]:
    """runs: of the seeds of one method."""
    return mean_of([figures_of(labels, measures) for labels in runs])


def intervals(runs: Sequence[JudgedLabels], measures: Mapping[str, Measure], *, n_draws: int = N_DRAWS) -> dict[str, tuple[float, float]]:
    """95 % intervals of the means over seeds, of those in WITH_INTERVAL: components are drawn with replacement, the same for all seeds."""
    light = [labels.seen_by(labels.p_mislabelled) for labels in runs]  # the other columns are not asked about
    values: dict[str, list[float]] = {name: [] for name in measures if name in WITH_INTERVAL}
    for drawn in component_draws([labels.component for labels in light], seed=0, n_draws=n_draws):
        chosen = [labels.select(rows) for labels, rows in zip(light, drawn, strict=True)]
        for name, column in values.items():
            column.append(_mean(np.array([measures[name](labels) for labels in chosen])))
    return {name: interval(column) for name, column in values.items()}


def change(
    runs: Sequence[JudgedLabels], others: Sequence[JudgedLabels], measure: Measure, *, n_draws: int = N_DRAWS
) -> tuple[float, tuple[float, float]]:
    """Mean over seeds of the figure of `others` less that of `runs`, and its interval. Both on the same labels, seed by seed."""
    pairs = list(zip(runs, others, strict=True))
    values: list[float] = []
    for drawn in component_draws([run.component for run in runs], seed=0, n_draws=n_draws):
        differences = [measure(other.select(rows)) - measure(run.select(rows)) for (run, other), rows in zip(pairs, drawn, strict=True)]
        values.append(_mean(np.array(differences)))
    return _mean(np.array([measure(other) - measure(run) for run, other in pairs])), interval(values)


def _mean(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
