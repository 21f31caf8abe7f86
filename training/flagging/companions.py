"""What the other labels of the same segment say: double labels, S before P, and arrivals that none of them names."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import expit

from training.flagging.lengths import time_scale
from training.flagging.posterior import BoolArray, FloatArray, IntArray
from training.flagging.scores import LabelScores

P, S = 0, 1
# At 100 Hz, see `lengths`.
DUPLICATE_S = 1.0  # two labels of one phase closer than this are of one arrival
MISSED_GAP_S = 1.0  # an unlabelled arrival keeps this far from its label
EXPLAINED_S = 0.5  # a bump this near any label of the segment is that label's
# An S before its P: which of the two is wrong, the waveform says; where it speaks for both alike, either may be, or both changed places.
OUT_OF_ORDER_BOTH = 0.7  # added to the difference of −log p(y | x)
OUT_OF_ORDER_TRUST = 0.9  # a second earthquake's P may follow on an S whose own P is out of the segment
LEAST_HEIGHT = 0.02  # of a decoder at a label; lower ones are not told apart
ANYWHERE_HEIGHT = 0.1  # what a label that lies anywhere is weighed by, beside the heights at labels that are right
ECHO_SHARE = 0.5  # a bump on which the other phase's decoder rises by more than this share of it is that phase's


@dataclass(frozen=True)
class Bumps:
    """height: (N,) of the decoder's highest bump that no label explains, 0 where there is none or the label itself has none.
    offset_s: (N,) where it is, seconds from the label, NaN."""

    height: FloatArray
    offset_s: FloatArray

    @classmethod
    def join(cls, parts: list[Bumps]) -> Bumps:
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Companions:
    """p_duplicate: (N,) that of two labels of one arrival this is the surplus one, 0 where there is no second.
    duplicate_gap_s: (N,) seconds to the other one, NaN. p_missed_arrival, missed_offset_s: (N,) height and place of its `Bumps`.
    other_phase_labelled: (N,) whether a label of the other phase lies within 0.5 s, so that this one need not take its name.
    follows_its_p: (N,) of an S, whether the label before it is a P that the waveform speaks for more, so that it is no P itself.
    p_out_of_order: (N,) that this one is wrong, of an S and the first P after it where no P comes before that S; 0 where they are in order.
    """

    p_duplicate: FloatArray
    duplicate_gap_s: FloatArray
    p_missed_arrival: FloatArray
    missed_offset_s: FloatArray
    other_phase_labelled: BoolArray
    follows_its_p: BoolArray
    p_out_of_order: FloatArray

    def only(self, kept: BoolArray) -> Companions:
        """As if nothing had been found beside the other labels."""
        return Companions(
            np.where(kept, self.p_duplicate, 0.0),
            np.where(kept, self.duplicate_gap_s, np.nan),
            np.where(kept, self.p_missed_arrival, 0.0),
            np.where(kept, self.missed_offset_s, np.nan),
            self.other_phase_labelled,
            self.follows_its_p,
            np.where(kept, self.p_out_of_order, 0.0),
        )


def no_companions(n_labels: int) -> Companions:
    """What is known where the caller did not say which labels share a segment."""
    zeros, nan, no = np.zeros(n_labels), np.full(n_labels, np.nan), np.zeros(n_labels, dtype=bool)
    return Companions(zeros, nan, zeros, nan, no, no, zeros)


@dataclass(frozen=True)
class Heights:
    """(N,) the decoder's highest output near each label, for its own phase and for the other one. NaN where it says nothing."""

    own: FloatArray
    other: FloatArray

    def p_changed_places(self, s_label: int, p_label: int) -> float:
        """Of an S that lies before a P, that both would be right under each other's name, and not one of the two wrong by itself."""
        own, other = (np.maximum(np.nan_to_num(heights), LEAST_HEIGHT) for heights in (self.own, self.other))
        swapped = other[s_label] * other[p_label]
        return float(swapped / (swapped + ANYWHERE_HEIGHT * (own[s_label] + own[p_label])))


