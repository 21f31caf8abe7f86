"""The samples of a trace, wherever they lie: in the waveform store, or in an archive that is used in place."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import numpy as np
from django.conf import settings

from labeling.files import waveform_store
from labeling.models import Trace
from labeling.seismo.formats.sds import ArchiveProblem, Grid, read_pieces
from labeling.seismo.records import ArchivePiece, FloatArray
from labeling.waveform_store import Address, StoreProblem


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
