"""Pieces of waveform at the network's rate, cut around labels."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from labeling.seismo.filtering import causal_high_pass
from labeling.seismo.records import FloatArray

RESAMPLING_PAD_S, RESAMPLING_PAD_SAMPLES = 1.0, 100  # at least, on either side: there filters ring and settle
ROUNDING_SAMPLES = 1e-6
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
    """Groups the labels of one trace into segments that hold them with a margin, in the order of time.

    Labels that don't fit into one segment are parted where they lie farthest apart, and a segment stays clear of its neighbours' labels
    where there is room: what belongs to another segment is not known in this one. A trace no longer than a segment is never parted.
    label_s: seconds from the trace's start. trace_s: its length. margin_s: wanted before the first and after the last label of a segment.
    slack: a number in [0, 1) a label, which places the segment, so that labels lie anywhere in it: a network must not learn the place.
    """
    room_s = segment_s - 2 * margin_s if trace_s > segment_s else math.inf
    order = sorted(range(len(label_s)), key=lambda index: label_s[index])
    groups = [[order[index] for index in part] for part in _parts([label_s[index] for index in order], room_s)]
    plans: list[SegmentPlan] = []
    previous = -math.inf
    for group, after in zip(groups, [*groups[1:], None], strict=True):
        first, last = label_s[group[0]], label_s[group[-1]]
        following = math.inf if after is None else label_s[after[0]]
        # What there is of the trace; within that, the margins; within those, no label of another segment.
        low, high = sorted((0.0, trace_s - segment_s))
        low, high = _narrowed(low, high, last + margin_s - segment_s, first - margin_s)
        low, high = _narrowed(low, high, previous, following - segment_s)
        plans.append(SegmentPlan(low + slack[group[0]] * (high - low), tuple(group)))
        previous = last
    return plans


def _parts(label_s: Sequence[float], room_s: float) -> list[range]:
    """Runs of sorted labels that each span at most room_s, one after the other."""
    parts: list[range] = []
    begin = 0
    while begin < len(label_s):
        end = bisect_right(label_s, label_s[begin] + room_s)
        if end < len(label_s):
            end = max(range(begin + 1, end + 1), key=lambda cut: (label_s[cut] - label_s[cut - 1], cut))
        parts.append(range(begin, end))
        begin = end
    return parts


def _narrowed(low: float, high: float, wished_low: float, wished_high: float) -> tuple[float, float]:
    """The part of a range that is wished for too, or the place in the range that is nearest to the wish."""
    return min(max(low, wished_low), high), max(min(high, wished_high), low)


def resampling_pad(from_hz: float, to_hz: float) -> tuple[int, int]:
    """Samples to read on either side of a segment, and how many those are at to_hz, to be cut off again.

    Whole numbers at both rates, or the segment would begin a fraction of a sample late.
    """
    step = Fraction(to_hz / from_hz).limit_denominator(1000).denominator
    pad_s = max(RESAMPLING_PAD_S, RESAMPLING_PAD_SAMPLES / to_hz)
    pad = step * math.ceil(pad_s * from_hz / step)
    return pad, round(pad / from_hz * to_hz)


def real_samples(start: int, n_trace: int, from_hz: float, to_hz: float, n_samples: int) -> tuple[int, int]:
    """First and last sample of a segment (n_samples at to_hz) that its trace (n_trace at from_hz) reaches; the rest is padding.

    start: sample of the trace at which the segment begins, may lie before the trace.
    """
    first = max(math.ceil(-start / from_hz * to_hz - ROUNDING_SAMPLES), 0)
    last = min(math.floor((n_trace - 1 - start) / from_hz * to_hz + ROUNDING_SAMPLES), n_samples - 1)
    return min(first, n_samples - 1), max(last, min(first, n_samples - 1))


def at_rate(samples: FloatArray, from_hz: float, to_hz: float, n_samples: int, highpass_hz: float = 0.0) -> FloatArray:
    """(n_samples,) float32 at to_hz; sample 0 keeps its time. samples: (n,) at from_hz, NaN where there is nothing.

    The mean is taken off, what lies below highpass_hz is filtered out (0: nothing), and what is missing becomes 0.
    """
    filled = np.asarray(causal_high_pass(samples, from_hz, highpass_hz) if highpass_hz else samples, dtype=np.float64)
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
