"""What is wrong with a label, if it is wrong. The rules, in the order in which they are asked:

1. `missed_arrival`: the label itself is in order, and a bump of its phase elsewhere is claimed by no label.
2. `duplicate`: a second label of the same phase lies within 1 s, and this is the one the waveform speaks for less.
3. `group_offset`: the label's group is late or early as a whole by more than analysts' spread, and that explains this label.
4. `phase`: at the label the other phase's decoder rises to 0.3 or more, and to more than twice the label's own; but no S is called a P
   that follows its P on the trace.
5. `no_arrival`: the posterior says that no arrival of this phase is in the window, or the label lies on a dead stretch.
6. `timing`: all others.

Every judged label has a kind, however unlikely it is that it is wrong: the threshold may be lowered later. Token "" where none was judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from training.flagging.companions import Companions
from training.flagging.components import Components
from training.flagging.noise_model import NoiseModel
from training.flagging.posterior import FloatArray, IntArray
from training.flagging.proposals import OFFSET_ERROR_S

KINDS = ("timing", "phase", "no_arrival", "missed_arrival", "group_offset", "duplicate")
OTHER_PHASE = 0.3
OTHER_PHASE_FACTOR = 2.0
NO_ARRIVAL = 0.5
DEAD_LEVEL = 1e-3  # standardised amplitude; noise is near 1
FEWEST_IN_GROUP = 6


def p_group_offset(model: NoiseModel, group: IntArray, phase: IntArray, scale: float) -> FloatArray:
    """(N,) probability that the label's group as a whole lies farther off than analysts' spread, however much its single labels scatter.

    0 for groups of fewer than 6 labels, and where all labels are one group: what a whole catalog shares the networks learn.
    scale: `lengths.time_scale`.
    """
    error_s = np.hypot(model.offset_error_s, OFFSET_ERROR_S * scale)
    p_cell = norm.cdf((np.abs(model.median_s) - model.least_gross_s) / error_s)
    one_of_many = np.array([np.sum(model.cell_phase == p) > 1 for p in model.cell_phase])
    p_cell = np.where((model.n_good >= FEWEST_IN_GROUP) & one_of_many, p_cell, 0.0)
    return np.asarray(p_cell[model.cell_of(group, phase)], dtype=np.float64)


def decide_kinds(
    components: Components,
    p_mislabelled: FloatArray,
    p_group: FloatArray,
    companions: Companions,
    *,
    threshold: float,
    missed_threshold: float,
) -> NDArray[np.str_]:
    """(N,) tokens of KINDS, "" where p_mislabelled is NaN. p_mislabelled: with duplicates and group offsets counted in.

    threshold: below it a label counts as in order, so that a missed arrival may be what is wrong."""
    judged = np.isfinite(p_mislabelled)
    in_order = judged & (np.nan_to_num(p_mislabelled, nan=0.0) < threshold)
    own, other = np.nan_to_num(components.own_phase_at_label), np.nan_to_num(components.other_phase_at_label)
    dead = np.nan_to_num(components.label_noise_level, nan=1.0) < DEAD_LEVEL
    missed = in_order & (companions.p_missed_arrival >= missed_threshold)
    rules = {
        "missed_arrival": missed,
        "duplicate": companions.p_duplicate >= 0.5,
        "group_offset": (p_group >= 0.5) & (np.nan_to_num(components.p_gross_error, nan=1.0) < 0.5),
        "phase": (other >= OTHER_PHASE) & (other > OTHER_PHASE_FACTOR * own) & ~companions.follows_its_p,
        "no_arrival": (np.nan_to_num(components.p_no_arrival) > NO_ARRIVAL) | dead,
        "timing": judged,
    }
    return np.where(judged, np.select(list(rules.values()), list(rules), default=""), "")
