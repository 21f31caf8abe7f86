"""When a training has learned what it can of right labels, and goes on to learn the wrong ones by heart."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from training.lancor.dataset import IntArray, LabelledSet

LEAST_SEGMENTS = 2  # on either side


@dataclass
class Best:
    """The epoch with the lowest loss on the inner part so far, and its averaged weights. epoch: 0 before the first; loss: infinite."""

    epoch: int = 0
    loss: float = float("inf")
    state: dict[str, Tensor] = field(default_factory=dict)


def part_inner(dataset: LabelledSet, segments: IntArray, share: float, seed: int) -> tuple[IntArray, IntArray]:
    """The segments to train on, and the inner part to stop by: whole components, drawn by the seed, with at most this share of the
    labelled segments or, of few, two.

    All segments and none where there is no such part: too few are labelled, or all hang together.
    """
    labelled = np.isin(segments, dataset.label_segment)
    names, membership = np.unique(dataset.component[segments], return_inverse=True)
    sizes = np.bincount(membership[labelled], minlength=len(names))
    room = max(share * sizes.sum(), LEAST_SEGMENTS)
    chosen: list[int] = []
    for number in np.random.default_rng([seed, 13]).permutation(len(names)).tolist():
        if sizes[number] <= room:
            chosen.append(number)
            room -= sizes[number]
    inner = np.isin(membership, chosen)
    if min((labelled & inner).sum(), (labelled & ~inner).sum()) < LEAST_SEGMENTS:
        return segments, segments[:0]
    return segments[~inner], segments[inner]
