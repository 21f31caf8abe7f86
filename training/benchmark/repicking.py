"""Pickers that need no training, asked for the arrival nearest to a label: what a network has to beat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from obspy.signal.trigger import recursive_sta_lta

from training.benchmark.planted import FloatArray
from training.lancor.dataset import LabelledSet
from training.lancor.onsets import SHORTEST, ar_aic_onset

S = 1
SEARCH_S = 2.0  # lengths are those at 100 Hz, and in proportion at other rates, as the noise model has it
TRIGGER_STA_S, TRIGGER_LTA_S = 0.2, 4.0
ONSET_SHARE = 0.5  # of the highest ratio


def ar_aic_residual_s(dataset: LabelledSet) -> FloatArray:
    """(N,) AR-AIC onset − label, in seconds, within 2 s of each label of the set; NaN where there is too little live waveform."""
    return _each(_ar_aic, dataset)


def sta_lta_residual_s(dataset: LabelledSet) -> FloatArray:
    """(N,) the same within 2 s by the recursive STA/LTA of ObsPy: where the ratio begins its rise, at half of its highest value."""
    return _each(_sta_lta, dataset)


def _each(residual_s: Callable[[LabelledSet, int, float, int], float], dataset: LabelledSet) -> FloatArray:
    labels = zip(dataset.label_segment.tolist(), dataset.label_sample.tolist(), dataset.label_phase.tolist(), strict=True)
    return np.array([residual_s(dataset, *label) for label in labels], dtype=np.float64)


def _ar_aic(dataset: LabelledSet, segment: int, sample: float, phase: int) -> float:
    first, last = _around(dataset, segment, sample)
    wanted = _components(dataset, segment, phase)
    if not wanted or last - first < SHORTEST:
        return float("nan")
    return (first + ar_aic_onset(dataset.segments[segment, wanted, first:last]) - sample) / dataset.sampling_rate_hz


def _sta_lta(dataset: LabelledSet, segment: int, sample: float, phase: int) -> float:
    rate_hz, scale = dataset.sampling_rate_hz, _scale(dataset)
    first, last = _around(dataset, segment, sample)
    wanted = _components(dataset, segment, phase)
    if not wanted or last - first < 2:
        return float("nan")
    amplitude = np.sqrt((dataset.segments[segment, wanted].astype(np.float64) ** 2).sum(axis=0))
    windows = (max(1, round(length_s * scale * rate_hz)) for length_s in (TRIGGER_STA_S, TRIGGER_LTA_S))
    ratio = recursive_sta_lta(amplitude, *windows)[first:last]
    highest = int(np.argmax(ratio))
    below = np.flatnonzero(ratio[: highest + 1] < ONSET_SHARE * ratio[highest])
    onset = int(below[-1]) + 1 if len(below) else 0
    return (first + onset - sample) / rate_hz


def _components(dataset: LabelledSet, segment: int, phase: int) -> list[int]:
    """Rows of the vertical for P, of the horizontals for S; of all live ones where those are dead."""
    live = dataset.live[segment]
    return [row for row in ((1, 2) if phase == S else (0,)) if live[row]] or np.flatnonzero(live).tolist()


def _around(dataset: LabelledSet, segment: int, sample: float) -> tuple[int, int]:
    """First sample and the one after the last, of what lies within reach of a label and on its trace."""
    reach = SEARCH_S * _scale(dataset) * dataset.sampling_rate_hz
    first, last = dataset.real_samples[segment].tolist()
    return max(first, round(sample - reach)), min(last, round(sample + reach)) + 1


def _scale(dataset: LabelledSet) -> float:
    return 100.0 / dataset.sampling_rate_hz
