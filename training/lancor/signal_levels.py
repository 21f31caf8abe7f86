"""How loud a trace is around a label, read from the samples alone."""

from __future__ import annotations

import numpy as np

from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.lancor.dataset import DoubleArray, FloatArray, IntArray, LabelledSet

# At 100 Hz, see `flagging.lengths`; so are the figures below.
AFTER_S = 1.0
BEFORE_S = 4.0
JUST_AFTER_S = 0.5
SHORTEST_S = 0.25
MAD_TO_SIGMA = 1.4826


def snr_db(dataset: LabelledSet, segment: IntArray, position: DoubleArray) -> FloatArray:
    """(N,) 10 log10 of the power 1 s after over the power 4 s before, of the best live component.

    NaN where less than 0.25 s of the trace lie on either side, or where every component is silent on either side.
    """
    shortest = SHORTEST_S * RATE_OF_LENGTHS_HZ
    levels = np.full(len(segment), np.nan, dtype=np.float32)
    for row, (number, sample) in enumerate(zip(segment, np.rint(position).astype(np.int64), strict=True)):
        first, last = dataset.real_samples[number]
        before = dataset.segments[number][:, max(first, sample - round(BEFORE_S * RATE_OF_LENGTHS_HZ)) : sample]
        after = dataset.segments[number][:, sample : min(last + 1, sample + round(AFTER_S * RATE_OF_LENGTHS_HZ))]
        if before.shape[1] < shortest or after.shape[1] < shortest:
            continue
        power_before, power_after = (stretch.var(axis=1, dtype=np.float64) for stretch in (before, after))
        usable = dataset.live[number] & (power_before > 0) & (power_after > 0)
        if usable.any():
            levels[row] = 10.0 * np.log10((power_after[usable] / power_before[usable]).max())
    return levels


def label_noise_level(dataset: LabelledSet, segment: IntArray, position: DoubleArray) -> FloatArray:
    """(N,) RMS in the 0.5 s after the label over the segment's usual level, of the loudest live component.

    The usual level is the median absolute deviation of the samples that are not exactly zero, scaled to a standard deviation: noise gives
    about 1, an arrival more, a dead stretch 0. NaN at the very end of a trace.
    """
    levels = np.full(len(segment), np.nan, dtype=np.float32)
    usual = {int(number): _usual_level(dataset.segments[number], dataset.live[number]) for number in np.unique(segment)}
    for row, (number, sample) in enumerate(zip(segment, np.rint(position).astype(np.int64), strict=True)):
        end = min(dataset.real_samples[number, 1] + 1, sample + round(JUST_AFTER_S * RATE_OF_LENGTHS_HZ))
        after = np.asarray(dataset.segments[number][:, sample:end], dtype=np.float64)
        if after.shape[1] < SHORTEST_S * RATE_OF_LENGTHS_HZ:
            continue
        level = np.sqrt(np.square(after - after.mean(axis=1, keepdims=True)).mean(axis=1)) / usual[int(number)]
        levels[row] = level.max()
    return levels


def _usual_level(segment: FloatArray, live: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> DoubleArray:
    """(3,) the level of each component; infinite where it is dead, so that it never counts as loud."""
    level = np.full(3, np.inf)
    for component in np.flatnonzero(live):
        samples = np.asarray(segment[component], dtype=np.float64)
        samples = samples[samples != 0]
        if len(samples):
            deviation = _median(np.abs(samples - _median(samples))) * MAD_TO_SIGMA
            level[component] = deviation if deviation > 0 else max(samples.std(), 1e-12)
    return level


def _median(values: DoubleArray) -> float:
    """By sorting, which takes NumPy half the time of its own median."""
    ordered = np.sort(values)
    return float(ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2
