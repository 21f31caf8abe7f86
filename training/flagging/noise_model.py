"""How the labels of a catalog err: a mixture of analysts' spread and gross errors, with the true pick unknown.

    p(y | t) = (1 − ε_g) Lap(y − t − μ_g; b_g) + ε_g [ 0.9 Lap(y − t − μ_g; c) + 0.1 uniform ]

y: the label, t: the true arrival, known only as the posterior q(t); g: the label's group (agency, station, analyst …) and phase.
After arXiv 2502.01474; the mixture and the groups' offsets are ours. Fitted by EM: μ_g shrunk towards 0, b_g and ε_g towards their
phase's, b_g bounded by the sampling rate. With a plain uniform outlier, or an over-wide q, ε falls to 0 whatever the catalog.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.flagging.posterior import FloatArray, IntArray, PickPosterior, grid_quantile, pick_posterior

UNIFORM_SHARE = 0.1
POWERS = (1.0, 2.0, 4.0, 8.0, 16.0, 24.0)
MOST_LABELS_FITTED = 20_000  # more tell a handful of parameters nothing new
MOST_LABELS_FOR_POWER = 1_500
QUICK_ITERATIONS = 8


@dataclass(frozen=True)
class NoiseModelConfig:
    """Bounds in samples of the networks' rate, so that a mine at 500 Hz gets its own.

    At 100 Hz: b 0.005–0.1 s, c 0.3–2 s, gross over 0.1 s. Shrinkages in labels: what the common value counts against a group's own.
    """

    initial_error_rate: float = 0.1
    least_scale_samples: float = 0.5
    most_scale_samples: float = 10.0
    least_outlier_samples: float = 30.0
    most_outlier_samples: float = 200.0
    gross_samples: float = 10.0
    gross_scales: float = 3.0
    offset_shrinkage: float = 8.0  # towards no offset at all
    scale_shrinkage: float = 10.0
    rate_shrinkage: float = 30.0
    n_iterations: int = 40


@dataclass(frozen=True)
class NoiseModel:
    """The fitted mixture. Arrays over cells, one for each group and phase that occurs, in seconds.

    offset_s: μ, label minus arrival, one for both phases of a group: what is late as a whole is a clock or a habit. median_s: the same
    before it is drawn towards 0. offset_error_s: its standard error. scale_s: b. error_rate: ε, gross_s: what counts as gross.
    least_gross_s: what counts as gross where labels scatter least; an offset that a whole group shares does from there on.
    n_good: labels' worth of evidence on μ, of both phases. outlier_scale_s: c. uniform_density: per second.
    log_likelihood: of the labels it was fitted to.
    """

    cell_group: IntArray
    cell_phase: IntArray
    offset_s: FloatArray
    median_s: FloatArray
    offset_error_s: FloatArray
    scale_s: FloatArray
    error_rate: FloatArray
    gross_s: FloatArray
    n_good: FloatArray
    least_gross_s: float
    outlier_scale_s: float
    uniform_density: float
    log_likelihood: float

    def cell_of(self, group: IntArray, phase: IntArray) -> IntArray:
        """(N,) cell of each label. One whose group and phase were not fitted gets the first cell of its phase, or cell 0."""
        keys = {(int(g), int(p)): i for i, (g, p) in enumerate(zip(self.cell_group, self.cell_phase, strict=True))}
        fallback = {int(p): i for i, p in reversed(list(enumerate(self.cell_phase)))}
        return np.array([keys.get((int(g), int(p)), fallback.get(int(p), 0)) for g, p in zip(group, phase, strict=True)], dtype=np.int64)

    def cells_of(self, group: IntArray, phase: IntArray) -> tuple[NoiseModel, IntArray]:
        """The model of the cells of these labels alone, and (N,) which of those each label is in."""
        cells, of_label = np.unique(self.cell_of(group, phase), return_inverse=True)
        by_cell: dict[str, Any] = {name: values[cells] for name, values in vars(self).items() if isinstance(values, np.ndarray)}
        return replace(self, **by_cell), np.asarray(of_label, dtype=np.int64)


@dataclass(frozen=True)
class LabelNoise:
    """What the noise model says of N labels. neg_log_density: −log p(y | x), y in seconds. p_gross_error: γ, that the label lies farther
    from the arrival than its group's spread, or that there is none. p_away: the same of the label by itself, not beside its group."""

    neg_log_density: FloatArray
    p_gross_error: FloatArray
    p_away: FloatArray


def fit_noise_model(posterior: PickPosterior, group: IntArray, phase: IntArray, config: NoiseModelConfig) -> NoiseModel:
    """EM over the labels at offset 0 of their posteriors. Unreadable posteriors are left out; with none left the initial values return."""
    usable = thinned(np.flatnonzero(posterior.readable), MOST_LABELS_FITTED)
    pairs, cell = np.unique(np.stack([group[usable], phase[usable]], axis=1), axis=0, return_inverse=True)
    if not len(usable):
        pairs = np.unique(np.stack([group, phase], axis=1), axis=0)
    order = np.argsort(cell, kind="stable")
    q = posterior.select(usable[order])
    fit = _Fit(q, np.asarray(cell, dtype=np.int64)[order], np.asarray(pairs, dtype=np.int64), config)
    for _ in range(config.n_iterations if len(usable) else 0):
        fit.iterate()
    return fit.model()


