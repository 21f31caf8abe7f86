"""Long traces in few points: least and greatest values, made when a trace is first seen whole and kept beside the samples.

This is a cache: every file can be deleted at any time and is made again. A file appears whole, by a rename, under a name that says what is
in it; one of the wrong size is not believed. The least recently used go first where all together take more than they may.

    folder/<sha256 of version and name>.f32    level by level (n_components, 2 * n_bins) float32, finest first
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from labeling.seismo.decimation import least_and_greatest
from labeling.seismo.records import FloatArray

VERSION = 1
FINEST_BIN = 64  # samples
LEVELS = (FINEST_BIN, 32 * FINEST_BIN)  # samples in a bin
MOST_BYTES = 2 << 30
_AT_ONCE = 512 * LEVELS[-1]  # samples that are read at once


@dataclass(frozen=True)
class Overview:
    """levels: for each of LEVELS (n_components, 2 * n_bins), the least and the greatest value of each bin."""

    levels: tuple[FloatArray, ...]

    def window(self, first: int, last: int, bin_samples: int) -> tuple[int, int, FloatArray]:
        """Bins that cover samples [first, last): first sample, samples in each (bin_samples or more), (n_components, 2 * n_bins) values."""
        level = max(index for index, size in enumerate(LEVELS) if index == 0 or size <= bin_samples)
        size = LEVELS[level]
        bin_samples = -(-bin_samples // size) * size
        begin = first // bin_samples * bin_samples
        pairs = self.levels[level][:, 2 * (begin // size) : 2 * -(-last // size)]
        return begin, bin_samples, least_and_greatest_of_pairs(pairs, bin_samples // size)


def least_and_greatest_of_pairs(pairs: FloatArray, n_together: int) -> FloatArray:
    """(n_components, 2 * n_bins) from (n_components, 2 * n_finer_bins), so many of the finer bins together."""
    if n_together == 1:
        return np.ascontiguousarray(pairs)
    return least_and_greatest(pairs, 2 * n_together)


class WaveformOverviews:
    """The overviews below one folder."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    def get(self, name: str, *, n_components: int, n_samples: int, read: Callable[[int, int], FloatArray]) -> Overview:
        """The overview of that name. read(first, last): its samples, (n_components, last - first), asked for where none is kept."""
        path = self._folder / f"{hashlib.sha256(f'{VERSION} {name}'.encode()).hexdigest()}.f32"
        shapes = [(n_components, 2 * -(-n_samples // size)) for size in LEVELS]
        kept = _read(path, shapes)
        if kept is not None:
            os.utime(path)
            return kept
        overview = Overview(_levels(n_samples, read))
        self._write(path, overview)
        return overview

    def _write(self, path: Path, overview: Overview) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._make_room(sum(level.nbytes for level in overview.levels))
        being_written = self._folder / f"{uuid.uuid4().hex}.part"
        try:
            with being_written.open("xb") as file:
                for level in overview.levels:
                    file.write(np.ascontiguousarray(level, dtype="<f4").tobytes())
                file.flush()
                os.fsync(file.fileno())
            being_written.replace(path)
        finally:
            being_written.unlink(missing_ok=True)

    def _make_room(self, n_bytes: int) -> None:
        kept = sorted(self._folder.glob("*.f32"), key=lambda path: path.stat().st_mtime)
        total = n_bytes + sum(path.stat().st_size for path in kept)
        for path in kept:
            if total <= self._most_bytes:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)


def _levels(n_samples: int, read: Callable[[int, int], FloatArray]) -> tuple[FloatArray, ...]:
    parts = [least_and_greatest(read(first, min(first + _AT_ONCE, n_samples)), FINEST_BIN) for first in range(0, n_samples, _AT_ONCE)]
    levels = [np.concatenate(parts, axis=1)]
    for size, coarser in pairwise(LEVELS):
        levels.append(least_and_greatest_of_pairs(levels[-1], coarser // size))
    return tuple(levels)


def _read(path: Path, shapes: list[tuple[int, int]]) -> Overview | None:
    sizes = [rows * columns for rows, columns in shapes]
    try:
        if path.stat().st_size != 4 * sum(sizes):
            return None
        values = np.memmap(path, dtype="<f4", mode="r").view(np.ndarray)
    except (FileNotFoundError, ValueError):
        return None
    starts = np.cumsum([0, *sizes])
    return Overview(tuple(values[start : start + size].reshape(shape) for start, size, shape in zip(starts, sizes, shapes, strict=False)))