def look_at_companions(
    neg_log_density: FloatArray, heights: Heights, phase: IntArray, segment: IntArray, label_s: FloatArray, bumps: Bumps, scale: float
) -> Companions:
    """segment: (N,) which segment each label lies in; label_s: (N,) seconds from its start; bumps: of all N labels.
    scale: `lengths.time_scale`."""
    found = no_companions(len(phase))
    p_duplicate, gap_s = found.p_duplicate.copy(), found.duplicate_gap_s.copy()
    other_labelled, p_order = found.other_phase_labelled.copy(), found.p_out_of_order.copy()
    follows = found.follows_its_p.copy()
    for members in _by_segment(segment):
        in_time = members[np.argsort(label_s[members], kind="stable")]
        for earlier, later in pairwise(in_time.tolist()):
            follows[later] = phase[earlier] == P and phase[later] == S and neg_log_density[earlier] < neg_log_density[later]
        for first, second in _out_of_order(members, phase, label_s):
            difference = float(np.nan_to_num(neg_log_density[first]) - np.nan_to_num(neg_log_density[second]))
            swapped = heights.p_changed_places(first, second)
            for label, worse in ((first, difference), (second, -difference)):
                p_order[label] = max(p_order[label], OUT_OF_ORDER_TRUST * max(expit(worse + OUT_OF_ORDER_BOTH), swapped))
        for label in members:
            same = members[(members != label) & (phase[members] == phase[label])]
            apart_s = np.abs(label_s[same] - label_s[label])
            if len(same) and apart_s.min() < DUPLICATE_S * scale:
                other = int(same[np.argmin(apart_s)])
                likelier = np.nan_to_num(neg_log_density[label]) - np.nan_to_num(neg_log_density[other])
                p_duplicate[label] = expit(likelier) if likelier or label > other else 0.0  # of two equal ones the later in the list goes
                gap_s[label] = label_s[other] - label_s[label]
            others = members[phase[members] != phase[label]]
            other_labelled[label] = bool((np.abs(label_s[others] - label_s[label]) <= EXPLAINED_S * scale).any())
    return Companions(p_duplicate, gap_s, bumps.height, bumps.offset_s, other_labelled, follows, p_order)


def _by_segment(segment: IntArray) -> list[IntArray]:
    """The labels of each segment, in label order."""
    order = np.argsort(segment, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(segment[order])) + 1)


def _out_of_order(members: IntArray, phase: IntArray, label_s: FloatArray) -> list[tuple[int, int]]:
    """Of the labels of one segment each S that no P precedes, with the first P after it."""
    p_labels = sorted(members[phase[members] == P], key=lambda label: label_s[label])
    if not p_labels:
        return []
    first = p_labels[0]
    return [(int(label), int(first)) for label in members if phase[label] == S and label_s[label] < label_s[first]]


def labelled_around(segment: IntArray | None, label_s: FloatArray | None) -> list[FloatArray] | None:
    """For each of N labels, where its segment is labelled, itself included: seconds from the label. None where places are not known."""
    if segment is None or label_s is None:
        return None
    around: list[FloatArray] = [np.zeros(0)] * len(segment)
    for members in _by_segment(segment):
        for label in members.tolist():
            around[label] = label_s[members] - label_s[label]
    return around


def find_bumps(scores: LabelScores, phase: IntArray, around: list[FloatArray]) -> Bumps:
    """Bumps in the scores of N labels. phase: (N,). around: N of `labelled_around`."""
    offsets_s, scale = np.asarray(scores.offsets_s, dtype=np.float64), time_scale(scores.offsets_s)
    found = [
        _unexplained_bump(curves[number].astype(np.float64), curves[1 - number].astype(np.float64), offsets_s, labelled_s, scale)
        for curves, number, labelled_s in zip(scores.probability, phase.tolist(), around, strict=True)
    ]
    height, offset_s = np.array(found, dtype=np.float64).reshape(-1, 2).T
    return Bumps(height, offset_s)


def _unexplained_bump(
    own: FloatArray, other: FloatArray, offsets_s: FloatArray, labelled_s: FloatArray, scale: float
) -> tuple[float, float]:
    own, other = np.nan_to_num(own), np.nan_to_num(other)
    free = np.abs(offsets_s) > MISSED_GAP_S * scale
    for moment_s in labelled_s:
        free &= np.abs(offsets_s - moment_s) > EXPLAINED_S * scale
    # Only a label that has an arrival of its own shows that another one is missing; else the bump is where the label belongs.
    at_label = own[np.abs(offsets_s) <= EXPLAINED_S * scale].max(initial=0.0)
    bump = np.where(free & (other < ECHO_SHARE * own), own, 0.0)
    best = int(np.argmax(bump))
    inside = 0 < best < len(bump) - 1 and own[best] >= max(own[best - 1], own[best + 1])
    if not inside or bump[best] <= 0.0:
        return 0.0, float("nan")
    return float(min(bump[best], at_label)), float(offsets_s[best])
