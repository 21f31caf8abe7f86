"""A stretch of a trace as the screen wants it: filtered, and with no more points than it can show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.files import waveform_store
from labeling.models import Trace
from labeling.seismo.decimation import bin_for, least_and_greatest
from labeling.seismo.filtering import Band, band_pass
from labeling.seismo.records import FloatArray
from labeling.services.refusals import Refused
from labeling.waveform_store import Address

MOST_SAMPLES = 4_000_000  # of one component; filtering them takes seconds and a few hundred megabytes


@dataclass(frozen=True)
class WaveformWindow:
    """samples: (n_components, points). header: what `waveform_packet.pack` sends before them."""

    header: dict[str, Any]
    samples: FloatArray


def read_window(
    *, trace: Trace, start_s: float, end_s: float, band: Band | None, max_points: int, n_components: int | None = None
) -> WaveformWindow:
    """The part of [start_s, end_s] that the trace covers, in seconds after its first sample. n_components: the first so many, or all."""
    rate_hz = trace.sampling_rate_hz
    first = max(0, math.floor(start_s * rate_hz))
    last = min(trace.n_samples, math.ceil(end_s * rate_hz) + 1)
    if last <= first:
        raise Refused("window_outside_trace", f"{trace} runs from 0 to {(trace.n_samples - 1) / rate_hz:g} s. Ask for a window within it.")
    if last - first > MOST_SAMPLES:
        raise Refused("window_too_long", f"{last - first} samples at once are too many. Ask for at most {MOST_SAMPLES / rate_hz:g} s.")
    channels = trace.channels[:n_components]
    samples = _filtered(trace, channels, first, last, band)
    bin_samples = bin_for(last - first, max_points)
    if bin_samples > 1:
        samples = least_and_greatest(samples, bin_samples)
    header = {
        "start_s": first / rate_hz,
        "sampling_rate_hz": rate_hz,
        "bin_samples": bin_samples,
        "filter": "raw" if band is None else f"{band.low_hz:g}-{band.high_hz:g}",
        "components": [{"channel": channel["channel"], "dead": bool(channel.get("dead"))} for channel in channels],
    }
    return WaveformWindow(header, samples)


def _filtered(trace: Trace, channels: list[dict[str, Any]], first: int, last: int, band: Band | None) -> FloatArray:
    addresses = [Address(channel["shard"], channel["offset"], trace.n_samples) for channel in channels]
    store = waveform_store()
    if band is None:
        return store.read_many(addresses, first, last - first)
    # A filter needs to settle before the window begins, or its edges would look like arrivals.
    margin = math.ceil(band.settling_s * trace.sampling_rate_hz)
    wide_first, wide_last = max(0, first - margin), min(trace.n_samples, last + margin)
    try:
        wide = band_pass(store.read_many(addresses, wide_first, wide_last - wide_first), trace.sampling_rate_hz, band)
    except ValueError as problem:
        raise Refused("filter_impossible", str(problem), fields={"filter": [str(problem)]}) from None
    return np.ascontiguousarray(wide[:, first - wide_first : last - wide_first])
