"""SeisBench's waveforms.hdf5, written in buckets: traces of like length in one block, addressed as `bucket3$17,:3,:6000`."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

import h5py
import numpy as np

from labeling.seismo.formats.file_region import FileRegion
from labeling.seismo.records import FloatArray

TRACES_PER_BUCKET = 256
MOST_OPEN_BYTES = 96 * 2**20
LENGTH_STEP = 1.05  # a bucket holds lengths within 5 %: padding costs no more than that


@dataclass
class _Bucket:
    """blocks: (n_traces, 3, n_samples) each."""

    name: str
    blocks: list[FloatArray] = field(default_factory=list)
    n_traces: int = 0
    n_bytes: int = 0


class BucketWriter:
    """Takes traces, says at once under which name each will be found, and holds at most some 100 MB of them.

    Use as a context manager; `set_format` may be called at any time before the end. HDF5 only says where a bucket lies: its samples go
    straight into the file, with no block put together in memory first, on a thread of their own while the next ones are taken.
    """

    def __init__(self, target: FileRegion) -> None:
        self._target = target
        self._file = h5py.File(target, "w")
        self._data = self._file.create_group("data")
        self._open: dict[int, _Bucket] = {}
        self._open_bytes = 0
        self._n_buckets = 0
        self._n_aliases: dict[str, int] = {}
        self._beside = ThreadPoolExecutor(1)
        self._being_written: Future[None] | None = None

    def __enter__(self) -> BucketWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._beside.shutdown()
            with suppress(Exception):  # HDF5 can't close what it could not write; what went wrong first is told
                self._file.close()
            return
        try:
            try:
                for length_class in list(self._open):
                    self._close(length_class)
                self._wait_until_written()
                self._link_aliases()
            finally:
                self._beside.shutdown()
                self._file.close()
        except Exception:
            if self._target.failure is not None:
                raise self._target.failure from None
            raise

    def add(self, samples: FloatArray) -> list[str]:
        """Keep traces of one length. samples: (n_traces, 3, n_samples) float32 without NaN. Returns their trace_names."""
        n_traces, n_components, n_samples = samples.shape
        length_class = round(math.log(max(n_samples, 1), LENGTH_STEP))
        names: list[str] = []
        while len(names) < n_traces:
            bucket = self._open.get(length_class)
            if bucket is None:
                bucket = self._open[length_class] = _Bucket(f"bucket{self._n_buckets}")
                self._n_buckets += 1
            n_fitting = min(TRACES_PER_BUCKET - bucket.n_traces, 1 + (MOST_OPEN_BYTES - self._open_bytes) // max(1, samples[0].nbytes))
            block = samples[len(names) : len(names) + n_fitting]
            if len(block) < n_traces:
                block = block.copy()  # a part would keep the whole in memory for as long as its bucket is open
            places = range(bucket.n_traces, bucket.n_traces + len(block))
            names += [f"{bucket.name}${place},:{n_components},:{n_samples}" for place in places]
            bucket.blocks.append(block)
            bucket.n_traces += len(block)
            bucket.n_bytes += block.nbytes
            self._open_bytes += block.nbytes
            if bucket.n_traces >= TRACES_PER_BUCKET:
                self._close(length_class)
            elif self._open_bytes > MOST_OPEN_BYTES:
                self._close(max(self._open, key=lambda key: self._open[key].n_bytes))
        return names

    def alias(self, trace_name: str, number: int) -> str:
        """A second name of the same samples: `bucket3_2$17,:3,:6000`. number: 2 for the second row of a trace."""
        bucket, _, place = trace_name.partition("$")
        self._n_aliases[bucket] = max(number, self._n_aliases.get(bucket, 1))
        return f"{bucket}_{number}${place}"

    def set_format(self, entries: dict[str, str | float]) -> None:
        """Write the group data_format: dimension_order, component_order and what else holds for all traces."""
        group = self._file.require_group("data_format")
        for name, value in entries.items():
            group.create_dataset(name, data=value)

    def _close(self, length_class: int) -> None:
        bucket = self._open.pop(length_class)
        self._open_bytes -= bucket.n_bytes
        longest = max(block.shape[2] for block in bucket.blocks)
        buffers = [_padded(block, longest) for block in bucket.blocks]
        place = self._place(bucket.name, (bucket.n_traces, *buffers[0].shape[1:]))
        if place is not None:
            self._wait_until_written()
            self._being_written = self._beside.submit(self._target.write_once, place, buffers)

    def _wait_until_written(self) -> None:
        """Raises what the thread beside ran into."""
        if self._being_written is not None:
            self._being_written.result()

    def _place(self, name: str, shape: tuple[int, ...]) -> int | None:
        """Where in the file a new dataset's float32 samples lie, one behind the other. None for no samples."""
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_layout(h5py.h5d.CONTIGUOUS)
        layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        made = h5py.h5d.create(self._data.id, name.encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple(shape), layout)
        place: int | None = made.get_offset()
        return place

    def _link_aliases(self) -> None:
        # SeisBench wants every row to have a name of its own, and a hard link costs no samples.
        for bucket, highest in self._n_aliases.items():
            for number in range(2, highest + 1):
                self._data[f"{bucket}_{number}"] = self._data[bucket]


def _padded(samples: FloatArray, length: int) -> FloatArray:
    """Contiguous little-endian float32 with zeros behind, if it is shorter."""
    if samples.shape[2] != length:
        samples = np.pad(samples, ((0, 0), (0, 0), (0, length - samples.shape[2])))
    return np.ascontiguousarray(samples, dtype="<f4")
