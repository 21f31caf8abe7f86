"""Whether a run is worth reviewing, told by the errors that were planted to test it."""

from __future__ import annotations

import numpy as np

from training.flagging.posterior import BoolArray, FloatArray
from training.flagging.trust import separation

HARDLY_BETTER_THAN_CHANCE = 0.6  # AUROC; 0.5 is guessing
FEW_FOUND = 0.5  # of the planted errors
MANY_FLAGGED = 1 / 3  # of all labels


def say_worth(p_given: FloatArray, flagged: BoolArray, p_planted: FloatArray, *, threshold: float) -> list[str]:
    """What a reviewer has to know before opening the first flag; nothing where the flags are worth it.

    p_given, flagged: (N,) P(mislabelled) of the given labels and whether they are flagged. p_planted: (M,) of the planted ones. NaN where
    not scored."""
    given, planted = p_given[np.isfinite(p_given)], p_planted[np.isfinite(p_planted)]
    if not len(given):
        return []
    if not len(planted):
        return ["No error could be planted to test this run: how many of the wrong picks it finds is not known."]
    auroc, found, share = separation(given, planted), float((planted >= threshold).mean()), float(flagged.sum()) / len(given)
    told: list[str] = []
    if auroc < HARDLY_BETTER_THAN_CHANCE:
        told.append(
            f"This run finds planted errors hardly better than chance (it ranks a planted error above a given label in {100 * auroc:.0f} % "
            "of all pairs; guessing does so in 50 %): don't review its flags. Train longer, on more data, or from the base checkpoint."
        )
    elif found < FEW_FOUND:
        told.append(
            f"At P ≥ {threshold:.2f} this run flags only {100 * found:.0f} % of the errors planted to test it: most wrong picks are not "
            "among its flags. Train longer, on more data, or from the base checkpoint."
        )
    if share > MANY_FLAGGED:
        told.append(
            f"At P ≥ {threshold:.2f} this run flags {100 * share:.0f} % of all labels, more than a catalog is likely to have wrong: look "
            "at some flags before you review them all. Too short a training does this, and so do waveforms that don't belong to the picks."
        )
    return told
