"""What each piece of evidence and each rule is worth: the same scores judged again without it. No network is trained for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.benchmark.out_of_fold import OutOfFold
from training.benchmark.planted import BoolArray, FloatArray, IntArray
from training.flagging.components import ALIGNMENT
from training.flagging.config import FlaggingConfig
from training.flagging.examination import Examination, examine
from training.flagging.lesson import Lesson
from training.flagging.verdicts import Verdicts

# Evidence that tells of one thing; each piece is left out by itself, too.
GROUPS = {
    "alignment": ALIGNMENT,
    "other phase": ("own_phase_at_label", "other_phase_at_label"),
    "levels": ("snr_db", "label_noise_level"),
    "noise model": ("neg_log_label_density", "p_gross_error"),
    "residuals": ("residual_s", "network_residual_s", "residual_over_sigma"),
}
RULES = ("p_out_of_order", "p_group_offset", "p_duplicate")
RULE_NAMES = {"p_out_of_order": "rule: S before P", "p_group_offset": "rule: group offset", "p_duplicate": "rule: duplicates"}


@dataclass(frozen=True)
class _Case:
    """One catalog's scores, examined."""

    labels: Examination
    wrong: Examination
    scored: OutOfFold
    config: FlaggingConfig
    verdicts: Verdicts

    def p_mislabelled(self, stack: FloatArray, rules: tuple[str, ...]) -> FloatArray:
        """(N,) of the stack's and of what the rules say."""
        right = 1.0 - stack
        for rule in rules:
            right = right * (1.0 - self.verdicts.evidence[rule])
        return np.asarray(1.0 - right, dtype=np.float64)

    def stack(self, names: tuple[str, ...], shown: BoolArray | None = None) -> FloatArray:
        scored = self.scored
        return Lesson(self.labels, self.wrong, scored.planting, scored.fold, self.config).p_from_evidence(names, shown)


def judge_again(
    scored: OutOfFold, verdicts: Verdicts, phase: IntArray, group: IntArray, config: FlaggingConfig
) -> tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]]:
    """P(mislabelled), (N,) each: by what was left out of it, and by the planted kind that the calibration was not shown.

    verdicts: on the same scores. phase, group: (N,) as `flag_labels` takes them."""
    labels, wrong, _ = examine(scored.given, scored.planted, scored.planting, phase, group, config, None)
    case = _Case(labels, wrong, scored, config, verdicts)
    names = labels.components.names_of_suspicion(with_alignment=True)
    whole = case.stack(names)
    ablations = {"nothing": case.p_mislabelled(whole, RULES)}
    for left_out, gone in _choices(names).items():
        kept = tuple(name for name in names if name not in gone)
        if kept:
            ablations[left_out] = case.p_mislabelled(case.stack(kept), RULES)
    for rule in RULES:
        ablations[RULE_NAMES[rule]] = case.p_mislabelled(whole, tuple(other for other in RULES if other != rule))
    ablations["rules: all"] = case.p_mislabelled(whole, ())
    kinds = [str(kind) for kind in np.unique(scored.planting.kind)]
    unseen = {kind: case.p_mislabelled(case.stack(names, scored.planting.kind != kind), RULES) for kind in kinds}
    return ablations, unseen


def _choices(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What may be left out of the named evidence, by a name to show: the groups that there are, then each piece."""
    groups = {f"{group}: {', '.join(sorted(set(members) & set(names)))}": members for group, members in GROUPS.items()}
    singly = {name: (name,) for name in names}
    return {shown: gone for shown, gone in {**groups, **singly}.items() if set(gone) & set(names)}
