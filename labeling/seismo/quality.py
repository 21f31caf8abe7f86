"""What is missing or lifeless in a recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.records import FloatArray


def find_gaps(samples: FloatArray) -> list[list[tuple[int, int]]]:
    """Runs of NaN, for each component in turn, as (start_sample, end_sample), the end exclusive.

    samples: (n_components, n_samples). Returns a list of n_components lists, in the order of time.
    """
    gaps: list[list[tuple[int, int]]] = []
    for row in samples:
        missing = np.isnan(row)
        if not missing.any():
            gaps.append([])
            continue
        edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False])).astype(np.int8)))
        gaps.append([(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)])
    return gaps


def dead_components(samples: FloatArray) -> tuple[bool, ...]:
    """For each component, whether it never moves: all zero, constant, or nothing but gaps. samples: (n_components, n_samples)."""
    return tuple(_is_dead(row) for row in samples)


def _is_dead(row: NDArray[np.float32]) -> bool:
    present = row[~np.isnan(row)]
    return present.size == 0 or bool(np.all(present == present[0]))
