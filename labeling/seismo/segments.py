"""Pieces of waveform at the network's rate, cut around labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from labeling.seismo.records import FloatArray

LARGEST_FACTOR = 200  # of a resampling filter; its length grows with it
ROW_OF_COMPONENT = {"Z": 0, "3": 0, "U": 0, "V": 0, "N": 1, "1": 1, "R": 1, "E": 2, "2": 2, "T": 2, "W": 2}


@dataclass(frozen=True)
class SegmentPlan:
    """Labels of one trace that share a segment.

    start_s: of the segment, seconds from the trace's sample 0. labels: indices into the caller's list.
    """

    start_s: float
    labels: tuple[int, ...]


def plan_segments(
    label_s: Sequence[float], *, trace_s: float, segment_s: float, margin_s: float, slack: Sequence[float]
) -> list[SegmentPlan]:
    """Groups the labels of one trace into as few segments as hold them with a margin, in the order of time.

    label_s: seconds from the trace's start. trace_s: its length. margin_s: wanted before the first and after the last label of a segment.
    slack: a number in [0, 1) a label, which places the segment, so that labels lie anywhere in it: a network must not learn the place.
    """
    order = sorted(range(len(label_s)), key=lambda index: label_s[index])
    groups: list[list[int]] = []
    for index in order:
        if groups and label_s[index] - label_s[groups[-1][0]] <= segment_s - 2 * margin_s:
            groups[-1].append(index)
        else:
            groups.append([index])
    return [SegmentPlan(_start(group, label_s, trace_s, segment_s, margin_s, slack[group[0]]), tuple(group)) for group in groups]


def _start(group: list[int], label_s: Sequence[float], trace_s: float, segment_s: float, margin_s: float, slack: float) -> float:
    first, last = label_s[group[0]], label_s[group[-1]]
    earliest, latest = last + margin_s - segment_s, first - margin_s
    if trace_s > segment_s:  # stay inside the trace where the margins allow
        earliest, latest = min(max(earliest, 0.0), latest), max(min(latest, trace_s - segment_s), earliest)
    start = earliest + slack * (latest - earliest)
    if trace_s > segment_s:
        return min(max(start, 0.0), trace_s - segment_s)
    return min(start, 0.0) if latest >= 0 else start


def at_rate(samples: FloatArray, from_hz: float, to_hz: float, n_samples: int) -> FloatArray:
    """(n_samples,) float32 at to_hz; sample 0 keeps its time. samples: (n,) at from_hz, NaN where there is nothing.

    The mean is taken off and what is missing becomes 0.
    """
    filled = np.asarray(samples, dtype=np.float64)
    missing = ~np.isfinite(filled)
    filled = np.where(missing, 0.0, filled - (filled[~missing].mean() if not missing.all() else 0.0))
    ratio = Fraction(to_hz / from_hz).limit_denominator(LARGEST_FACTOR) or Fraction(1, LARGEST_FACTOR)
    if ratio != 1:
        filled = resample_poly(filled, ratio.numerator, ratio.denominator)
    stretch = from_hz * float(ratio) / to_hz  # what no ratio of small numbers reaches, such as 99.97 Hz
    if not math.isclose(stretch, 1.0, rel_tol=1e-9):
        filled = np.interp(np.arange(len(filled) / stretch) * stretch, np.arange(len(filled)), filled, right=0.0)
    result = np.zeros(n_samples, dtype=np.float32)
    count = min(n_samples, len(filled))
    result[:count] = filled[:count]
    return result


def component_row(channel_code: str, taken: set[int]) -> int | None:
    """Row of a component in the order Z, N (1), E (2). One without a known letter takes the first free row; None if none is left."""
    row = ROW_OF_COMPONENT.get(channel_code[-1:].upper())
    if row is not None and row not in taken:
        return row
    return next((free for free in range(3) if free not in taken), None)
