"""Errors planted in a clean set for a benchmark: unlike flagging's own, the networks train on these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.flagging.lengths import RATE_OF_LENGTHS_HZ
from training.lancor.dataset import LabelledSet

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

BENCHMARK_KINDS = ("shift", "gaussian_shift", "one_sided_shift", "phase_swap", "noise", "group_offset")
MIXED = ("shift", "shift", "one_sided_shift", "phase_swap", "noise", "group_offset")  # drawn evenly, so plain shifts twice as often
GAUSSIAN_SIGMA_S = 0.5
NOISE_GAP_S = 3.0
LEAST_GROUP = 6  # labels; the offset of fewer is no habit


@dataclass(frozen=True)
class Recipe:
    """rate: share of the eligible labels made wrong. kinds: of BENCHMARK_KINDS, drawn evenly; a kind without room becomes a shift.
    phases: which labels are eligible (0 P, 1 S). Shifts are least_shift_s to most_shift_s, log-uniform, in whole grid steps.
    All lengths here are those at 100 Hz, see `flagging.lengths`: as many samples at any other rate."""

    rate: float = 0.2
    kinds: tuple[str, ...] = ("shift",)
    phases: tuple[int, ...] = (0, 1)
    least_shift_s: float = 0.1
    most_shift_s: float = 2.0
    time_grid_samples: float = 1.0

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in BENCHMARK_KINDS]
        if unknown or not self.kinds:
            raise ValueError(f"kinds: {', '.join(unknown) or 'none given'}. Choose from {', '.join(BENCHMARK_KINDS)}.")
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate: {self.rate}. Give a share from 0 to 1.")


@dataclass(frozen=True)
class PlantedErrors:
    """N labels, some of them wrong. label_sample, label_phase: what the networks are shown. wrong: (N,) which. eligible: (N,) which
    could have been. kind: (N,) of BENCHMARK_KINDS, "" where right. shift_s: (N,) shown − true at 100 Hz, 0 where right."""

    label_sample: FloatArray
    label_phase: IntArray
    wrong: BoolArray
    eligible: BoolArray
    kind: NDArray[np.str_]
    shift_s: FloatArray


def plant(
    label_segment: IntArray,
    label_phase: IntArray,
    label_sample: FloatArray,
    group: IntArray,
    *,
    n_samples: int,
    recipe: Recipe,
    seed: int,
    real_samples: IntArray | None = None,
) -> PlantedErrors:
    """All (N,). Of the eligible labels the share `rate` is wrong, whole groups and both halves of a swap counted in, to within one group.

    real_samples: (segments, 2) first and last sample of each segment that is no padding; if not given, all are real.
    What becomes of a label depends on the seed and the label only, and labels are taken in one order whatever the rate.
    """
    eligible = np.isin(label_phase, recipe.phases)
    order = np.random.default_rng(seed).permutation(np.flatnonzero(eligible))
    budget = round(recipe.rate * len(order))
    whole = np.tile([0, n_samples - 1], (len(label_segment), 1))
    bounds = whole if real_samples is None else real_samples[label_segment]
    draft = _Draft(label_segment, label_phase, label_sample, eligible, bounds, recipe)
    for number, offset_s in _group_offsets_s(group, order, recipe, seed).items():
        for label in np.flatnonzero((group == number) & eligible).tolist():
            draft.put(label, float(label_sample[label]) + draft.whole_steps(offset_s), "group_offset")
    single = tuple(kind for kind in recipe.kinds if kind != "group_offset")
    for label in order.tolist() if single else ():
        if draft.wrong.sum() >= budget:
            break
        if not draft.wrong[label]:
            rng = np.random.default_rng([seed, label])
            draft.make_wrong(label, str(rng.choice(single)), rng)
    shift_s = (draft.sample - label_sample) / RATE_OF_LENGTHS_HZ
    return PlantedErrors(draft.sample, draft.phase, draft.wrong, eligible, draft.kind, shift_s)


def _group_offsets_s(group: IntArray, order: IntArray, recipe: Recipe, seed: int) -> dict[int, float]:
    """Which groups are late as a whole, and by how much: drawn in turn until they hold their kind's share of the wrong labels."""
    rng = np.random.default_rng([seed, 1_000_003])
    numbers, counts = np.unique(group[order], return_counts=True)
    large = rng.permutation(np.flatnonzero(counts >= LEAST_GROUP))
    wanted = recipe.rate * len(order) * recipe.kinds.count("group_offset") / len(recipe.kinds)
    late_s: dict[int, float] = {}
    held = 0
    for index in large.tolist():
        if held + counts[index] / 2 > wanted:
            continue
        late_s[int(numbers[index])] = float(_log_uniform(rng, max(recipe.least_shift_s, 0.15), min(recipe.most_shift_s, 0.6)))
        held += int(counts[index])
    return late_s


