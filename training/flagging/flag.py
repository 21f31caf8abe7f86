"""The way in: from what held-out networks say about labels to verdicts on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.flagging.calibration import summarise
from training.flagging.companions import Companions, Heights, labelled_around, look_at_companions, no_companions
from training.flagging.config import FlaggingConfig
from training.flagging.examination import Examination, examine
from training.flagging.kinds import decide_kinds, p_group_offset
from training.flagging.lesson import FEWEST_TO_CALIBRATE, Lesson
from training.flagging.planting import Planting
from training.flagging.posterior import BoolArray, FloatArray, IntArray
from training.flagging.proposals import Proposals, moved_with_group, widening_across_folds
from training.flagging.scores import PHASES, Scores
from training.flagging.sentences import write_sentences
from training.flagging.stack import StackedLabels
from training.flagging.trust import LEAST_TRUST, shrunk, tells_apart, trust_in
from training.flagging.verdicts import Verdicts, p_of_flags
from training.flagging.worth import say_worth

CERTAIN = 0.9  # where nothing is calibrated, what is less certain than this is not flagged
TRUSTED_LABEL = 0.2  # a given label stands for the truth of its planted ones where its own P(mislabelled) is below this

REMOVED = ("no_arrival", "duplicate")  # kinds of labels that should go


def flag_labels(
    given: Scores,
    planted: Scores,
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
    labels, wrong, curves = examine(given, planted, planting, phase, group, config, labelled_around(segment, label_s))
    lesson = Lesson(labels, wrong, planting, fold, config)
    full, plain = (lesson.stacked(labels.components.names_of_suspicion(with_alignment=shown)) for shown in (True, False))
    trust, apart = trust_in(full, labels, wrong, planting), tells_apart(full, labels)
    full, plain = (shrunk(stack, trust, phase, wrong.phase) for stack in (full, plain))
    trusted = trust[phase] == 1.0
    p_group = p_group_offset(labels.model, group, phase, labels.scale) * trusted
    companions = no_companions(len(phase))
    if segment is not None and label_s is not None and curves.bumps is not None:
        heights = Heights(labels.components.own_phase_at_label, labels.components.other_phase_at_label)
        found = look_at_companions(labels.components.neg_log_label_density, heights, phase, segment, label_s, curves.bumps, labels.scale)
        companions = found.only(trusted)
    p_full, p_plain = (_with_other_kinds(stack.given, p_group, labels.p_away, companions) for stack in (full, plain))
    p_planted, missed_threshold = full.planted, config.missed_threshold
    if not full.fitted:
        p_full, p_plain, p_planted = (_only_certain(p, config.threshold) for p in (p_full, p_plain, p_planted))
        missed_threshold = max(missed_threshold, CERTAIN)
    kind = decide_kinds(labels.components, p_full, p_group, companions, threshold=config.threshold, missed_threshold=missed_threshold)
    flagged = (np.nan_to_num(p_full, nan=0.0) >= config.threshold) | (kind == "missed_arrival")
    proposals, planted_proposals, conformed = _proposals(labels, wrong, planting, fold, full, config)
    renamed = np.asarray((kind == "phase") & ~companions.other_phase_labelled, dtype=bool)
    proposals = moved_with_group(proposals, labels.model, group, phase, kind == "group_offset", labels.scale)
    seen = _fitted_to_kind(proposals, kind, companions, renamed, curves.other_phase_s)
    sure = (np.nan_to_num(p_full, nan=0.0) >= config.proposals.least_p) | (kind == "missed_arrival")
    proposals = seen.only(sure)
    left_out = lesson.left_out(trust) if full.fitted and trusted.any() else {}
    evidence = labels.components.as_dict()
    if not config.second_opinion:
        del evidence["second_opinion_s"]
    others = {
        "p_group_offset": p_group,
        "p_duplicate": companions.p_duplicate,
        "p_missed_arrival": companions.p_missed_arrival,
        "p_out_of_order": companions.p_out_of_order,
    }
    return Verdicts(
        scored=labels.readable,
        p_mislabelled=p_full,
        p_mislabelled_without_alignment=p_plain,
        flagged=np.asarray(flagged, dtype=bool),
        kind=kind,
        proposed_shift_s=proposals.shift_s,
        proposed_lower_s=proposals.lower_s,
        proposed_upper_s=proposals.upper_s,
        proposed_removal=flagged & sure & np.isin(kind, REMOVED),
        proposed_phase=np.where(renamed & sure, np.array(PHASES)[1 - phase], ""),
        p_planted=p_planted,
        planted_proposed_shift_s=planted_proposals.shift_s,
        evidence=evidence | others,
        sentence=write_sentences(
            labels.components,
            np.where(flagged, kind, ""),
            seen,
            sure,
            companions,
            renamed,
            phase,
            np.asarray(given.peak_offset_s, dtype=np.float64),
            labels.scale,
            config.second_opinion,
        ),
        offsets_s=np.asarray(given.offsets_s, dtype=np.float64),
        posterior=curves.posterior,
        calibration=summarise(
            p_full,
            p_of_flags(p_full, kind, companions.p_missed_arrival),
            p_planted,
            planting.kind,
            planting.shift_s,
            threshold=config.threshold,
            left_out=left_out,
            scale=labels.scale,
        ),
        noise_model=labels.model,
        stack_weights=full.weights,
        statements=_statements(
            full,
            trust,
            apart,
            say_worth(p_full, np.asarray(flagged, dtype=bool), p_planted, threshold=config.threshold),
            phase,
            conformed,
            labels.readable,
            segment is not None and label_s is not None,
            group,
        ),
    )


def _only_certain(p: FloatArray, threshold: float) -> FloatArray:
    """Uncalibrated probabilities, those below CERTAIN drawn below the threshold; their order stays."""
    return np.asarray(np.where(p >= CERTAIN, p, p * threshold), dtype=np.float64)


def _with_other_kinds(p_stack: FloatArray, p_group: FloatArray, p_away: FloatArray, companions: Companions) -> FloatArray:
    """(N,) that the label is wrong in any way: by itself, with its group, as one label too many, or by its place among the others.

    p_stack looks at a label beside its group. Where the whole group is late or early, p_away takes its place: one label of it may be right.
    """
    right = 1.0 - (1.0 - p_group) * p_stack - p_group * np.nan_to_num(p_away)
    return np.asarray(1.0 - right * (1.0 - companions.p_duplicate) * (1.0 - companions.p_out_of_order), dtype=np.float64)


def _proposals(
    labels: Examination, wrong: Examination, planting: Planting, fold: IntArray, stacked: StackedLabels, config: FlaggingConfig
) -> tuple[Proposals, Proposals, bool]:
    """Proposals on given and on planted labels with conformal intervals, and whether there were planted labels enough to conform them."""
    limits = config.proposals.scaled(labels.scale)
    planted = wrong.medians.widened(1.0, limits)
    same_phase = wrong.phase == labels.phase[planting.label]
    usable = same_phase & (np.nan_to_num(stacked.given, nan=1.0)[planting.label] < TRUSTED_LABEL)
    usable &= np.nan_to_num(stacked.planted, nan=0.0) >= config.proposals.least_p  # as of given labels: those get a proposal
    # The label that a planted one came from is late with its group; the arrival is not.
    true_shift_s = -planting.shift_s - labels.components.group_offset_s[planting.label]
    widening, conformed = widening_across_folds(planted, true_shift_s, usable, fold[planting.label], fold)
    of_planted = wrong.medians.widened(widening[planting.label], limits)
    return labels.medians.widened(widening, limits), of_planted, conformed


def _fitted_to_kind(
    proposals: Proposals, kind: NDArray[np.str_], companions: Companions, renamed: BoolArray, other_phase_s: FloatArray
) -> Proposals:
    """Nothing is proposed where the label should go. A missed arrival, and the arrival of a renamed label, come without an interval."""
    elsewhere = np.isin(kind, [*REMOVED, "missed_arrival"]) | renamed
    kept = proposals.only(~elsewhere)
    shift_s = np.where(kind == "missed_arrival", companions.missed_offset_s, kept.shift_s)
    return replace(kept, shift_s=np.where(renamed, other_phase_s, shift_s))


def _statements(
    stacked: StackedLabels,
    trust: FloatArray,
    apart: bool,
    worth: list[str],
    phase: IntArray,
    conformed: bool,
    readable: BoolArray,
    places_known: bool,
    group: IntArray,
) -> list[str]:
    told: list[str] = []
    if not readable.any():
        return ["The networks gave nothing on any label: nothing is judged and nothing is flagged."]
    occurring = [number for number in range(len(PHASES)) if (phase == number).any()]
    if all(trust[number] <= LEAST_TRUST for number in occurring) and (stacked.fitted or not apart):
        told.append(
            "Nothing could be learned here: the networks are not seen to tell planted errors from the given labels better than chance "
            "does, so nothing is flagged. Look whether the waveforms belong to the picks and show arrivals; else train longer, or on more "
            "data."
        )
    else:
        told += worth
    if not stacked.fitted:
        told.append(
            f"Too few labels to calibrate on ({int(readable.sum())} picks; it takes some {FEWEST_TO_CALIBRATE}, in all folds): "
            "P(mislabelled) comes from the noise model and the residual with fixed weights, and only what is certain, with a P of "
            f"{CERTAIN:g} or more, is flagged. Import more picks for figures to rely on."
        )
    for number in occurring:
        name = PHASES[number]
        if trust[number] == 1.0 or all(trust[one] <= LEAST_TRUST for one in occurring):
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


def _check_lengths(given: Scores, planted: Scores, planting: Planting, arrays: dict[str, IntArray | FloatArray | None]) -> None:
    for name, array in arrays.items():
        if array is not None and len(array) != len(given):
            raise ValueError(f"{name}: {len(array)} values for {len(given)} labels. Give one per label.")
    if len(planted) != len(planting):
        raise ValueError(f"planted: {len(planted)} scores for {len(planting)} planted positions. Score the positions of this planting.")
    if len(planting) and not np.allclose(planted.offsets_s, given.offsets_s):
        raise ValueError("planted: scored on other offsets than the given labels. Score both with one configuration.")
