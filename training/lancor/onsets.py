"""Onsets by an autoregressive AIC near where the networks see an arrival: a second, untrained opinion on the exact sample.

Sleeman & van Eck (1999), doi:10.1016/S0031-9201(99)00007-2: the onset parts a stretch into two that an autoregressive model of its own
predicts best. ObsPy's picker of that name reads beyond its buffers on short stretches (obspy issue 1801), so this is our own.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_toeplitz

from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.lancor.dataset import DoubleArray, FloatArray, IntArray, LabelledSet, P

ORDER = 4
# Around the networks' peak, as `flagging.lengths` has it. P only: of S, which comes up out of the coda of P,
# it found 42 to 68 % of the labelled onsets of the clean traces within 0.1 s where the networks found 74 %; of P 95 % against 91 %.
BEFORE_S, AFTER_S = 1.5, 0.7
SHORTEST = 60  # samples
EDGE = 5 * ORDER  # samples that an onset keeps from the ends of the stretch


def p_onsets_s(dataset: LabelledSet, segment: IntArray, position: DoubleArray, phase: IntArray, peaks_s: FloatArray) -> FloatArray:
    """(N,) AR-AIC onset − label, in seconds, near the networks' peak; NaN for S, and where there is too little waveform or no peak.

    segment, phase: (N,). position: (N,) of the label in its segment, samples. peaks_s: (N, M) of the M networks, from the label; their
    median counts. On the vertical, or on the first live component where that is dead.
    """
    found = np.full(len(segment), np.nan, dtype=np.float32)
    before, after = (round(length_s * RATE_OF_LENGTHS_HZ) for length_s in (BEFORE_S, AFTER_S))
    for row in np.flatnonzero((phase == P) & np.isfinite(peaks_s).any(axis=1)):
        number = segment[row]
        live = np.flatnonzero(dataset.live[number])
        first, last = dataset.real_samples[number].tolist()
        peak = round(position[row] + float(np.nanmedian(peaks_s[row])) * dataset.sampling_rate_hz)
        first, last = max(first, peak - before), min(last, peak + after)
        if len(live) and last - first >= SHORTEST:
            onset = first + ar_aic_onset(dataset.segments[number, live[:1], first : last + 1])
            found[row] = (onset - position[row]) / dataset.sampling_rate_hz
    return found


def ar_aic_onset(samples: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> int:
    """Index of the onset that all components (C, n) share; their criteria are added up.

    The models of what comes before and after it are fitted to the first and the last third. n is SHORTEST or more.
    """
    aic = np.sum([_criterion(component) for component in samples], axis=0)
    return EDGE + int(np.argmin(aic[EDGE - 1 : samples.shape[1] - EDGE]))


def _criterion(samples: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> DoubleArray:
    """(n − 1,) AIC of an onset at each sample but the first."""
    centred = np.asarray(samples, dtype=np.float64) - np.mean(samples, dtype=np.float64)
    n, third = len(centred), len(centred) // 3
    error_before = _prediction_error(centred, _coefficients(centred[:third]))
    error_after = _prediction_error(centred[::-1], _coefficients(centred[::-1][:third]))[::-1]
    count = np.arange(1, n)
    power_before = np.cumsum(error_before**2)[:-1] / count
    power_after = np.cumsum(error_after[::-1] ** 2)[:-1][::-1] / count[::-1]
    least = 1e-12 * max(float(np.mean(centred**2)), 1e-300)
    return np.asarray(count * np.log(np.maximum(power_before, least)) + count[::-1] * np.log(np.maximum(power_after, least)))


def _coefficients(samples: DoubleArray) -> DoubleArray:
    """(ORDER,) of the Yule–Walker equations; zeros for silence."""
    centred = samples - samples.mean()
    correlation = np.correlate(centred, centred, "full")[len(centred) - 1 : len(centred) + ORDER]
    if correlation[0] <= 0:
        return np.zeros(ORDER)
    correlation[0] *= 1 + 1e-6  # a pure tone has no unique solution
    return np.asarray(solve_toeplitz(correlation[:-1], correlation[1:]), dtype=np.float64)


def _prediction_error(samples: DoubleArray, coefficients: DoubleArray) -> DoubleArray:
    error = samples.copy()
    for lag, coefficient in enumerate(coefficients, 1):
        error[lag:] -= coefficient * samples[:-lag]
    return error