def plant_in(dataset: LabelledSet, group: IntArray, recipe: Recipe, seed: int) -> PlantedErrors:
    """The same in the labels of a set. group: (n_labels,), such as stations."""
    return plant(
        dataset.label_segment,
        dataset.label_phase,
        dataset.label_sample,
        group,
        n_samples=dataset.n_samples,
        recipe=recipe,
        seed=seed,
        real_samples=dataset.real_samples,
    )


class _Draft:
    """Labels while errors are put into them."""

    def __init__(
        self,
        label_segment: IntArray,
        label_phase: IntArray,
        label_sample: FloatArray,
        eligible: BoolArray,
        bounds: IntArray,
        recipe: Recipe,
    ) -> None:
        """bounds: (N, 2) first and last sample at which each label may be put."""
        self.given, self.given_phase, self.segment = label_sample.astype(np.float64), label_phase, label_segment
        self.sample, self.phase = self.given.copy(), label_phase.copy()
        self.eligible, self.recipe, self.bounds = eligible, recipe, bounds
        self.wrong = np.zeros(len(label_sample), dtype=bool)
        self.kind = np.full(len(label_sample), "", dtype="U16")

    def put(self, label: int, position: float, kind: str) -> bool:
        """Moves a label there if that is inside the trace; whether it did."""
        first, last = self.bounds[label]
        if not first <= position <= last:
            return False
        self.sample[label], self.kind[label], self.wrong[label] = position, kind, True
        return True

    def whole_steps(self, shift_s: float) -> float:
        grid = self.recipe.time_grid_samples
        return float(np.sign(shift_s) * max(1, round(abs(shift_s) * RATE_OF_LENGTHS_HZ / grid)) * grid)

    def make_wrong(self, label: int, kind: str, rng: np.random.Generator) -> None:
        """In the given way or, where there is no room for it, by a shift."""
        done = False
        if kind == "phase_swap":
            done = self._swap(label)
        elif kind == "noise":
            done = self._onto_noise(label, rng)
        if not done:
            shown_as = kind if kind.endswith("shift") else "shift"
            for _ in range(20):
                if self.put(label, self.given[label] + self.whole_steps(self._shift_s(shown_as, rng)), shown_as):
                    return

    def _shift_s(self, kind: str, rng: np.random.Generator) -> float:
        recipe = self.recipe
        if kind == "gaussian_shift":
            shift_s = rng.normal(0.0, GAUSSIAN_SIGMA_S)
            return float(np.sign(shift_s) * np.clip(abs(shift_s), recipe.least_shift_s, recipe.most_shift_s))
        size_s = _log_uniform(rng, recipe.least_shift_s, recipe.most_shift_s)
        return float(size_s if kind == "one_sided_shift" else rng.choice([-1.0, 1.0]) * size_s)

    def _swap(self, label: int) -> bool:
        """P goes where S is, and S where P is if it may; a label without a counterpart changes its phase."""
        others = np.flatnonzero((self.segment == self.segment[label]) & (self.given_phase != self.given_phase[label]))
        if not len(others):
            if len(self.recipe.phases) < 2:
                return False
            self.phase[label] = 1 - self.phase[label]
            self.kind[label], self.wrong[label] = "phase_swap", True
            return True
        other = int(others[0])
        if self.wrong[other]:
            return False
        if self.eligible[other]:
            self.put(other, self.given[label], "phase_swap")
        return self.put(label, self.given[other], "phase_swap")

    def _onto_noise(self, label: int, rng: np.random.Generator) -> bool:
        """Before the first arrival of the segment, by 3 s or more, in whole grid steps."""
        latest = self.given[self.segment == self.segment[label]].min() - NOISE_GAP_S * RATE_OF_LENGTHS_HZ
        earliest = float(self.bounds[label, 0]) + RATE_OF_LENGTHS_HZ
        if latest <= earliest:
            return False
        grid = self.recipe.time_grid_samples
        steps = round((self.given[label] - rng.uniform(earliest, latest)) / grid)
        return self.put(label, float(self.given[label] - steps * grid), "noise")


def _log_uniform(rng: np.random.Generator, least: float, most: float) -> float:
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))
