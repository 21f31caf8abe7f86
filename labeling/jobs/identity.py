"""What makes two uploaded rows the same row, whatever file they came in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from labeling.seismo.records import EventRecord, PickRecord, TraceRecord
from labeling.seismo.timing import PLACEHOLDER_EPOCH, iso


def event_identity(record: EventRecord) -> str:
    """Origin, magnitude and the event's own name, less the folders it was uploaded in."""
    origin = iso(record.origin_time) if record.origin_time else None
    parts = (origin, record.latitude, record.longitude, record.depth_km, record.magnitude, PurePosixPath(record.source_ref).name)
    return _digest("event", parts)


def trace_identity(record: TraceRecord) -> str:
    """SEED codes, rate, time and every sample. A placeholder time says nothing, so there the name counts."""
    place = record.source_ref if record.time_is_relative else iso(record.start_time)
    codes = (record.network_code, record.station_code, record.location_code, *record.channel_codes)
    samples = hashlib.sha256(record.samples.tobytes()).hexdigest()
    return _digest("trace", (*codes, record.sampling_rate_hz, place, record.samples.shape, samples))


def pick_identity(record: PickRecord, event: str | None, on_trace: tuple[str, timedelta] | None = None) -> str:
    """Codes, phase, time, who read it, and for which event. event: the event's identity.

    on_trace: identity of a trace without absolute times, and the time since its start; without it only the trace's name is known.
    """
    place = (on_trace or (record.trace_ref, _within_hour(record.time))) if record.time_is_relative else (iso(record.time),)
    codes = (record.network_code, record.station_code, record.location_code, record.channel_code)
    return _digest("pick", (*codes, record.phase_hint, *place, record.agency_id, record.author, record.weight, event))


def _within_hour(time: datetime) -> timedelta:
    return (time - PLACEHOLDER_EPOCH) % timedelta(hours=1)


def _digest(kind: str, parts: Sequence[object]) -> str:
    return hashlib.sha256(repr((kind, *parts)).encode()).hexdigest()
