"""How long a first run takes, from labels to verdicts: folds side by side on processes of one thread each, as workers do it."""

from __future__ import annotations

import dataclasses
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.flagging.config import FlaggingConfig
from training.flagging.flag import flag_labels
from training.flagging.planting import Planting, plant_errors
from training.flagging.scores import LabelScores
from training.lancor.config import TrainingConfig
from training.lancor.dataset import FloatArray, IntArray, LabelledSet
from training.lancor.fit import fit
from training.lancor.folds import assign_folds
from training.lancor.score import score_labels

NOISE_SHARE = 0.05  # of a repeated trace's own deviation: enough that no two are the same


@dataclass(frozen=True)
class FirstRun:
    """seconds: from labels in memory to verdicts. training_s, scoring_s: sums over folds, which run side by side. flagging_s: once."""

    n_labels: int
    n_flagged: int
    seconds: float
    training_s: float
    scoring_s: float
    flagging_s: float


@dataclass(frozen=True)
class _Fold:
    given: LabelScores
    planted: LabelScores
    training_s: float
    scoring_s: float


def time_first_run(
    dataset: LabelledSet,
    group: IntArray,
    training: TrainingConfig,
    flagging: FlaggingConfig,
    *,
    seed: int,
    device: str,
    n_workers: int,
    work_folder: Path,
    on_fold: Callable[[int, int], object] = lambda done, n_folds: None,
) -> FirstRun:
    """Trains every fold, scores its labels as given and as planted, and flags. n_workers: 1 works in this process, with its threads.
    on_fold: is told how many folds are done, of how many."""
    began = time.perf_counter()
    segment_fold = assign_folds(dataset.component, training.n_folds, seed)
    fold = segment_fold[dataset.label_segment]
    planting = plant_errors(
        dataset.label_segment,
        dataset.label_phase,
        dataset.label_sample,
        np.arange(dataset.n_labels),
        n_samples=dataset.n_samples,
        sampling_rate_hz=dataset.sampling_rate_hz,
        seed=seed,
        config=flagging.planting,
        real_samples=dataset.real_samples,
    )
    numbers = np.unique(fold).tolist()
    work = partial(_train_and_score, fold=segment_fold, planting=planting, config=training, seed=seed, device=device, folder=work_folder)
    if n_workers == 1:
        folds = list(_counted((work(dataset, number) for number in numbers), len(numbers), on_fold))
    else:
        np.save(work_folder / "segments.npy", dataset.segments)
        known = {name: getattr(dataset, name) for name in dataset.__dataclass_fields__ if name != "segments"}
        with ProcessPoolExecutor(n_workers, multiprocessing.get_context("spawn"), torch.set_num_threads, (1,)) as workers:
            done = workers.map(partial(_in_process, work, work_folder / "segments.npy", known), numbers)
            folds = list(_counted(done, len(numbers), on_fold))
    flagging_began = time.perf_counter()
    verdicts = flag_labels(
        LabelScores.join([one.given for one in folds]).select(_back_in_order(fold)),
        LabelScores.join([one.planted for one in folds]).select(_back_in_order(fold[planting.label])),
        planting,
        phase=dataset.label_phase,
        group=group,
        fold=fold,
        config=flagging,
        segment=dataset.label_segment,
        label_s=dataset.label_sample / dataset.sampling_rate_hz,
    )
    ended = time.perf_counter()
    return FirstRun(
        n_labels=dataset.n_labels,
        n_flagged=int(verdicts.flagged.sum()),
        seconds=ended - began,
        training_s=sum(one.training_s for one in folds),
        scoring_s=sum(one.scoring_s for one in folds),
        flagging_s=ended - flagging_began,
    )


def _in_process(work: partial[_Fold], segments: Path, known: dict[str, Any], number: int) -> _Fold:
    """The segments are read from disk as they are wanted: sending them to each process would take its own time."""
    return work(LabelledSet(segments=np.load(segments, mmap_mode="r", allow_pickle=False), **known), number)


def _train_and_score(
    dataset: LabelledSet, number: int, *, fold: IntArray, planting: Planting, config: TrainingConfig, seed: int, device: str, folder: Path
) -> _Fold:
    """fold: (M,) of the segments."""
    began = time.perf_counter()
    rest = np.flatnonzero(fold != number).astype(np.int64)
    networks = [
        fit(dataset, rest, config, seed * 1000 + number * 10 + member, device, lambda _: True, folder / f"fold{number}_network{member}.pt")
        for member in range(config.n_networks)
    ]
    trained = time.perf_counter()
    labels = np.flatnonzero(fold[dataset.label_segment] == number).astype(np.int64)
    mine = np.flatnonzero(fold[dataset.label_segment[planting.label]] == number)
    given = score_labels(networks, dataset, labels, None, config, device)
    planted = score_labels(networks, dataset, planting.label[mine], planting.label_sample[mine], config, device, planting.phase[mine])
    return _Fold(given, planted, trained - began, time.perf_counter() - trained)


def _counted(folds: Iterator[_Fold], n_folds: int, on_fold: Callable[[int, int], object]) -> Iterator[_Fold]:
    for done, fold in enumerate(folds, start=1):
        on_fold(done, n_folds)
        yield fold


def _back_in_order(fold: IntArray) -> IntArray:
    """(N,) where each of N labels stands when they come fold after fold."""
    return np.argsort(np.argsort(fold, kind="stable"))


def sized_set(dataset: LabelledSet, group: IntArray, n_labels: int, seed: int) -> tuple[LabelledSet, IntArray]:
    """Whole segments of the set, repeated with a little noise until they hold this many labels or just more; and their groups.

    A repetition counts as another event and other stations, so that folds and groups grow with the set.
    """
    per_segment = np.bincount(dataset.label_segment, minlength=dataset.n_segments)
    labelled = np.flatnonzero(per_segment)
    if not len(labelled):
        raise ValueError("The set holds no label.")
    n_rounds = -(-n_labels // int(per_segment.sum()))
    order = np.random.default_rng(seed).permutation(labelled)
    source, turn = np.tile(order, n_rounds), np.repeat(np.arange(n_rounds), len(order))
    n_segments = 1 + int(np.searchsorted(np.cumsum(per_segment[source]), n_labels))
    source, turn = source[:n_segments], turn[:n_segments]
    segments = np.stack([_with_noise(dataset.segments[number], [seed, index]) for index, number in enumerate(source)])
    labels = [np.flatnonzero(dataset.label_segment == number) for number in source]
    chosen, sizes = np.concatenate(labels), [len(some) for some in labels]
    repeated = dataclasses.replace(
        dataset,
        segments=segments,
        live=dataset.live[source],
        component=dataset.component[source] + turn * (int(dataset.component.max()) + 1),
        label_segment=np.repeat(np.arange(n_segments), sizes),
        label_phase=dataset.label_phase[chosen],
        label_sample=dataset.label_sample[chosen],
        label_weight=dataset.label_weight[chosen],
        real_samples=dataset.real_samples[source],
    )
    return repeated, group[chosen] + np.repeat(turn, sizes) * (int(group.max()) + 1)


def _with_noise(segment: FloatArray, seed: list[int]) -> FloatArray:
    noise = np.random.default_rng(seed).standard_normal(segment.shape, dtype=np.float32)
    return np.asarray(segment + NOISE_SHARE * segment.std(axis=1, keepdims=True) * noise, dtype=np.float32)
