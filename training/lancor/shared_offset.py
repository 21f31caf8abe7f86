"""By how much the labels of a whole catalog are early or late, as a network sees it that was trained elsewhere.

Networks trained on a catalog learn what all of its labels share, so out of fold it can't be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.flagging.scores import PHASES
from training.lancor.checkpoint import FittedNetwork
from training.lancor.dataset import LabelledSet
from training.lancor.score import score_labels

MOST_LABELS = 300  # of each phase; a median needs no more
FEWEST_LABELS = 30
NEAR_S = 0.5  # from the median of all; labels farther off are wrong by themselves, or the network is
CLEAR = 0.5  # height of the network's output at an arrival that it sees
TOLD_FROM_S = 0.1  # the base checkpoint's own picks lie off by half as much on some networks
SEED = 0


@dataclass(frozen=True)
class SharedOffset:
    """offset_s: median of label − arrival, negative where labels are early. n_labels: that it was taken of."""

    phase: str
    offset_s: float
    n_labels: int


def shared_offsets(dataset: LabelledSet, network: FittedNetwork, device: str) -> list[SharedOffset]:
    """One for each phase that has enough labels at arrivals that the network sees; none at another sampling rate than its own, or
    where segments are shorter than its windows."""
    if dataset.sampling_rate_hz != network.config.sampling_rate_hz or dataset.n_samples < network.config.window_samples:
        return []
    found: list[SharedOffset] = []
    for number, phase in enumerate(PHASES):
        labels = np.flatnonzero(dataset.label_phase == number).astype(np.int64)
        some = np.sort(np.random.default_rng(SEED).permutation(labels)[:MOST_LABELS])
        if len(some) < FEWEST_LABELS:
            continue
        scores = score_labels([network], dataset, some, None, network.config, device)
        late_s = -scores.peak_offset_s[:, 0].astype(np.float64)
        height = np.nan_to_num(scores.probability[:, number]).max(axis=1)
        seen = height >= CLEAR
        usable = seen & (np.abs(late_s - np.median(late_s[seen])) <= NEAR_S) if seen.any() else seen
        if usable.sum() >= FEWEST_LABELS:
            found.append(SharedOffset(phase, float(np.median(late_s[usable])), int(usable.sum())))
    return found


def say_shared_offsets(offsets: list[SharedOffset]) -> list[str]:
    """A sentence for each phase whose labels are early or late as a whole."""
    return [
        f"The {found.phase} labels lie {abs(found.offset_s):.2f} s {'before' if found.offset_s < 0 else 'after'} the arrivals as the base "
        f"checkpoint sees them, which never saw this catalog (median of {found.n_labels}). The run's own networks learned that from the "
        "labels, so no label is flagged for it: look at some of them before others train on this catalog."
        for found in offsets
        if abs(found.offset_s) >= TOLD_FROM_S
    ]
