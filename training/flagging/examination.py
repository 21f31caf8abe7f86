"""Posterior, noise model and evidence of a catalog's labels, and of the wrong positions planted in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.flagging.components import Components, gather_components
from training.flagging.noise_model import NoiseModel, NoiseModelConfig, choose_power, fit_noise_model, judge_labels
from training.flagging.planting import Planting
from training.flagging.posterior import IntArray, PickPosterior, own_phase, pick_posterior, typical_area
from training.flagging.scores import LabelScores


@dataclass(frozen=True)
class Examination:
    """Of N labels. phase, group: (N,) as each label claims them."""

    posterior: PickPosterior
    model: NoiseModel
    components: Components
    phase: IntArray
    group: IntArray


def examine(
    given: LabelScores, planted: LabelScores, planting: Planting, phase: IntArray, group: IntArray, config: NoiseModelConfig
) -> tuple[Examination, Examination]:
    """Of the given and of the planted labels. Width, area and noise model come from the given ones alone."""
    probability = own_phase(given.probability, phase)
    # P and S bumps differ in width and in how often there is one, so each phase has an area and a power of its own.
    areas = np.array([typical_area(probability[phase == number]) for number in (0, 1)])
    areas = np.where(areas > 0, areas, areas.max())  # a phase that the catalog never labels borrows the other's
    offsets_s = np.asarray(given.offsets_s, dtype=np.float64)
    powers = np.array([choose_power(probability[phase == number], offsets_s, float(areas[number]), config) for number in (0, 1)])
    posterior = pick_posterior(probability, offsets_s, powers[phase], areas[phase])
    model = fit_noise_model(posterior, group, phase, config)
    planted_probability = own_phase(planted.probability, planting.phase)
    planted_posterior = pick_posterior(planted_probability, offsets_s, powers[planting.phase], areas[planting.phase])
    return (
        _examined(given, posterior, model, group, phase),
        _examined(planted, planted_posterior, model, group[planting.label], planting.phase),
    )


def _examined(scores: LabelScores, posterior: PickPosterior, model: NoiseModel, group: IntArray, phase: IntArray) -> Examination:
    noise = judge_labels(model, posterior, group, phase)
    return Examination(posterior, model, gather_components(scores, posterior, noise, model, group, phase), phase, group)
