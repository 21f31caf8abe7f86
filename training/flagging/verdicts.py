"""What is handed back on each label: the verdict, its reasons, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.flagging.calibration import Calibration
from training.flagging.noise_model import NoiseModel
from training.flagging.posterior import BoolArray, FloatArray


@dataclass(frozen=True)
class Verdicts:
    """On N labels, in the order given.

    scored: (N,) False where the networks gave nothing; there the probabilities and shifts are NaN and nothing is flagged.
    p_mislabelled, p_mislabelled_without_alignment: (N,), the second from a stack not shown feature_kl, feature_cosine and time_contrast
    (the same as the first where the networks have no alignment).
    flagged: (N,) p_mislabelled at the threshold, or a missed arrival. kind: (N,) tokens of `kinds.KINDS`, what would
    be wrong with each scored label; "" where not scored.
    proposed_shift_s: (N,) proposed − given; proposed_lower_s, proposed_upper_s: the ends of its 90 % interval, as shifts. NaN where
    nothing is proposed (duplicates, labels without arrival, flat posteriors). For a missed arrival it is where that one lies, without
    an interval.
    proposed_removal: (N,) True where the label should go.
    proposed_phase: (N,) "P" or "S" where a label should change its name, since it lies on an arrival of the other phase that no other
    label names; the shift is then to that arrival, without an interval. Else "".
    p_planted, planted_proposed_shift_s: (M,) of the planted labels, NaN where not scored or nothing is proposed.
    evidence: by the names of flags.csv, (N,) each. sentence: N of them.
    posterior: (N, T) probability in each sample of offsets_s (T,), seconds from the label.
    calibration: what a review budget catches. stack_weights: of standardised evidence, by name; empty if none was fitted.
    statements: what a reader of these figures has to know.
    """

    scored: BoolArray
    p_mislabelled: FloatArray
    p_mislabelled_without_alignment: FloatArray
    flagged: BoolArray
    kind: NDArray[np.str_]
    proposed_shift_s: FloatArray
    proposed_lower_s: FloatArray
    proposed_upper_s: FloatArray
    proposed_removal: BoolArray
    proposed_phase: NDArray[np.str_]
    p_planted: FloatArray
    planted_proposed_shift_s: FloatArray
    evidence: dict[str, FloatArray]
    sentence: list[str]
    offsets_s: FloatArray
    posterior: NDArray[np.float32]
    calibration: Calibration
    noise_model: NoiseModel
    stack_weights: dict[str, float]
    statements: list[str]

    def __len__(self) -> int:
        return len(self.p_mislabelled)

    @property
    def p_flag(self) -> FloatArray:
        """(N,) P that something is wrong here, which the threshold asks: `p_of_flags`."""
        return p_of_flags(self.p_mislabelled, self.kind, self.evidence["p_missed_arrival"])


def p_of_flags(p_mislabelled: FloatArray, kind: NDArray[np.str_], p_missed_arrival: FloatArray) -> FloatArray:
    """(N,) as flags carry it: where a second arrival is left out, the label itself may be right. NaN where not scored."""
    p = np.where(kind == "missed_arrival", np.maximum(p_mislabelled, p_missed_arrival), p_mislabelled)
    return np.asarray(np.clip(p, 0.0, 1.0), dtype=np.float64)
