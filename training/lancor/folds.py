"""Which fold holds a segment out."""

from __future__ import annotations

import numpy as np

from training.lancor.dataset import IntArray


def assign_folds(component: IntArray, n_folds: int, seed: int) -> IntArray:
    """(n_segments,) fold of each segment, whole components together and folds of nearly equal size.

    component: (n_segments,). Fewer components than folds give fewer folds. Raises ValueError for fewer than two components or folds.
    """
    names, membership, sizes = np.unique(component, return_inverse=True, return_counts=True)
    if n_folds < 2:
        raise ValueError(f"n_folds: {n_folds}. At least 2 are needed, or every pick is scored by a network that trained on it.")
    if len(names) < 2:
        raise ValueError(
            f"All {len(component)} segments hang together (same event, trace or overlapping waveform), so none can be held out. "
            "Add picks of at least one other event."
        )
    n_folds = min(n_folds, len(names))
    # Largest first into the emptiest fold; the shuffle decides among equals.
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load = np.zeros(n_folds, dtype=np.int64)
    fold_of_component = np.zeros(len(names), dtype=np.int64)
    for index in order:
        fold = int(np.argmin(load))
        fold_of_component[index] = fold
        load[fold] += sizes[index]
    return fold_of_component[membership]
