"""Where a wrong label should go, and how sure that is.

If the label is wrong, the arrival is distributed as r_i(t) ∝ q_i(t) · outlier(y − t): what the waveform says, times how far analysts err.
The proposal is its median; the interval its central 90 %, widened (or narrowed) until it held 90 % of the planted labels' true times
(conformal prediction). Where the posterior is flat, or says that there is no arrival, nothing is proposed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from training.flagging.lengths import time_scale
from training.flagging.noise_model import UNIFORM_SHARE, NoiseModel, laplace_density
from training.flagging.posterior import BoolArray, FloatArray, IntArray, PickPosterior, grid_quantile, own_phase
from training.flagging.scores import LabelScores

COVERAGE = 0.9
LEAST_TO_CONFORM = 20
OFFSET_ERROR_S = 0.02  # at 100 Hz, see `lengths`; stations differ by this much for reasons that are no error of an analyst
RENAMED_WITHIN_S = 0.25  # at 100 Hz, see `lengths`


@dataclass(frozen=True)
class ProposalConfig:
    """A proposal is withheld where P(mislabelled) is less than least_p, since many of those labels are right and a proposal leads the eye;
    where "no arrival" is likelier than most_no_arrival, where less than least_share_near of the posterior lies within near_s of the median,
    where the interval of r_i itself is wider than most_width_s, or where that width has to grow beyond most_widened_s before it holds the
    planted labels' true times: such an interval says that nobody knows."""

    least_p: float = 0.9
    most_no_arrival: float = 0.5
    near_s: float = 0.25
    least_share_near: float = 0.6
    most_width_s: float = 1.0
    most_widened_s: float = 2.0

    def scaled(self, scale: float) -> ProposalConfig:
        """With lengths for the networks' rate. scale: `lengths.time_scale`."""
        lengths = {name: scale * getattr(self, name) for name in ("near_s", "most_width_s", "most_widened_s")}
        return replace(self, **lengths)


@dataclass(frozen=True)
class Proposals:
    """(N,) seconds from the label: the proposed shift and the interval's ends, NaN where withheld."""

    shift_s: FloatArray
    lower_s: FloatArray
    upper_s: FloatArray

    def only(self, kept: BoolArray) -> Proposals:
        return Proposals(*(np.where(kept, values, np.nan) for values in (self.shift_s, self.lower_s, self.upper_s)))


@dataclass(frozen=True)
class Medians:
    """Of r_i, each (N,). median_s: seconds from the label. below_s, above_s: from there to the ends of its central 90 %.
    told: whether the posterior says enough for a proposal."""

    median_s: FloatArray
    below_s: FloatArray
    above_s: FloatArray
    told: BoolArray

    @classmethod
    def join(cls, parts: list[Medians]) -> Medians:
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__})

    def widened(self, widening: FloatArray | float, config: ProposalConfig) -> Proposals:
        """The proposals with each half of their intervals `widening` times as wide, (N,) or one for all."""
        lower_s, upper_s = self.median_s - self.below_s * widening, self.median_s + self.above_s * widening
        return Proposals(self.median_s, lower_s, upper_s).only(self.told & (upper_s - lower_s <= config.most_widened_s))


def outlier_posterior(posterior: PickPosterior, model: NoiseModel, group: IntArray, phase: IntArray) -> FloatArray:
    """(N, T) r_i(t), each row adding up to 1."""
    here, cell = model.cells_of(group, phase)
    residual_s = -posterior.offsets_s[None, :] - here.offset_s[:, None]
    outlier = (1 - UNIFORM_SHARE) * laplace_density(residual_s, model.outlier_scale_s, posterior.step_s)
    weighted = posterior.mass * (outlier + UNIFORM_SHARE * model.uniform_density)[cell]
    return np.asarray(weighted / np.maximum(weighted.sum(axis=1, keepdims=True), 1e-300), dtype=np.float64)


def propose(
    posterior: PickPosterior,
    model: NoiseModel,
    group: IntArray,
    phase: IntArray,
    config: ProposalConfig,
    widening: FloatArray | float = 1.0,
) -> Proposals:
    """Median and interval of r_i(t), withheld where they mean nothing. widening: factor on each half of the interval, (N,) or one."""
    return find_medians(posterior, model, group, phase, config).widened(widening, config)


