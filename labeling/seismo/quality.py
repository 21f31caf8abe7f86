"""What is missing or lifeless in a recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.records import FloatArray

HELD_SAMPLES = 3
FEWEST_LEVELS = 32
LEAST_JUMP = 0.005  # of the range from the lowest to the highest sample
LEAST_LEVELS = 1.5  # of the recorder's steps: a crest of few bits is reached one step at a time


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


def is_clipped(samples: NDArray[np.floating]) -> bool:
    """Whether the recorder could not follow: the highest or the lowest value is held for three samples and more, reached in a jump.

    samples: (n,) of one component, NaN where there is nothing. Few levels (digital noise of a unit or two) are no clipping, and neither is
    a slow swing that lingers at its crest.
    """
    present = samples[np.isfinite(samples)].astype(np.float64)
    if not present.size:
        return False
    jump = LEAST_JUMP * float(np.ptp(present))
    extremes = [extreme for extreme in (present.max(), present.min()) if _holds(present, extreme, jump)]
    if not extremes:
        return False
    levels = np.unique(present)
    jump = max(jump, LEAST_LEVELS * float(np.diff(levels).min(initial=np.inf)))
    return len(levels) >= FEWEST_LEVELS and any(_holds(present, extreme, jump) for extreme in extremes)


def _holds(present: NDArray[np.float64], extreme: float, jump: float) -> bool:
    """Whether runs at the extreme of HELD_SAMPLES and more that begin with a jump add up to twice as many."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], present == extreme, [False])).astype(np.int8)))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    before = present[np.maximum(starts - 1, 0)]
    sudden = (lengths >= HELD_SAMPLES) & (np.abs(before - extreme) >= jump)
    return bool(lengths[sudden].sum() >= 2 * HELD_SAMPLES)


def _is_dead(row: NDArray[np.float32]) -> bool:
    present = row[~np.isnan(row)]
    return present.size == 0 or bool(np.all(present == present[0]))
