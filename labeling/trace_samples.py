"""The samples of a trace, wherever they lie: in the waveform store, or in an archive that is used in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol

import numpy as np
from django.conf import settings

from labeling.files import waveform_store
from labeling.models import Trace
from labeling.seismo.formats.sds import ArchiveProblem, Grid, read_pieces
from labeling.seismo.records import ArchivePiece, FloatArray
from labeling.waveform_store import SAMPLE_BYTES, Address, StoreProblem

READ_AT_ONCE_BYTES = 1 << 20  # what a processor's cache holds, while it is looked through and written


class StoredTrace(Protocol):
    """What is to be known of a trace to read it: a row of the database, or the values of one."""

    @property
    def channels(self) -> Any: ...
    @property
    def n_samples(self) -> int: ...
    @property
    def start_time(self) -> datetime: ...
    @property
    def sampling_rate_hz(self) -> float: ...


def read_trace(trace: StoredTrace, first: int = 0, count: int | None = None, n_components: int | None = None) -> FloatArray:
    """Samples [first, first + count) of the first n_components (None: all): (n_components, count) float32, NaN outside the trace.

    Raises StoreProblem, with what to do, where they are gone or are not what was imported.
    """
    channels = trace.channels[:n_components]
    n_samples = trace.n_samples - first if count is None else count
    if all("shard" in channel for channel in channels):
        addresses = [Address(channel["shard"], channel["offset"], trace.n_samples) for channel in channels]
        return waveform_store().read_many(addresses, first, n_samples)
    return np.stack([_in_archive(trace, channel, first, n_samples) for channel in channels])


def read_whole_trace(trace: StoredTrace) -> FloatArray:
    """All samples, (n_components, n_samples) float32, for whoever reads each trace once. Raises StoreProblem as read_trace does."""
    if all("shard" in channel for channel in trace.channels):
        return waveform_store().read_whole([Address(channel["shard"], channel["offset"], trace.n_samples) for channel in trace.channels])
    return read_trace(trace)


def read_whole_traces(traces: Sequence[StoredTrace]) -> Iterator[FloatArray]:
    """`read_whole_trace` of many: (n_traces, n_components, n_samples) of as many as follow each other and are alike, some MiB at once."""
    for (channel_codes, n_samples), alike in groupby(traces, key=_shape):
        rest = list(alike)
        if not all("shard" in channel for trace in rest for channel in trace.channels):
            yield from (read_trace(trace)[np.newaxis] for trace in rest)
            continue
        at_once = max(1, READ_AT_ONCE_BYTES // max(1, len(channel_codes) * n_samples * SAMPLE_BYTES))
        for first in range(0, len(rest), at_once):
            addresses = [
                Address(channel["shard"], channel["offset"], n_samples)
                for trace in rest[first : first + at_once]
                for channel in trace.channels
            ]
            yield waveform_store().read_whole(addresses).reshape(-1, len(channel_codes), n_samples)


def _shape(trace: StoredTrace) -> tuple[tuple[str, ...], int]:
    return tuple([channel["channel"] for channel in trace.channels]), trace.n_samples


def places(trace: Trace, n_components: int | None = None) -> str:
    """A text that is the same only for the same samples."""
    keys = ("shard", "offset", "archive", "pieces")
    return f"{[[channel.get(key) for key in keys] for channel in trace.channels[:n_components]]} {trace.n_samples} {trace.start_time}"


def _in_archive(trace: StoredTrace, channel: dict[str, Any], first: int, count: int) -> FloatArray:
    name = channel["archive"]
    root = settings.ARCHIVES.get(name)
    if root is None:
        raise StoreProblem(f"The waveforms lie in the archive {name!r}, which this server does not know. Add it to REPICK_ARCHIVES.")
    pieces = [ArchivePiece(*piece) for piece in channel["pieces"]]
    grid = Grid(trace.start_time, trace.sampling_rate_hz, trace.n_samples)
    try:
        return read_pieces(root, pieces, channel["channel"], grid, first, count)
    except ArchiveProblem as problem:
        raise StoreProblem(f"Archive {name!r}: {problem}") from None
