"""How far the networks may be believed, by how well they tell planted labels from given ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import rankdata

from training.flagging.examination import Examination
from training.flagging.planting import Planting
from training.flagging.posterior import FloatArray, IntArray
from training.flagging.stack import StackedLabels

# AUROC of planted against given labels: at the first figure the networks have learned nothing, from the second on all is believed.
SEPARATES = (0.6, 0.75)
LEAST_TRUST = 0.1  # keeps the order of the labels where their probabilities mean nothing
UNTRUSTED_PRIOR = 0.1


def trust_in(stacked: StackedLabels, labels: Examination, wrong: Examination, planting: Planting) -> FloatArray:
    """(2,) how far the stack may be believed on P and on S, from LEAST_TRUST to 1, by how well it tells planted labels from given ones.

    A phase that the networks did not learn is not believed, however well they know the other. So a planted label counts for the phase that
    it claims only where it was planted on a label of that phase: an S claimed on a P is given away by what the networks know of P.
    """
    right, wrong_p = stacked.given[labels.readable], stacked.planted
    right_phase = labels.phase[labels.readable]
    if not len(right):
        return np.full(2, LEAST_TRUST)
    if not np.isfinite(wrong_p).any():
        return np.ones(2)  # nothing was planted, so nothing speaks against the noise model
    own = np.where(wrong.phase == labels.phase[planting.label], wrong.phase, -1)
    of_phase = [_believed(_surely_separated(right[right_phase == number], wrong_p[own == number])) for number in (0, 1)]
    return np.minimum(_believed(_surely_separated(right, wrong_p)), of_phase)


def tells_apart(stacked: StackedLabels, labels: Examination) -> bool:
    """Whether planted labels stand out from given ones at all, however few they are to be sure of it."""
    right = stacked.given[labels.readable]
    return not len(right) or not np.isfinite(stacked.planted).any() or separation(right, stacked.planted) > SEPARATES[0]


def _surely_separated(right: FloatArray, wrong: FloatArray) -> float:
    """AUROC less two standard errors: a handful of planted labels separates by luck. 1 where either is missing."""
    n_right, n_wrong = len(right), int(np.isfinite(wrong).sum())
    if not n_right or not n_wrong:
        return 1.0
    return separation(right, wrong) - 2 * float(np.sqrt(1 / 12 * (1 / n_right + 1 / n_wrong)))


def separation(right: FloatArray, wrong: FloatArray) -> float:
    """AUROC of planted labels against given ones."""
    wrong = wrong[np.isfinite(wrong)]
    ranks = rankdata(np.concatenate([right, wrong]))
    return float((ranks[len(right) :].sum() - len(wrong) * (len(wrong) + 1) / 2) / (len(wrong) * len(right)))


def _believed(separation: float) -> float:
    least, enough = SEPARATES
    return float(np.clip((separation - least) / (enough - least), LEAST_TRUST, 1.0))


def shrunk(stacked: StackedLabels, trust: FloatArray, phase: IntArray, planted_phase: IntArray) -> StackedLabels:
    prior = min(stacked.error_rate, UNTRUSTED_PRIOR) * (1 - trust)
    return replace(
        stacked,
        given=trust[phase] * stacked.given + prior[phase],
        planted=trust[planted_phase] * stacked.planted + prior[planted_phase],
    )