def find_medians(posterior: PickPosterior, model: NoiseModel, group: IntArray, phase: IntArray, config: ProposalConfig) -> Medians:
    """Median and halves of the interval of r_i(t), before widening."""
    r = outlier_posterior(posterior, model, group, phase)
    median_s = grid_quantile(r, posterior.offsets_s, 0.5)
    # No arrival is known better than analysts agree; and a half of a few milliseconds would make the widening a factor of hundreds.
    least_half_s = np.maximum(model.scale_s[model.cell_of(group, phase)], posterior.step_s / 2)
    below = np.maximum(median_s - grid_quantile(r, posterior.offsets_s, (1 - COVERAGE) / 2), least_half_s)
    above = np.maximum(grid_quantile(r, posterior.offsets_s, (1 + COVERAGE) / 2) - median_s, least_half_s)
    near = np.abs(posterior.offsets_s[None, :] - median_s[:, None]) <= config.near_s
    sharp = (r * near).sum(axis=1) >= config.least_share_near
    # Judged before widening, so that the planted labels that set the widening are held back by the same rule.
    narrow = below + above <= config.most_width_s
    told = posterior.readable & (posterior.no_arrival <= config.most_no_arrival) & sharp & narrow
    return Medians(median_s, below, above, told)


def moved_with_group(
    proposals: Proposals, model: NoiseModel, group: IntArray, phase: IntArray, chosen: BoolArray, scale: float
) -> Proposals:
    """The proposals, those of the chosen labels in place of their own that of their group: back by its offset, which its labels together
    tell better than one does. The interval is that of the offset: what each label is off by besides is no error.

    chosen: (N,). scale: `lengths.time_scale`."""
    cell = model.cell_of(group, phase)
    offset_error_s = np.hypot(model.offset_error_s, OFFSET_ERROR_S * scale)[cell]
    shift_s, half_s = -model.median_s[cell], norm.ppf((1 + COVERAGE) / 2) * offset_error_s
    return Proposals(
        np.where(chosen, shift_s, proposals.shift_s),
        np.where(chosen, shift_s - half_s, proposals.lower_s),
        np.where(chosen, shift_s + half_s, proposals.upper_s),
    )


def nearest_other_phase_s(scores: LabelScores, phase: IntArray) -> FloatArray:
    """(N,) where the decoder of the other phase is highest near the label, in seconds from it: where a renamed label belongs."""
    near = np.abs(scores.offsets_s) <= RENAMED_WITHIN_S * time_scale(scores.offsets_s)
    other = np.nan_to_num(own_phase(scores.probability[:, :, near], 1 - phase))
    return np.asarray(scores.offsets_s[near][np.argmax(other, axis=1)], dtype=np.float64)


def conformal_widening(proposals: Proposals, true_shift_s: FloatArray, usable: BoolArray) -> float | None:
    """Factor by which the intervals have to grow so that 90 % of the true shifts lie within. None where fewer than 20 tell.

    proposals: unwidened, of planted labels. true_shift_s: (M,) from the planted position back to the label it came from.
    usable: (M,) whether that label is to be trusted.
    """
    told = usable & np.isfinite(proposals.shift_s) & np.isfinite(true_shift_s)
    if told.sum() < LEAST_TO_CONFORM:
        return None
    error = true_shift_s[told] - proposals.shift_s[told]
    half = np.where(error >= 0, proposals.upper_s[told] - proposals.shift_s[told], proposals.shift_s[told] - proposals.lower_s[told])
    ratio = np.sort(np.abs(error) / half)
    rank = int(np.ceil(COVERAGE * (len(ratio) + 1))) - 1  # the finite-sample quantile of split conformal prediction
    return float(ratio[min(rank, len(ratio) - 1)])


def widening_across_folds(
    proposals: Proposals, true_shift_s: FloatArray, usable: BoolArray, planted_fold: IntArray, fold: IntArray
) -> tuple[NDArray[np.float64], bool]:
    """(N,) for each label the factor found on the planted labels of the other folds, or on all where those do not suffice; and
    whether there was any to find (else 1.5 serves: decoders' own intervals are too narrow)."""
    overall = conformal_widening(proposals, true_shift_s, usable)
    if overall is None:
        return np.full(len(fold), 1.5), False
    widening = np.full(len(fold), overall)
    for one in np.unique(fold):
        others = conformal_widening(proposals, true_shift_s, usable & (planted_fold != one))
        if others is not None:
            widening[fold == one] = others
    return widening, True