def choose_power(
    probability: FloatArray, offsets_s: FloatArray, area: float, config: NoiseModelConfig, powers: Sequence[float] = POWERS
) -> float:
    """The power under which labels of one phase are likeliest; 1 where there are none. probability: (N, T), the decoder's output."""
    some = probability[thinned(np.arange(len(probability)), MOST_LABELS_FOR_POWER)]
    one = np.zeros(len(some), dtype=np.int64)  # the width of a bump is the network's, not the group's
    quick = replace(config, n_iterations=QUICK_ITERATIONS)
    likelihoods = [fit_noise_model(pick_posterior(some, offsets_s, power, area), one, one, quick).log_likelihood for power in powers]
    return float(powers[int(np.argmax(likelihoods))])


def thinned(labels: IntArray, most: int) -> IntArray:
    """At most so many of the labels, evenly taken."""
    return labels[:: max(1, -(-len(labels) // most))]


def judge_labels(model: NoiseModel, posterior: PickPosterior, group: IntArray, phase: IntArray) -> LabelNoise:
    """−log p(y | x) and γ of each label, which lies at offset 0 of its posterior. NaN where the posterior is unreadable."""
    here, cell = model.cells_of(group, phase)
    good, outlier = _densities(here, posterior.offsets_s)
    gross = np.abs(-posterior.offsets_s[None, :] - here.offset_s[:, None]) > here.gross_s[:, None]
    joint = posterior.mass * (good + outlier)[cell]
    no_arrival = posterior.no_arrival * model.uniform_density
    density = joint.sum(axis=1) + no_arrival
    away = np.abs(posterior.offsets_s) > here.least_gross_s
    readable = posterior.readable

    def share_of(part: FloatArray) -> FloatArray:
        return np.where(readable, np.clip((part + no_arrival) / np.maximum(density, 1e-300), 0.0, 1.0), np.nan)

    return LabelNoise(
        neg_log_density=np.where(readable, -np.log(np.maximum(density, 1e-12)), np.nan),
        p_gross_error=share_of((joint * gross[cell]).sum(axis=1)),
        p_away=share_of(joint[:, away].sum(axis=1)),
    )


def laplace_density(residual_s: FloatArray, scale_s: FloatArray | float, step_s: float) -> FloatArray:
    """Laplace density averaged over a sample of `step_s`, per second: right also where the scale is less than a sample."""
    upper = (residual_s + step_s / 2) / scale_s
    lower = (residual_s - step_s / 2) / scale_s
    return np.asarray((_laplace_distribution(upper) - _laplace_distribution(lower)) / step_s, dtype=np.float64)


def _laplace_distribution(x: FloatArray) -> FloatArray:
    tail = 0.5 * np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, tail, 1.0 - tail), dtype=np.float64)


def _densities(model: NoiseModel, offsets_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Density of a label at offset 0 if the arrival is at each of `offsets_s`: good part and outlier part, each (cells, T)."""
    residual_s = -offsets_s[None, :] - model.offset_s[:, None]
    step_s = float(offsets_s[1] - offsets_s[0])
    rate = model.error_rate[:, None]
    good = (1 - rate) * laplace_density(residual_s, model.scale_s[:, None], step_s)
    far = (1 - UNIFORM_SHARE) * laplace_density(residual_s, model.outlier_scale_s, step_s) + UNIFORM_SHARE * model.uniform_density
    return good, rate * far


class _Fit:
    """EM in terms of one histogram of arrival offsets for each cell: the labels are only needed to fill it."""

    def __init__(self, posterior: PickPosterior, cell: IntArray, pairs: IntArray, config: NoiseModelConfig) -> None:
        """pairs: (cells, 2) the group and phase of each cell, sorted."""
        self.posterior, self.cell, self.config = posterior, cell, config
        self.cell_group, self.cell_phase = pairs[:, 0], pairs[:, 1]
        n_cells = len(pairs)
        # Which group each cell is of, numbered from 0, and the first cell of each group.
        self.first_cell, self.group = np.unique(self.cell_group, return_index=True, return_inverse=True)[1:]
        step_s = posterior.step_s
        self.scale_bounds_s = (config.least_scale_samples * step_s, config.most_scale_samples * step_s)
        self.outlier_bounds_s = (config.least_outlier_samples * step_s, config.most_outlier_samples * step_s)
        self.n_labels = np.bincount(cell, minlength=n_cells).astype(np.float64)
        self.offset_s = self._initial_offset_s()
        self.median_s = self.offset_s
        self.scale_s = np.full(n_cells, 3.0 * step_s)
        self.error_rate = np.full(n_cells, config.initial_error_rate)
        self.outlier_scale_s = float(np.sqrt(np.prod(self.outlier_bounds_s)))
        self.n_good = self.n_labels * (1 - config.initial_error_rate)
        self.log_likelihood = -np.inf

    def _initial_offset_s(self) -> FloatArray:
        """Median over each group of label − peak: an offset larger than the outliers' pull is not found from 0."""
        residual_s, group = -self.posterior.peak_offset_s(), self.group[self.cell]
        medians = np.array([np.median(residual_s[group == g]) if (group == g).any() else 0.0 for g in range(len(self.first_cell))])
        return self._shrunk_offset_s(medians, self.n_labels)

    def _of_group(self, of_cell: FloatArray) -> FloatArray:
        """(groups,) sums over the cells of each group."""
        return np.asarray(np.add.reduceat(of_cell, self.first_cell, axis=0), dtype=np.float64)  # cells are sorted by group

    def _shrunk_offset_s(self, of_group_s: FloatArray, n_labels: FloatArray) -> FloatArray:
        """(cells,) offsets of the groups (groups,), drawn towards 0. n_labels: (cells,) labels' worth of evidence."""
        n_group = self._of_group(n_labels)
        return np.asarray((of_group_s * n_group / (n_group + self.config.offset_shrinkage))[self.group], dtype=np.float64)

    def model(self) -> NoiseModel:
        config, step_s = self.config, self.posterior.step_s
        n_group = self._of_group(self.n_good)[self.group]
        return NoiseModel(
            cell_group=self.cell_group,
            cell_phase=self.cell_phase,
            offset_s=self.offset_s,
            median_s=self.median_s,
            # standard error of a Laplace median: b / sqrt(n)
            offset_error_s=self.scale_s / np.sqrt(np.maximum(n_group, 1.0)),
            scale_s=self.scale_s,
            error_rate=self.error_rate,
            gross_s=np.maximum(config.gross_scales * self.scale_s, config.gross_samples * step_s),
            n_good=n_group,
            least_gross_s=config.gross_samples * step_s,
            outlier_scale_s=self.outlier_scale_s,
            uniform_density=1.0 / self.posterior.window_s,
            log_likelihood=self.log_likelihood,
        )

    def iterate(self) -> None:
        q, cell = self.posterior, self.cell
        current = self.model()
        good, outlier = _densities(current, q.offsets_s)
        density = np.einsum("nt,nt->n", q.mass, (good + outlier)[cell]) + q.no_arrival * current.uniform_density
        self.log_likelihood = float(np.log(np.maximum(density, 1e-300)).sum())
        scaled = q.mass / np.maximum(density, 1e-300)[:, None]
        starts = np.searchsorted(cell, np.arange(len(self.cell_phase)))
        histogram = np.add.reduceat(scaled, starts, axis=0)  # (cells, T); every cell has a label
        self._maximise(histogram * good, histogram * outlier, current)

    def _maximise(self, good: FloatArray, outlier: FloatArray, current: NoiseModel) -> None:
        config, offsets_s = self.config, self.posterior.offsets_s
        self.n_good, n_outlier = good.sum(axis=1), outlier.sum(axis=1)
        median_s = grid_quantile(self._of_group(good)[:, ::-1], -offsets_s[::-1], 0.5)  # of label − arrival
        self.offset_s = self._shrunk_offset_s(median_s, self.n_good)
        self.median_s = median_s[self.group]
        residual_s = np.abs(-offsets_s[None, :] - self.offset_s[:, None])
        deviation_s = (good * residual_s).sum(axis=1)
        for phase in np.unique(self.cell_phase):
            cells = self.cell_phase == phase
            phase_scale_s = deviation_s[cells].sum() / max(self.n_good[cells].sum(), 1e-9)
            shrunk = (deviation_s[cells] + config.scale_shrinkage * phase_scale_s) / (self.n_good[cells] + config.scale_shrinkage)
            self.scale_s[cells] = np.clip(shrunk, *self.scale_bounds_s)
            n_all = self.n_good[cells].sum() + n_outlier[cells].sum()
            phase_rate = (n_outlier[cells].sum() + config.initial_error_rate) / (n_all + 1.0)
            n_cell = self.n_good[cells] + n_outlier[cells]
            self.error_rate[cells] = (n_outlier[cells] + config.rate_shrinkage * phase_rate) / (n_cell + config.rate_shrinkage)
        # The Laplace part of the outliers, less the uniform share of each residual; one label's worth of the scale it began with.
        uniform = UNIFORM_SHARE * current.uniform_density * current.error_rate[:, None]
        _, whole = _densities(current, offsets_s)
        near = outlier * (1.0 - np.clip(uniform / np.maximum(whole, 1e-300), 0.0, 1.0))
        start_s = float(np.sqrt(np.prod(self.outlier_bounds_s)))
        outlier_scale_s = ((near * residual_s).sum() + 3.0 * start_s) / (near.sum() + 3.0)
        self.outlier_scale_s = float(np.clip(outlier_scale_s, *self.outlier_bounds_s))
