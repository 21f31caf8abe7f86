"""The way in: from what held-out networks say about labels to verdicts on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.flagging.calibration import summarise
from training.flagging.companions import Companions, look_at_companions, no_companions
from training.flagging.config import FlaggingConfig
from training.flagging.examination import Examination, examine
from training.flagging.kinds import decide_kinds, p_group_offset
from training.flagging.planting import Planting
from training.flagging.posterior import BoolArray, FloatArray, IntArray
from training.flagging.proposals import Proposals, nearest_other_phase_s, propose, widening_across_folds
from training.flagging.scores import PHASES, LabelScores
from training.flagging.sentences import write_sentences
from training.flagging.stack import StackedLabels, fixed_stack, stack_across_folds
from training.flagging.verdicts import Verdicts

TRUSTED_LABEL = 0.2  # a given label stands for the truth of its planted ones where its own P(mislabelled) is below this
# AUROC of planted against given labels: at the first figure the networks have learned nothing, from the second on all is believed.
SEPARATES = (0.6, 0.75)
LEAST_TRUST = 0.1  # keeps the order of the labels where their probabilities mean nothing
UNTRUSTED_PRIOR = 0.1


def flag_labels(
    given: LabelScores,
    planted: LabelScores,
    planting: Planting,
    *,
    phase: IntArray,
    group: IntArray,
    fold: IntArray,
    config: FlaggingConfig,
    segment: IntArray | None = None,
    label_s: FloatArray | None = None,
) -> Verdicts:
    """Judges N labels by their out-of-fold scores `given`.

    planted: scores, by the same held-out networks, of the M wrong positions of `planting`, whose `label` indexes the N labels.
    phase: (N,) 0 P, 1 S. group: (N,) the station, whose labels may be late or early together. fold: (N,). segment, label_s: (N,) where
    each label lies, in seconds from the segment's start; without them duplicates and missed arrivals are not looked for.

    Any number of labels will do; what cannot be learned from few is said in `statements`. Raises ValueError where lengths disagree.
    """
    _check_lengths(given, planted, planting, {"phase": phase, "group": group, "fold": fold, "segment": segment, "label_s": label_s})
    labels, wrong = examine(given, planted, planting, phase, group, config.noise_model)
    full = _stacked(labels, wrong, planting, fold, config, with_alignment=True)
    plain = _stacked(labels, wrong, planting, fold, config, with_alignment=False)
    trust = _trust(full, labels, wrong)
    full, plain = (_shrunk(stack, trust, phase, wrong.phase) for stack in (full, plain))
    trusted = trust[phase] == 1.0
    p_group = p_group_offset(labels.model, group, phase) * trusted
    companions = no_companions(len(phase))
    if segment is not None and label_s is not None:
        found = look_at_companions(given, labels.posterior, labels.components.neg_log_label_density, phase, segment, label_s)
        companions = found.only(trusted)
    p_full, p_plain = (_with_other_kinds(stack.given, p_group, companions) for stack in (full, plain))
    kind = decide_kinds(
        labels.components, p_full, p_group, companions, threshold=config.threshold, missed_threshold=config.missed_threshold
    )
    flagged = (np.nan_to_num(p_full, nan=0.0) >= config.threshold) | (kind == "missed_arrival")
    proposals, conformed = _proposals(labels, wrong, planting, fold, full, config)
    renamed = np.asarray((kind == "phase") & ~companions.other_phase_labelled, dtype=bool)
    proposals = _fitted_to_kind(proposals, kind, companions, renamed, nearest_other_phase_s(given, phase))
    left_out = _left_out(labels, wrong, planting, fold, config) if full.fitted and trusted.any() else {}
    others = {
        "p_group_offset": p_group,
        "p_duplicate": companions.p_duplicate,
        "p_missed_arrival": companions.p_missed_arrival,
        "p_out_of_order": companions.p_out_of_order,
    }
    return Verdicts(
        scored=labels.posterior.readable,
        p_mislabelled=p_full,
        p_mislabelled_without_alignment=p_plain,
        flagged=np.asarray(flagged, dtype=bool),
        kind=kind,
        proposed_shift_s=proposals.shift_s,
        proposed_lower_s=proposals.lower_s,
        proposed_upper_s=proposals.upper_s,
        proposed_phase=np.where(renamed, np.array(PHASES)[1 - phase], ""),
        evidence=labels.components.as_dict() | others,
        sentence=write_sentences(
            labels.components,
            np.where(flagged, kind, ""),
            proposals,
            companions,
            renamed,
            phase,
            np.asarray(given.peak_offset_s, dtype=np.float64),
        ),
        offsets_s=labels.posterior.offsets_s,
        posterior=labels.posterior.mass.astype(np.float32),
        calibration=summarise(p_full, full.planted, planting.kind, planting.shift_s, threshold=config.threshold, left_out=left_out),
        noise_model=labels.model,
        stack_weights=full.weights,
        statements=_statements(
            full, trust, phase, conformed, labels.posterior.readable, segment is not None and label_s is not None, group
        ),
    )


def _stacked(
    labels: Examination, wrong: Examination, planting: Planting, fold: IntArray, config: FlaggingConfig, *, with_alignment: bool
) -> StackedLabels:
    """P(mislabelled) of given and planted labels, NaN for those that the networks could not read."""
    gross, wrong_gross = labels.components.p_gross_error, wrong.components.p_gross_error
    stacked = _learned(labels, wrong, planting, fold, config, with_alignment=with_alignment)
    if stacked is None:
        p_given = fixed_stack(gross, labels.components.residual_s + labels.components.group_offset_s)
        p_planted = fixed_stack(wrong_gross, wrong.components.residual_s + wrong.components.group_offset_s)
        stacked = StackedLabels(p_given, p_planted, float(np.mean(p_given)) if len(p_given) else 0.0, {}, fitted=False)
    return replace(
        stacked,
        given=np.where(labels.posterior.readable, stacked.given, np.nan),
        planted=np.where(wrong.posterior.readable, stacked.planted, np.nan),
    )


def _learned(
    labels: Examination,
    wrong: Examination,
    planting: Planting,
    fold: IntArray,
    config: FlaggingConfig,
    *,
    with_alignment: bool,
    shown: BoolArray | None = None,
) -> StackedLabels | None:
    """The same from cross-fitted stacks, or None where the readable labels are too few."""
    read, wrong_read = labels.posterior.readable, wrong.posterior.readable
    evidence, names = labels.components.suspicion(with_alignment=with_alignment)
    wrong_evidence = wrong.components.suspicion_of(names)
    stacked = stack_across_folds(
        evidence[read],
        wrong_evidence[wrong_read],
        labels.components.p_gross_error[read],
        fold[read],
        fold[planting.label][wrong_read],
        names,
        config.stack,
        None if shown is None else shown[wrong_read],
    )
    if stacked is None:
        return None
    p_given, p_planted = np.full(len(read), np.nan), np.full(len(wrong_read), np.nan)
    p_given[read], p_planted[wrong_read] = stacked.given, stacked.planted
    return replace(stacked, given=p_given, planted=p_planted)


def _left_out(labels: Examination, wrong: Examination, planting: Planting, fold: IntArray, config: FlaggingConfig) -> dict[str, FloatArray]:
    """For each planted kind, P of its planted labels from a stack that was shown none of it."""
    found: dict[str, FloatArray] = {}
    for kind in np.unique(planting.kind):
        these = planting.kind == kind
        stacked = _learned(labels, wrong, planting, fold, config, with_alignment=True, shown=~these)
        if stacked is not None:
            found[str(kind)] = stacked.planted[these]
    return found


def _trust(stacked: StackedLabels, labels: Examination, wrong: Examination) -> FloatArray:
    """(2,) how far the stack may be believed on P and on S, from LEAST_TRUST to 1, by how well it tells planted labels from given ones.

    A phase that the networks did not learn is not believed, however well they know the other.
    """
    right, wrong_p = stacked.given[labels.posterior.readable], stacked.planted
    right_phase = labels.phase[labels.posterior.readable]
    if not len(right):
        return np.full(2, LEAST_TRUST)
    if not np.isfinite(wrong_p).any():
        return np.ones(2)  # nothing was planted, so nothing speaks against the noise model
    # A handful of planted labels separates by luck: two standard errors are taken off.
    n_right, n_wrong = len(right), np.isfinite(wrong_p).sum()
    overall = _believed(_separation(right, wrong_p) - 2 * float(np.sqrt(1 / 12 * (1 / n_right + 1 / n_wrong))))
    of_phase = [_believed(_separation(right[right_phase == number], wrong_p[wrong.phase == number])) for number in (0, 1)]
    return np.minimum(overall, of_phase)


def _separation(right: FloatArray, wrong: FloatArray) -> float:
    """AUROC of planted labels against given ones; 1 where either is missing."""
    wrong = wrong[np.isfinite(wrong)]
    if not len(right) or not len(wrong):
        return 1.0
    ranks = rankdata(np.concatenate([right, wrong]))
    return float((ranks[len(right) :].sum() - len(wrong) * (len(wrong) + 1) / 2) / (len(wrong) * len(right)))


def _believed(separation: float) -> float:
    least, enough = SEPARATES
    return float(np.clip((separation - least) / (enough - least), LEAST_TRUST, 1.0))


def _shrunk(stacked: StackedLabels, trust: FloatArray, phase: IntArray, planted_phase: IntArray) -> StackedLabels:
    prior = min(stacked.error_rate, UNTRUSTED_PRIOR) * (1 - trust)
    return replace(
        stacked,
        given=trust[phase] * stacked.given + prior[phase],
        planted=trust[planted_phase] * stacked.planted + prior[planted_phase],
    )


def _with_other_kinds(p_stack: FloatArray, p_group: FloatArray, companions: Companions) -> FloatArray:
    """(N,) that the label is wrong in any way: by itself, with its group, as one label too many, or by its place among the others."""
    right = (1.0 - p_stack) * (1.0 - p_group) * (1.0 - companions.p_duplicate) * (1.0 - companions.p_out_of_order)
    return np.asarray(1.0 - right, dtype=np.float64)


def _proposals(
    labels: Examination, wrong: Examination, planting: Planting, fold: IntArray, stacked: StackedLabels, config: FlaggingConfig
) -> tuple[Proposals, bool]:
    """Proposals with conformal intervals, and whether there were planted labels enough to conform them."""
    planted = propose(wrong.posterior, wrong.model, wrong.group, wrong.phase, config.proposals)
    same_phase = wrong.phase == labels.phase[planting.label]
    usable = same_phase & (np.nan_to_num(stacked.given, nan=1.0)[planting.label] < TRUSTED_LABEL)
    usable &= np.nan_to_num(stacked.planted, nan=0.0) >= config.threshold  # as of given labels, only flagged ones matter
    # The label that a planted one came from is late with its group; the arrival is not.
    true_shift_s = -planting.shift_s - labels.components.group_offset_s[planting.label]
    widening, conformed = widening_across_folds(planted, true_shift_s, usable, fold[planting.label], fold)
    return propose(labels.posterior, labels.model, labels.group, labels.phase, config.proposals, widening), conformed


def _fitted_to_kind(
    proposals: Proposals, kind: NDArray[np.str_], companions: Companions, renamed: BoolArray, other_phase_s: FloatArray
) -> Proposals:
    """Nothing is proposed where the label should go. A missed arrival, and the arrival of a renamed label, come without an interval."""
    elsewhere = np.isin(kind, ["no_arrival", "duplicate", "missed_arrival"]) | renamed
    kept = proposals.only(~elsewhere)
    shift_s = np.where(kind == "missed_arrival", companions.missed_offset_s, kept.shift_s)
    return replace(kept, shift_s=np.where(renamed, other_phase_s, shift_s))


def _statements(
    stacked: StackedLabels, trust: FloatArray, phase: IntArray, conformed: bool, readable: BoolArray, places_known: bool, group: IntArray
) -> list[str]:
    told: list[str] = []
    if not readable.any():
        return ["The networks gave nothing on any label: nothing is judged and nothing is flagged."]
    if not stacked.fitted:
        told.append(
            "Too few labels or planted errors to learn from: P(mislabelled) comes from the noise model and the residual with fixed "
            "weights, and is not calibrated on this catalog."
        )
    for number, name in enumerate(PHASES):
        if not (phase == number).any() or trust[number] == 1.0:
            continue
        if trust[number] <= LEAST_TRUST:
            told.append(
                f"The networks cannot tell planted errors from the given {name}, so no {name} is flagged: train longer, or on more data."
            )
        else:
            told.append(
                f"The networks tell planted errors from the given {name} only poorly: P of {name} is drawn towards the average, and "
                "duplicates, missed arrivals and offsets of groups are not looked for."
            )
    if not conformed:
        told.append("Too few planted errors to check the proposals' intervals; they are the posterior's own, half as wide again.")
    if not places_known:
        told.append("Duplicates and missed arrivals were not looked for: the labels' places in their segments were not given.")
    if len(np.unique(group)) == 1:
        told.append("All labels are of one station: whether it is early or late as a whole can't be seen.")
    if not readable.all():
        told.append(f"{int((~readable).sum())} labels are not judged: the networks gave nothing there.")
    return told


def _check_lengths(given: LabelScores, planted: LabelScores, planting: Planting, arrays: dict[str, IntArray | FloatArray | None]) -> None:
    for name, array in arrays.items():
        if array is not None and len(array) != len(given):
            raise ValueError(f"{name}: {len(array)} values for {len(given)} labels. Give one per label.")
    if len(planted) != len(planting):
        raise ValueError(f"planted: {len(planted)} scores for {len(planting)} planted positions. Score the positions of this planting.")
    if len(planting) and not np.allclose(planted.offsets_s, given.offsets_s):
        raise ValueError("planted: scored on other offsets than the given labels. Score both with one configuration.")
