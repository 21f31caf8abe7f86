"""A stretch of a trace as the screen wants it: turned, filtered, and with no more points than it can show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.files import waveform_overviews
from labeling.models import Trace
from labeling.seismo.decimation import bin_for, least_and_greatest
from labeling.seismo.filtering import Band, band_pass
from labeling.seismo.ground_motion import COUNTS, Calibration
from labeling.seismo.records import FloatArray
from labeling.seismo.rotation import Turn, turned_on
from labeling.services.instruments import Instrument, instrument_of
from labeling.services.refusals import Refused
from labeling.trace_samples import places, read_trace
from labeling.waveform_overviews import FINEST_BIN, Overview

MOST_SAMPLES = 1_500_000  # of one component at once; filtering them takes a second and some hundred megabytes
MOST_IN_OVERVIEW = 60_000_000  # a week at 100 Hz; its overview takes some ten seconds, once


@dataclass(frozen=True)
class Look:
    """How a trace is looked at. is_turned: to vertical, north and east. back_azimuth_deg: on to radial and transverse. n_components: the
    first so many. is_ground_motion: by the sensitivity, in place of counts."""

    band: Band | None = None
    is_turned: bool = False
    back_azimuth_deg: float | None = None
    n_components: int | None = None
    is_ground_motion: bool = False


@dataclass(frozen=True)
class _Prepared:
    """A trace and what is done to its samples, in this order. calibration, turn: None where they stay as they are."""

    trace: Trace
    channels: list[dict[str, Any]]
    calibration: Calibration | None
    turn: Turn | None
    band: Band | None


@dataclass(frozen=True)
class WaveformWindow:
    """samples: (n_components, points). header: what `waveform_packet.pack` sends before them."""

    header: dict[str, Any]
    samples: FloatArray


def read_window(*, trace: Trace, start_s: float, end_s: float, look: Look, max_points: int) -> WaveformWindow:
    """The part of [start_s, end_s] that the trace covers, in seconds after its first sample."""
    rate_hz = trace.sampling_rate_hz
    first = max(0, math.floor(start_s * rate_hz))
    last = min(trace.n_samples, math.ceil(end_s * rate_hz) + 1)
    if last <= first:
        raise Refused("window_outside_trace", f"{trace} runs from 0 to {(trace.n_samples - 1) / rate_hz:g} s. Ask for a window within it.")
    prepared = _prepared(trace, look)
    bin_samples = bin_for(last - first, max_points)
    if last - first <= MOST_SAMPLES:
        samples = _looked_at(prepared, first, last)
        if bin_samples > 1:
            samples = least_and_greatest(samples, bin_samples)
    elif bin_samples < FINEST_BIN or trace.n_samples > MOST_IN_OVERVIEW:
        raise Refused("window_too_long", f"{last - first} samples at once are too many. Ask for at most {MOST_SAMPLES / rate_hz:g} s.")
    else:
        first, bin_samples, samples = _overview(prepared).window(first, last, bin_samples)
    return WaveformWindow(_header(prepared, first, bin_samples), samples)


def _prepared(trace: Trace, look: Look) -> _Prepared:
    channels = trace.channels[: look.n_components]
    turns = look.is_turned or look.back_azimuth_deg is not None
    instrument = instrument_of(trace, look.n_components) if turns or look.is_ground_motion else None
    return _Prepared(
        trace=trace,
        channels=channels,
        calibration=_calibration(trace, instrument) if instrument is not None and look.is_ground_motion else None,
        turn=_turn(trace, instrument, look.back_azimuth_deg) if instrument is not None and turns else None,
        band=look.band,
    )


def _calibration(trace: Trace, instrument: Instrument) -> Calibration:
    if isinstance(instrument.calibration, str):
        raise Refused("no_ground_motion", f"{trace} can't be shown as ground motion: {instrument.calibration}.")
    return instrument.calibration


def _turn(trace: Trace, instrument: Instrument, back_azimuth_deg: float | None) -> Turn:
    if isinstance(instrument.turn, str):
        raise Refused("rotation_impossible", f"{trace} can't be turned: {instrument.turn}.")
    return instrument.turn if back_azimuth_deg is None else turned_on(instrument.turn, back_azimuth_deg)


def _header(prepared: _Prepared, first: int, bin_samples: int) -> dict[str, Any]:
    rate_hz, band = prepared.trace.sampling_rate_hz, prepared.band
    codes = [channel["channel"] for channel in prepared.channels]
    names = codes if prepared.turn is None else prepared.turn.named(codes)
    return {
        "start_s": first / rate_hz,
        "sampling_rate_hz": rate_hz,
        "bin_samples": bin_samples,
        "filter": "raw" if band is None else str(band),
        "passes_hz": None if band is None else [band.low_hz, band.highest_hz(rate_hz)],
        "unit": COUNTS if prepared.calibration is None else prepared.calibration.unit,
        "components": [
            {"channel": name, "dead": bool(channel.get("dead"))} for name, channel in zip(names, prepared.channels, strict=True)
        ],
    }


def _overview(prepared: _Prepared) -> Overview:
    """Made at first view and kept; an address and what is done to its samples say all about it."""
    trace, turn = prepared.trace, prepared.turn
    turned = None if turn is None else (turn.rows, turn.matrix.tolist())
    n_components = len(prepared.channels)
    name = f"{places(trace, n_components)} {trace.sampling_rate_hz!r} {prepared.band} {turned!r} {prepared.calibration!r}"
    return waveform_overviews().get(
        name, n_components=n_components, n_samples=trace.n_samples, read=lambda first, last: _looked_at(prepared, first, last)
    )


def _looked_at(prepared: _Prepared, first: int, last: int) -> FloatArray:
    """Samples [first, last), in their unit, turned and filtered: (n_components, last - first)."""
    trace, band = prepared.trace, prepared.band
    # A filter needs to settle before the window begins, or its edges would look like arrivals.
    margin = 0 if band is None else math.ceil(band.settling_s * trace.sampling_rate_hz)
    wide_first, wide_last = max(0, first - margin), min(trace.n_samples, last + margin)
    samples = read_trace(trace, wide_first, wide_last - wide_first, len(prepared.channels))
    if prepared.calibration is not None:
        samples = samples * np.array(prepared.calibration.factors, dtype=np.float32)[:, None]
    if prepared.turn is not None:
        samples = prepared.turn.apply(samples)
    if band is None:
        return samples
    try:
        filtered = band_pass(samples, trace.sampling_rate_hz, band)
    except ValueError as problem:
        raise Refused("filter_impossible", str(problem), fields={"filter": [str(problem)]}) from None
    return np.ascontiguousarray(filtered[:, first - wide_first : last - wide_first])
