"""What planted labels teach about given ones: stacks of evidence, cross-fitted over the folds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.flagging.config import FlaggingConfig
from training.flagging.examination import Examination
from training.flagging.planting import Planting
from training.flagging.posterior import BoolArray, FloatArray, IntArray
from training.flagging.stack import StackedLabels, fixed_stack, stack_across_folds
from training.flagging.trust import shrunk, trust_in

FEWEST_TO_CALIBRATE = 30  # labels


@dataclass(frozen=True)
class Lesson:
    """labels: N given ones, examined. wrong: M planted ones, of planting. fold: (N,)."""

    labels: Examination
    wrong: Examination
    planting: Planting
    fold: IntArray
    config: FlaggingConfig

    def stacked(self, names: tuple[str, ...], shown: BoolArray | None = None) -> StackedLabels:
        """P(mislabelled) of given and planted labels by the named evidence, NaN for those that the networks could not read.

        shown: (M,) which planted labels teach it, without it all."""
        labels, wrong = self.labels, self.wrong
        stacked = self._learned(names, shown)
        if stacked is None:
            p_given, p_planted = (
                fixed_stack(side.components.p_gross_error, side.components.residual_s + side.components.group_offset_s, side.scale)
                for side in (labels, wrong)
            )
            stacked = StackedLabels(p_given, p_planted, float(np.mean(p_given)) if len(p_given) else 0.0, {}, fitted=False)
        return replace(
            stacked,
            given=np.where(labels.readable, stacked.given, np.nan),
            planted=np.where(wrong.readable, stacked.planted, np.nan),
        )

    def p_from_evidence(self, names: tuple[str, ...], shown: BoolArray | None = None) -> FloatArray:
        """(N,) P(mislabelled) by a stack of the named evidence alone, as far as it may be believed; for ablations.

        What groups and companions say is not counted in."""
        stacked = self.stacked(names, shown)
        trust = trust_in(stacked, self.labels, self.wrong, self.planting)
        return shrunk(stacked, trust, self.labels.phase, self.wrong.phase).given

    def left_out(self, trust: FloatArray) -> dict[str, FloatArray]:
        """For each planted kind, P of its planted labels from a stack that was shown none of it, believed as far as trust (2,) has it."""
        found: dict[str, FloatArray] = {}
        names = self.labels.components.names_of_suspicion(with_alignment=True)
        for kind in np.unique(self.planting.kind):
            these = self.planting.kind == kind
            stacked = self._learned(names, ~these)
            if stacked is not None:
                found[str(kind)] = shrunk(stacked, trust, self.labels.phase, self.wrong.phase).planted[these]
        return found

    def _learned(self, names: tuple[str, ...], shown: BoolArray | None) -> StackedLabels | None:
        """As `stacked`, or None where the readable labels are too few."""
        labels, wrong, fold = self.labels, self.wrong, self.fold
        read, wrong_read = labels.readable, wrong.readable
        if read.sum() < FEWEST_TO_CALIBRATE:
            return None
        evidence, wrong_evidence = (side.components.suspicion_of(names, side.scale) for side in (labels, wrong))
        stacked = stack_across_folds(
            evidence[read],
            wrong_evidence[wrong_read],
            labels.components.p_gross_error[read],
            fold[read],
            fold[self.planting.label][wrong_read],
            names,
            self.config.stack,
            None if shown is None else shown[wrong_read],
        )
        if stacked is None:
            return None
        p_given, p_planted = np.full(len(read), np.nan), np.full(len(wrong_read), np.nan)
        p_given[read], p_planted[wrong_read] = stacked.given, stacked.planted
        return replace(stacked, given=p_given, planted=p_planted)
