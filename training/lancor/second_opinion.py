"""What a published picker says of each label, where the user has SeisBench and its weights.

A vote for whoever reviews, and no evidence of P(mislabelled): nobody knows whether the picker was trained on these very labels. SeisBench
(GPL v3) is an optional extra, and its weights are the user's to fetch: nothing is downloaded here.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from training.flagging.scores import PHASES
from training.lancor.dataset import DoubleArray, FloatArray, IntArray, LabelledSet

SEGMENTS_AT_ONCE = 64
LEAST_HEIGHT = 0.3  # SeisBench's own threshold for a pick
START = UTCDateTime(0)
COMPONENTS = "ZNE"


class Picker(Protocol):
    """Of SeisBench's interface what is used: curves of P and S over time, in channels that end in _P and _S."""

    sampling_rate: float
    in_samples: int

    def annotate(self, stream: Stream, *, blinding: tuple[int, int]) -> Stream: ...


def load_picker(name: str, device: str) -> Picker:
    """name: as `TrainingConfig.second_opinion`, such as PhaseNet/stead. Raises ValueError with what to do where SeisBench or the weights
    are missing or cannot be read."""
    kind, weights = name.split("/")
    try:
        from seisbench import models
    except ImportError:
        raise ValueError(
            f"second_opinion: {name} needs SeisBench, which is not installed where this run trains. Install it with "
            "pip install 'repick[seisbench]', or start the run without second_opinion."
        ) from None
    model = getattr(models, kind)
    if not model.list_versions(weights, remote=False):
        raise ValueError(
            f"second_opinion: the weights {weights} of {kind} are not there, and are not downloaded by a run. Fetch them where it trains "
            f"with python -c \"from seisbench.models import {kind}; {kind}.from_pretrained('{weights}')\", or start the run without "
            "second_opinion."
        )
    try:
        picker: Picker = model.from_pretrained(weights).to(device)
    except Exception as error:  # whatever damaged files make SeisBench and torch raise
        raise ValueError(f"second_opinion: the weights {weights} of {kind} cannot be read ({error}). Fetch them again.") from error
    return picker


def second_onsets_s(
    picker: Picker, dataset: LabelledSet, segment: IntArray, position: DoubleArray, phase: IntArray, search_s: float
) -> FloatArray:
    """(N,) where the picker's curve of the label's phase is highest within ± search_s of the label, seconds from it; NaN where it stays
    below LEAST_HEIGHT. segment, phase: (N,). position: (N,) in the segment, samples."""
    found = np.full(len(segment), np.nan, dtype=np.float32)
    segments = np.unique(segment)
    for first in range(0, len(segments), SEGMENTS_AT_ONCE):
        asked = segments[first : first + SEGMENTS_AT_ONCE]
        curves = _curves(picker, dataset, asked)
        for row in np.flatnonzero(np.isin(segment, asked)).tolist():
            curve = curves.get((int(segment[row]), PHASES[phase[row]]))
            if curve is not None:
                found[row] = _highest_s(curve, position[row] / dataset.sampling_rate_hz, search_s)
    return found


def _curves(picker: Picker, dataset: LabelledSet, segments: IntArray) -> dict[tuple[int, str], Trace]:
    """By segment and phase. The number of a segment is the station's code, by which SeisBench keeps them apart."""
    stream = Stream()
    padded = max(dataset.n_samples, int(np.ceil(picker.in_samples / picker.sampling_rate * dataset.sampling_rate_hz)) + 1)
    for number in segments.tolist():
        for component, samples in zip(COMPONENTS, dataset.segments[number], strict=True):
            header = {"station": str(number), "channel": f"HH{component}", "sampling_rate": dataset.sampling_rate_hz, "starttime": START}
            stream += Trace(np.pad(np.array(samples, dtype=np.float32), (0, padded - len(samples))), header)
    annotated = picker.annotate(stream, blinding=(0, 0))  # else the ends of a segment, which is short, would stay without
    return {(int(trace.stats.station), trace.stats.channel.rsplit("_", 1)[-1]): trace for trace in annotated}


def _highest_s(curve: Any, label_s: float, search_s: float) -> float:
    height = np.nan_to_num(np.ma.filled(np.ma.asarray(curve.data, dtype=np.float64), np.nan))
    from_label_s = curve.times() + (curve.stats.starttime - START) - label_s
    height = np.where(np.abs(from_label_s) <= search_s, height, 0.0)
    best = int(np.argmax(height)) if len(height) else 0
    return float(from_label_s[best]) if len(height) and height[best] >= LEAST_HEIGHT else float("nan")
