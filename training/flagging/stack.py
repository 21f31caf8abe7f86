"""From evidence to one calibrated P(mislabelled): a small logistic model, taught by planted errors.

Neither side of the lesson is what it seems. The planted share is ours, not the catalog's error rate; the planted kinds and sizes are not
quite the catalog's; and the given labels, taken for right, hold the catalog's own errors. So the work is divided:

1. What tells wrong from right is learned from planted labels against given ones, each given label weighing the less the likelier the
   noise model holds it for wrong, and both sides as much as each other: log r = w · evidence + constant, w ≥ 0.
2. How often labels are wrong is not planted's to say. P = logistic(a log r + b), with a and b fitted to the noise model's γ of the given
   labels, so that the probabilities add up to the errors it expects. Planted labels steady a where the catalog has few errors;
   their weight is taken off b again.

Fitting all at once as positive-unlabelled learning (Ward et al. 2009) was tried: on simulated catalogs with 20 % errors it found 9 %,
for errors milder than the planted ones look right to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from training.flagging.posterior import FloatArray, IntArray

LEAST_EXAMPLES = 20  # of either side, in what a fold's stack is fitted to
LEAST_ERROR_RATE = 0.002
# Where nothing can be fitted: logit P = 0.8 logit γ + 0.6 log(|residual| / 0.1 s). Chosen so that a label 0.5 s off an arrival that
# is clearly seen gets 0.98, one on it 0.01, and one 0.1 s off what its γ says. At 100 Hz, see `lengths`.
FIXED_GROSS_WEIGHT = 0.8
FIXED_RESIDUAL_WEIGHT = 0.6
FIXED_RESIDUAL_S = 0.1


@dataclass(frozen=True)
class StackConfig:
    """ridge: the pull of standardised weights towards 0, in labels. least_weight: of a given label in the first step, however surely the
    noise model holds it for wrong, since that is not all there is to see. least_error_share: of planted labels in the second step."""

    ridge: float = 1.0
    least_weight: float = 0.3
    least_error_share: float = 0.02


@dataclass(frozen=True)
class Stack:
    """A fitted logistic model of F pieces of evidence. Weights are for standardised evidence and never negative: evidence is oriented.

    error_rate: mean γ of the given labels that it was fitted to."""

    names: tuple[str, ...]
    centre: FloatArray
    spread: FloatArray
    weights: FloatArray
    constant: float
    slope: float
    intercept: float
    error_rate: float

    def log_ratio(self, suspicion: FloatArray) -> FloatArray:
        """(N,) log r. suspicion: (N, F); NaN counts as neither."""
        return standardise(suspicion, self.centre, self.spread) @ self.weights + self.constant

    def p_mislabelled(self, suspicion: FloatArray) -> FloatArray:
        return np.asarray(expit(self.slope * self.log_ratio(suspicion) + self.intercept), dtype=np.float64)


@dataclass(frozen=True)
class StackedLabels:
    """What cross-fitted stacks say. given: (N,) and planted: (M,) P(mislabelled). error_rate: mean over the stacks of the error rate
    that each was fitted to. weights: by name, mean over the stacks. fitted: False where the fixed weights had to serve."""

    given: FloatArray
    planted: FloatArray
    error_rate: float
    weights: dict[str, float]
    fitted: bool


def standardise(values: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    return np.asarray(np.clip(np.nan_to_num((values - centre) / spread, nan=0.0), -6.0, 6.0), dtype=np.float64)


def fit_stack(given: FloatArray, planted: FloatArray, p_gross_error: FloatArray, names: tuple[str, ...], config: StackConfig) -> Stack:
    """given: (N, F), planted: (M, F) evidence. p_gross_error: (N,) by the noise model."""
    both = np.concatenate([given, planted])
    # All-NaN columns in a fold's part are possible; they stay at centre 0, and standardise turns them into no evidence.
    finite = np.isfinite(both)
    count = np.maximum(finite.sum(axis=0), 1)
    centre = np.where(finite, both, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(finite, (both - centre) ** 2, 0.0).sum(axis=0) / count)
    spread = np.where(spread > 1e-6, spread, 1.0)
    x_given, x_planted = standardise(given, centre, spread), standardise(planted, centre, spread)
    gamma = np.clip(np.nan_to_num(p_gross_error, nan=0.0), 0.0, 1.0)
    trusted = np.maximum(1.0 - gamma, config.least_weight)
    x = np.concatenate([x_given, x_planted])
    is_planted = np.concatenate([np.zeros(len(x_given)), np.ones(len(x_planted))])
    weight = np.concatenate([trusted, np.full(len(x_planted), trusted.sum() / len(x_planted))])
    first = _ridge_logistic(x, is_planted, weight, config.ridge)
    weights, constant = first[:-1], float(first[-1])
    slope, intercept = _calibrate(x_given @ weights + constant, x_planted @ weights + constant, gamma, config)
    return Stack(names, centre, spread, weights, constant, slope, intercept, float(gamma.mean()))


def _calibrate(given: FloatArray, planted: FloatArray, gamma: FloatArray, config: StackConfig) -> tuple[float, float]:
    """Slope ≥ 0 and intercept from log ratios to probabilities. gamma: (N,) what the noise model says of the given labels."""
    expected = max(float(gamma.sum()), LEAST_ERROR_RATE * len(gamma))
    added = max(expected, config.least_error_share * len(gamma))
    x = np.concatenate([given, given, planted])[:, None]
    y = np.concatenate([np.zeros(len(given)), np.ones(len(given) + len(planted))])
    weight = np.concatenate([1.0 - gamma, gamma, np.full(len(planted), added / len(planted))])
    slope, intercept = _ridge_logistic(x, y, weight, 1e-2)
    return float(slope), float(intercept - np.log((expected + added) / expected))


def stack_across_folds(
    given: FloatArray,
    planted: FloatArray,
    p_gross_error: FloatArray,
    given_fold: IntArray,
    planted_fold: IntArray,
    names: tuple[str, ...],
    config: StackConfig,
    planted_shown: NDArray[np.bool_] | None = None,
) -> StackedLabels | None:
    """P(mislabelled) of each label by a stack fitted to the other folds. None where the examples do not suffice.

    planted_shown: (M,) which planted labels may teach; a kind that is left out is still judged.
    """
    folds = np.unique(np.concatenate([given_fold, planted_fold]))
    shown = np.ones(len(planted), dtype=bool) if planted_shown is None else planted_shown
    p_given, p_planted = np.full(len(given), np.nan), np.full(len(planted), np.nan)
    stacks: list[Stack] = []
    for fold in folds:
        teach_given, teach_planted = given_fold != fold, (planted_fold != fold) & shown
        if teach_given.sum() < LEAST_EXAMPLES or teach_planted.sum() < LEAST_EXAMPLES:
            return None
        stack = fit_stack(given[teach_given], planted[teach_planted], p_gross_error[teach_given], names, config)
        p_given[~teach_given] = stack.p_mislabelled(given[~teach_given])
        p_planted[planted_fold == fold] = stack.p_mislabelled(planted[planted_fold == fold])
        stacks.append(stack)
    weights = np.mean([stack.weights for stack in stacks], axis=0)
    return StackedLabels(
        given=p_given,
        planted=p_planted,
        error_rate=float(np.mean([stack.error_rate for stack in stacks])),
        weights={name: float(weight) for name, weight in zip(names, weights, strict=True)},
        fitted=True,
    )


def fixed_stack(p_gross_error: FloatArray, residual_s: FloatArray, scale: float = 1.0) -> FloatArray:
    """(N,) P(mislabelled) with the fixed weights above, for catalogs too small to fit any. residual_s: less the group's offset.

    scale: `lengths.time_scale`."""
    gross = np.clip(np.nan_to_num(p_gross_error, nan=0.5), 1e-3, 1 - 1e-3)
    distance = np.log(np.clip(np.nan_to_num(np.abs(residual_s) / scale, nan=FIXED_RESIDUAL_S), 0.01, 2.0) / FIXED_RESIDUAL_S)
    return np.asarray(expit(FIXED_GROSS_WEIGHT * np.log(gross / (1 - gross)) + FIXED_RESIDUAL_WEIGHT * distance), dtype=np.float64)


def _ridge_logistic(x: FloatArray, y: FloatArray, weight: FloatArray, ridge: float) -> FloatArray:
    """Weighted logistic regression, weights of the evidence ≥ 0. Returns (F + 1,), the intercept last and not shrunk."""

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        logit = x @ parameters[:-1] + parameters[-1]
        error = weight * (expit(logit) - y)
        value = float((weight * (np.logaddexp(0.0, logit) - y * logit)).sum() + 0.5 * ridge * (parameters[:-1] ** 2).sum())
        return value, np.concatenate([error @ x + ridge * parameters[:-1], [error.sum()]])

    bounds = [(0.0, None)] * x.shape[1] + [(None, None)]
    start = np.zeros(x.shape[1] + 1)
    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200})
    return np.asarray(result.x, dtype=np.float64)
