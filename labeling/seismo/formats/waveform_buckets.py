"""SeisBench's waveforms.hdf5, written in buckets: traces of like length in one block, addressed as `bucket3$17,:3,:6000`."""

from __future__ import annotations

import math
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
    name: str
    blocks: list[FloatArray] = field(default_factory=list)

    @property
    def n_bytes(self) -> int:
        return sum(block.nbytes for block in self.blocks)


class BucketWriter:
    """Takes traces one by one, says at once under which name each will be found, and holds at most some 100 MB of them.

    Use as a context manager; `set_format` may be called at any time before the end. HDF5 only says where a bucket lies: its samples go
    straight into the file, with no block put together in memory first.
    """

    def __init__(self, target: FileRegion) -> None:
        self._target = target
        self._file = h5py.File(target, "w")
        self._data = self._file.create_group("data")
        self._open: dict[int, _Bucket] = {}
        self._open_bytes = 0
        self._n_buckets = 0
        self._n_aliases: dict[str, int] = {}

    def __enter__(self) -> BucketWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            with suppress(Exception):  # HDF5 can't close what it could not write; what went wrong first is told
                self._file.close()
            return
        try:
            try:
                for length_class in list(self._open):
                    self._close(length_class)
                self._link_aliases()
            finally:
                self._file.close()
        except Exception:
            if self._target.failure is not None:
                raise self._target.failure from None
            raise

    def add(self, samples: FloatArray) -> str:
        """Keep one trace. samples: (3, n_samples) float32 without NaN. Returns its trace_name."""
        length_class = round(math.log(max(samples.shape[1], 1), LENGTH_STEP))
        bucket = self._open.get(length_class)
        if bucket is None:
            bucket = self._open[length_class] = _Bucket(f"bucket{self._n_buckets}")
            self._n_buckets += 1
        trace_name = f"{bucket.name}${len(bucket.blocks)},:{samples.shape[0]},:{samples.shape[1]}"
        bucket.blocks.append(samples)
        self._open_bytes += samples.nbytes
        if len(bucket.blocks) >= TRACES_PER_BUCKET:
            self._close(length_class)
        elif self._open_bytes > MOST_OPEN_BYTES:
            self._close(max(self._open, key=lambda key: self._open[key].n_bytes))
        return trace_name

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
        longest = max(block.shape[1] for block in bucket.blocks)
        buffers = [_padded(block, longest) for block in bucket.blocks]
        place = self._place(bucket.name, (len(buffers), *buffers[0].shape))
        if place is not None:
            self._target.write_at(place, buffers)

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
    if samples.shape[1] != length:
        samples = np.pad(samples, ((0, 0), (0, length - samples.shape[1])))
    return np.ascontiguousarray(samples, dtype="<f4")
