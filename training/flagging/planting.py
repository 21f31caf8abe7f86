"""Wrong positions at which held-out labels are scored a second time: known errors on which the stack learns what an error looks like.

Only the scoring sees them, never the training of a network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.flagging.posterior import FloatArray, IntArray

PLANTED_KINDS = ("timing", "phase", "no_arrival")
# At 100 Hz, see `lengths`.
NOISE_GAP_S = 3.0  # a label planted on noise keeps this far before the first labelled arrival
PHASE_GAP_S = 0.5  # a P put on an S that follows sooner would be a timing error


@dataclass(frozen=True)
class PlantingConfig:
    """What is planted. Shares are of the kinds in PLANTED_KINDS; a kind that a label has no room for becomes `timing`.
    Lengths are those at 100 Hz, see `lengths`.

    time_grid_samples: the catalog's own time grid; positions move by whole multiples, or an uneven fraction gives the errors away.
    """

    n_per_label: int = 2
    timing_share: float = 0.7
    phase_share: float = 0.15
    no_arrival_share: float = 0.15
    least_shift_s: float = 0.15
    most_shift_s: float = 3.0
    time_grid_samples: float = 1.0
    margin_s: float = 1.0


@dataclass(frozen=True)
class Planting:
    """M planted labels. label: (M,) index of the given label; label_sample: (M,) planted position; phase: (M,) phase claimed there;
    kind: (M,) of PLANTED_KINDS; shift_s: (M,) planted − given position in seconds (0 where only the phase is wrong)."""

    label: IntArray
    label_sample: FloatArray
    phase: IntArray
    kind: NDArray[np.str_]
    shift_s: FloatArray

    def __len__(self) -> int:
        return len(self.label)

    @classmethod
    def join(cls, parts: list[Planting]) -> Planting:
        """Those of several folds, in turn."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__})


def plant_errors(
    label_segment: IntArray,
    label_phase: IntArray,
    label_sample: FloatArray,
    labels: IntArray,
    *,
    n_samples: int,
    sampling_rate_hz: float,
    seed: int,
    config: PlantingConfig,
    real_samples: IntArray | None = None,
) -> Planting:
    """Draws `n_per_label` wrong positions for each of `labels` (indices into the three arrays over all labels).

    timing: moved by least_shift_s to most_shift_s, log-uniform, to either side. phase: the label's own phase claimed at the other phase's
    labelled arrival, or, if that is not labelled, the other phase at this one. no_arrival: on the noise before the first label.
    A label whose segment has no room for any of them is left out. n_samples: length of a segment. real_samples: (segments, 2) first and
    last sample of each that is no padding; if not given, all are real.
    """
    rng = np.random.default_rng(seed)
    shares = np.array([config.timing_share, config.phase_share, config.no_arrival_share])
    labels_of: dict[int, list[int]] = {}
    for index, segment in enumerate(label_segment):
        labels_of.setdefault(int(segment), []).append(index)
    rows: list[tuple[int, float, int, str]] = []
    for label in np.repeat(labels, config.n_per_label).tolist():
        given, phase = float(label_sample[label]), int(label_phase[label])
        companions = labels_of[int(label_segment[label])]
        first, last = (0, n_samples - 1) if real_samples is None else real_samples[label_segment[label]].tolist()
        room = _Room(first, last, config)
        kind = str(rng.choice(PLANTED_KINDS, p=shares / shares.sum()))
        position: float | None = None
        if kind == "phase":
            other = [float(label_sample[i]) for i in companions if label_phase[i] != phase]
            position = room.inside(other[0]) if other else given
            if position is not None and position != given and abs(position - given) < PHASE_GAP_S * RATE_OF_LENGTHS_HZ:
                position = None
            claimed = phase if other else 1 - phase
        elif kind == "no_arrival":
            position, claimed = room.noise(rng, given, min(float(label_sample[i]) for i in companions)), phase
        if position is None:
            kind, claimed = "timing", phase
            position = room.moved(rng, given)
        if position is not None:
            rows.append((int(label), position, claimed, kind))
    moved = np.array([row[1] for row in rows], dtype=np.float64)
    origin = np.array([row[0] for row in rows], dtype=np.int64)
    return Planting(
        label=origin,
        label_sample=moved,
        phase=np.array([row[2] for row in rows], dtype=np.int64),
        kind=np.array([row[3] for row in rows], dtype="U16"),
        shift_s=(moved - np.asarray(label_sample, dtype=np.float64)[origin]) / sampling_rate_hz,
    )


class _Room:
    """Positions from the first to the last sample of a trace, on the catalog's time grid as seen from the given label."""

    def __init__(self, first: int, last: int, config: PlantingConfig) -> None:
        self.config = config
        margin = min(config.margin_s * RATE_OF_LENGTHS_HZ, (last + 1 - first) / 8)
        self.first, self.last = first + margin, last - margin

    def inside(self, position: float) -> float | None:
        return position if self.first <= position <= self.last else None

    def moved(self, rng: np.random.Generator, given: float) -> float | None:
        config, grid = self.config, self.config.time_grid_samples
        for _ in range(8):
            size_s = np.exp(rng.uniform(np.log(config.least_shift_s), np.log(config.most_shift_s)))
            steps = max(1, round(size_s * RATE_OF_LENGTHS_HZ / grid)) * rng.choice([-1, 1])
            position = self.inside(given + float(steps) * grid)
            if position is not None:
                return position
        return None

    def noise(self, rng: np.random.Generator, given: float, first_label: float) -> float | None:
        latest = first_label - NOISE_GAP_S * RATE_OF_LENGTHS_HZ
        if latest <= self.first:
            return None
        grid = self.config.time_grid_samples
        steps = round((given - rng.uniform(self.first, latest)) / grid)
        return self.inside(given - steps * grid)
