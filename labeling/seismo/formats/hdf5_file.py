"""HDF5 files of strangers, opened so that they reach no other file and fill no memory."""

from __future__ import annotations

from collections.abc import Iterator

import h5py
import numpy as np
from numpy.typing import NDArray

MAX_SAMPLES_PER_TRACE = 30_000_000


def find_dataset(file: h5py.File | h5py.Group, name: str) -> h5py.Dataset | None:
    """The dataset of that name, None where there is none.

    Raises ValueError for a link to another place and for data kept in another file: an upload must not read the server's files.
    """
    node: object = file
    for part in (part for part in name.split("/") if part):
        if not isinstance(node, h5py.Group):
            return None
        link = node.get(part, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{name} is a link to another place; only data in the file itself are read")
        node = node[part]
    if not isinstance(node, h5py.Dataset):
        return None
    if node.external or node.is_virtual:
        raise ValueError(f"{name} keeps its samples in another file; only data in the file itself are read")
    return node


def find_group(file: h5py.File | h5py.Group, name: str) -> h5py.Group | None:
    """The group of that name, None where there is none or where it is a link to another place."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        return None
    node = file[name]
    return node if isinstance(node, h5py.Group) else None


def dataset_names(group: h5py.Group) -> Iterator[str]:
    """Names of the datasets that lie in the group itself, in the order of the file's index."""
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.HardLink) and isinstance(group[name], h5py.Dataset):
            yield name


def read_samples(dataset: h5py.Dataset, index: tuple[int | slice, ...] = ()) -> NDArray[np.floating]:
    """The samples at the index as floating point numbers.

    Raises ValueError if they are no numbers or more than fit in memory: a file of a few kB can promise terabytes.
    """
    if dataset.dtype.kind not in "fiu":
        raise ValueError(f"{dataset.name} holds no numbers but {dataset.dtype}")
    shape = _shape_of(dataset, index)
    if int(np.prod(shape, dtype=np.float64)) > MAX_SAMPLES_PER_TRACE:
        raise ValueError(f"{dataset.name} has {shape} samples; at most {MAX_SAMPLES_PER_TRACE} per trace are read")
    return np.asarray(dataset[index] if index else dataset[()], dtype=np.float64)


def _shape_of(dataset: h5py.Dataset, index: tuple[int | slice, ...]) -> tuple[int, ...]:
    lengths = []
    for axis, length in enumerate(dataset.shape):
        part = index[axis] if axis < len(index) else slice(None)
        if isinstance(part, int):
            if part >= length:
                raise ValueError(f"{dataset.name} has {length} blocks, and number {part} is asked for")
            continue
        lengths.append(len(range(*part.indices(length))))
    return tuple(lengths)
