"""Posterior, noise model and evidence of a catalog's labels, and of the wrong positions planted in it.

Block by block: the curves of a catalog, and what is computed from them, need not fit in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.flagging.companions import Bumps, find_bumps
from training.flagging.components import Components, gather_components
from training.flagging.config import FlaggingConfig
from training.flagging.lengths import time_scale
from training.flagging.noise_model import (
    MOST_LABELS_FITTED,
    MOST_LABELS_FOR_POWER,
    NoiseModel,
    choose_power,
    fit_noise_model,
    judge_labels,
    thinned,
)
from training.flagging.planting import Planting
from training.flagging.posterior import (
    BoolArray,
    FloatArray,
    IntArray,
    PickPosterior,
    areas_of_labels,
    bump_reach,
    median_area,
    own_phase,
    pick_posterior,
    readable_labels,
    sharpened,
)
from training.flagging.proposals import Medians, find_medians, nearest_other_phase_s
from training.flagging.scores import LabelScores, Scores

LABELS_AT_ONCE = 1024


@dataclass(frozen=True)
class Examination:
    """Of N labels. readable: (N,) whether the networks gave something. medians: (N,) where each label would go. p_away: (N,) of
    `LabelNoise`.
    phase, group: (N,) as each label claims them. scale: `lengths.time_scale`."""

    model: NoiseModel
    readable: BoolArray
    components: Components
    medians: Medians
    p_away: FloatArray
    phase: IntArray
    group: IntArray
    scale: float


@dataclass(frozen=True)
class GivenCurves:
    """What is kept of the curves of N given labels. posterior: (N, T) probability in each sample. other_phase_s: (N,) where the other
    phase is seen near the label. bumps: None where it is not known where labels lie."""

    posterior: NDArray[np.float32]
    other_phase_s: FloatArray
    bumps: Bumps | None


@dataclass(frozen=True)
class _Reading:
    """How curves become posteriors. area, power: (2,) of P and S, which differ in width and in how often there is a bump."""

    area: FloatArray
    power: FloatArray

    def posterior(self, scores: LabelScores, phase: IntArray, reach: int) -> PickPosterior:
        offsets_s = np.asarray(scores.offsets_s, dtype=np.float64)
        q = pick_posterior(own_phase(scores.probability, phase), offsets_s, self.power[phase], self.area[phase], reach)
        return sharpened(q, scores.ar_aic_s)


def examine(
    given: Scores,
    planted: Scores,
    planting: Planting,
    phase: IntArray,
    group: IntArray,
    config: FlaggingConfig,
    around: list[FloatArray] | None,
) -> tuple[Examination, Examination, GivenCurves]:
    """Of the given and of the planted labels. Width, area and noise model come from the given ones alone.

    around: N of `companions.labelled_around`, without which no bumps are looked for.
    """
    reading, readable = _calibrate(given, phase, config)
    reach = bump_reach(reading.area[phase])
    fitted = thinned(np.flatnonzero(readable) if readable.any() else np.arange(len(given)), MOST_LABELS_FITTED)
    model = fit_noise_model(_posterior_of(given, fitted, phase, reading, reach), group[fitted], phase[fitted], config.noise_model)
    posterior = np.empty((len(given), len(given.offsets_s)), dtype=np.float32)
    parts: list[Examination] = []
    other_phase_s: list[FloatArray] = []
    bumps: list[Bumps] = []
    for rows in _blocks(len(given)):
        scores = given.select(rows)
        q = reading.posterior(scores, phase[rows], reach)
        posterior[rows] = q.mass
        parts.append(_examined(scores, q, model, group[rows], phase[rows], config))
        other_phase_s.append(nearest_other_phase_s(scores, phase[rows]))
        if around is not None:
            bumps.append(find_bumps(scores, phase[rows], [around[row] for row in rows]))
    curves = GivenCurves(posterior, np.concatenate(other_phase_s), Bumps.join(bumps) if bumps else None)
    return _joined(parts), _examined_planted(planted, planting, model, reading, reach, group, config), curves


def _examined_planted(
    planted: Scores, planting: Planting, model: NoiseModel, reading: _Reading, reach: int, group: IntArray, config: FlaggingConfig
) -> Examination:
    parts: list[Examination] = []
    for rows in _blocks(len(planted)):
        scores, phase = planted.select(rows), planting.phase[rows]
        q = reading.posterior(scores, phase, reach)
        parts.append(_examined(scores, q, model, group[planting.label[rows]], phase, config))
    return _joined(parts)


def _blocks(n_labels: int) -> Iterator[IntArray]:
    """Rows of one block after the other; an empty block where there are no labels."""
    for start in range(0, max(n_labels, 1), LABELS_AT_ONCE):
        yield np.arange(start, min(start + LABELS_AT_ONCE, n_labels))


def _calibrate(given: Scores, phase: IntArray, config: FlaggingConfig) -> tuple[_Reading, BoolArray]:
    """How the curves are to be read, and (N,) which of them are readable."""
    readable, area_of_label = np.zeros(len(given), dtype=bool), np.full(len(given), np.nan)
    for rows in _blocks(len(given)):
        probability = own_phase(given.select(rows).probability, phase[rows])
        readable[rows], area_of_label[rows] = readable_labels(probability), areas_of_labels(probability)
    areas = np.array([median_area(area_of_label[phase == number]) for number in (0, 1)])
    areas = np.where(areas > 0, areas, areas.max())  # a phase that the catalog never labels borrows the other's
    offsets_s = np.asarray(given.offsets_s, dtype=np.float64)
    powers: list[float] = []
    for number in (0, 1):
        some = thinned(np.flatnonzero(phase == number), MOST_LABELS_FOR_POWER)
        probability = own_phase(given.select(some).probability, phase[some])
        powers.append(choose_power(probability, offsets_s, float(areas[number]), config.noise_model))
    return _Reading(areas, np.array(powers)), readable


def _posterior_of(given: Scores, labels: IntArray, phase: IntArray, reading: _Reading, reach: int) -> PickPosterior:
    blocks = (labels[rows] for rows in _blocks(len(labels)))
    return PickPosterior.join([reading.posterior(given.select(some), phase[some], reach) for some in blocks])


def _examined(
    scores: LabelScores, posterior: PickPosterior, model: NoiseModel, group: IntArray, phase: IntArray, config: FlaggingConfig
) -> Examination:
    noise = judge_labels(model, posterior, group, phase)
    components = gather_components(scores, posterior, noise, model, group, phase)
    scale = time_scale(scores.offsets_s)
    medians = find_medians(posterior, model, group, phase, config.proposals.scaled(scale))
    return Examination(model, posterior.readable, components, medians, noise.p_away, phase, group, scale)


def _joined(parts: list[Examination]) -> Examination:
    return Examination(
        parts[0].model,
        np.concatenate([part.readable for part in parts]),
        Components.join([part.components for part in parts]),
        Medians.join([part.medians for part in parts]),
        np.concatenate([part.p_away for part in parts]),
        np.concatenate([part.phase for part in parts]),
        np.concatenate([part.group for part in parts]),
        parts[0].scale,
    )
