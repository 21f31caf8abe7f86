"""Components of one instrument: their order, which belong together, and how they come onto one time grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from labeling.seismo.records import FloatArray, TraceRecord
from labeling.seismo.timing import add_seconds, seconds_between

LARGEST_SHIFT_UNREPORTED = 0.1  # samples
_LARGEST_DRIFT = 0.1  # samples, between two rates over a whole trace

# 3 is the vertical of an instrument whose components are 1, 2 and 3 (SEED: orthogonal, without a named direction).
_ORDER = "Z3VUN1RE2TW"


def component_rank(channel_code: str) -> tuple[int, str]:
    """Sort key that gives Z N E, Z 1 2, 3 1 2, Z R T; unknown components come last, by letter."""
    letter = channel_code[-1:]
    return (_ORDER.index(letter) if letter and letter in _ORDER else len(_ORDER), channel_code)


def component_families(channel_codes: Iterable[str]) -> list[tuple[str, ...]]:
    """Channel codes of one band and instrument, split into sets of at most three components that belong together.

    Z N E; Z 1 2, or 3 1 2 without a Z; Z R T. Any other component stands alone. A recorder that writes two sensors as one instrument
    (`SHZ SHN SHE SH1 SH2 SH3`) gives two sets.
    """
    left = {code[-1:]: code for code in channel_codes}
    families = []
    for letters in ("ZNE", "312", "Z12", "ZRT"):
        if letters == "312" and ("Z" in left or "3" not in left):
            continue
        chosen = [letter for letter in letters if letter in left]
        if any(letter in left for letter in letters[1:]):
            families.append(tuple(left.pop(letter) for letter in chosen))
    families.extend((left[letter],) for letter in sorted(left, key=lambda letter: component_rank(left[letter])))
    return families


def join_components(a: TraceRecord, b: TraceRecord) -> TraceRecord | None:
    """Both recordings as one on a common grid, or None if they are not components of one instrument that overlap in time.

    The grid is that of the earlier one; where a component has no samples there is NaN. Rows come as Z N E, Z 1 2 or 3 1 2.
    The joined record keeps the source_ref of the one whose component comes first.
    """
    if not _belong_together(a, b):
        return None
    first, second = sorted((a, b), key=lambda record: min(component_rank(code) for code in record.channel_codes))
    start_time = min(a.start_time, b.start_time)
    rows = [
        (code, _offset_samples(record, start_time), record.samples[row])
        for record in (first, second)
        for row, code in enumerate(record.channel_codes)
    ]
    rows.sort(key=lambda item: component_rank(item[0]))
    n_samples = max(offset + len(samples) for _, offset, samples in rows)
    return replace(
        first,
        channel_codes=tuple(code for code, _, _ in rows),
        start_time=start_time,
        samples=on_one_grid([(offset, samples) for _, offset, samples in rows], n_samples),
        extra={**second.extra, **first.extra},
        event_ref=first.event_ref or second.event_ref,
    )


def moved_samples(a: TraceRecord, b: TraceRecord) -> float:
    """By which part of a sample `join_components` moves the later one onto the grid of the earlier."""
    exact = seconds_between(a.start_time, b.start_time) * a.sampling_rate_hz
    return abs(exact - round(exact))


def on_one_grid(rows: Sequence[tuple[int, FloatArray]], n_samples: int) -> FloatArray:
    """(n_rows, n_samples) float32 with each row's samples from its offset on, and NaN elsewhere."""
    grid = np.full((len(rows), n_samples), np.nan, dtype=np.float32)
    for row, (offset, samples) in enumerate(rows):
        grid[row, offset : offset + len(samples)] = samples
    return grid


def duration_s(record: TraceRecord) -> float:
    """Seconds from the record's first sample to its last."""
    return float((record.samples.shape[1] - 1) / record.sampling_rate_hz)


def _belong_together(a: TraceRecord, b: TraceRecord) -> bool:
    if (a.network_code, a.station_code, a.location_code) != (b.network_code, b.station_code, b.location_code):
        return False
    if a.instrument_code != b.instrument_code or a.time_is_relative or b.time_is_relative:
        return False
    if abs(a.sampling_rate_hz - b.sampling_rate_hz) * max(duration_s(a), duration_s(b)) > _LARGEST_DRIFT:
        return False
    if set(a.channel_codes) & set(b.channel_codes):
        return False
    codes = a.channel_codes + b.channel_codes
    if len(codes) > 3 or len(component_families(codes)) != 1:
        return False
    later, earlier = (a, b) if a.start_time > b.start_time else (b, a)
    return later.start_time <= add_seconds(earlier.start_time, duration_s(earlier))


def _offset_samples(record: TraceRecord, start_time: datetime) -> int:
    return round(seconds_between(start_time, record.start_time) * record.sampling_rate_hz)
