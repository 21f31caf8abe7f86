"""Scores left in the folds' files, and what judging them takes."""

from __future__ import annotations

import dataclasses
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.unit.simulated_scores import Catalog, make_catalog, score
from training.flagging.config import FlaggingConfig
from training.flagging.flag import flag_labels
from training.flagging.planting import Planting, plant_errors
from training.flagging.scores import IntArray, LabelScores
from training.flagging.stored_scores import StoredScores
from training.flagging.verdicts import Verdicts

CONFIG = FlaggingConfig()
MOST_BYTES_PER_LABEL = 5_000  # with two planted positions, at 201 samples; with all posteriors in memory at once it was 38,000


def stored(scores: LabelScores, fold: IntArray, folder: Path) -> StoredScores:
    folder.mkdir()
    paths = [folder / f"{number}.npz" for number in range(5)]
    for number, path in enumerate(paths):
        scores.select(np.flatnonzero(fold == number)).save(path)
    return StoredScores.of_folds(paths, fold)


def shortened(scores: LabelScores) -> LabelScores:
    """Only ± 1 s of it: memory goes by labels times samples."""
    return dataclasses.replace(scores, offsets_s=scores.offsets_s[300:501], probability=scores.probability[:, :, 300:501])


def catalog_with_planting(n_labels: int) -> tuple[Catalog, Planting]:
    catalog, rows = make_catalog(n_labels, 0.2, seed=41), np.arange(n_labels)
    place = np.full(n_labels, 1500.0)
    how = {"n_samples": 3072, "sampling_rate_hz": 100.0, "seed": 1, "config": CONFIG.planting}
    return catalog, plant_errors(rows, catalog.phase, place, rows, **how)


def judge(catalog: Catalog, given, planted, planting: Planting) -> Verdicts:
    rows = np.arange(len(catalog))
    places = {"segment": rows, "label_s": np.full(len(rows), 15.0)}
    return flag_labels(given, planted, planting, phase=catalog.phase, group=rows % 7, fold=rows % 5, config=CONFIG, **places)


def test_stored_scores_are_read_in_the_order_asked_for(tmp_path: Path):
    scores = score(make_catalog(40, 0.2, seed=40), 2)
    found = stored(scores, np.random.default_rng(0).permutation(40) % 5, tmp_path / "given")
    labels = np.array([7, 31, 7, 0])
    for name in LabelScores.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(found.select(labels), name), getattr(scores.select(labels), name))


def test_a_fold_with_other_labels_than_it_scored_is_refused(tmp_path: Path):
    stored(score(make_catalog(10, 0.2, seed=40), 2), np.arange(10) % 5, tmp_path / "given")
    with pytest.raises(ValueError, match="Score all folds again"):
        StoredScores.of_folds([tmp_path / "given" / f"{number}.npz" for number in range(5)], np.zeros(10, dtype=np.int64))


def test_the_verdicts_are_the_same_whether_scores_are_stored_or_not(tmp_path: Path):
    catalog, planting = catalog_with_planting(120)
    given, planted, fold = score(catalog, 2), score(catalog, 3, planting), np.arange(120) % 5
    in_memory = judge(catalog, given, planted, planting)
    files = (stored(given, fold, tmp_path / "given"), stored(planted, fold[planting.label], tmp_path / "planted"))
    from_files = judge(catalog, *files, planting)
    np.testing.assert_array_equal(from_files.p_mislabelled, in_memory.p_mislabelled)
    np.testing.assert_array_equal(from_files.posterior, in_memory.posterior)
    assert from_files.sentence == in_memory.sentence


def test_judging_more_labels_takes_no_more_memory_than_stated(tmp_path: Path):
    peaks: list[int] = []
    for n_labels in (1500, 4500):
        catalog, planting = catalog_with_planting(n_labels)
        fold = np.arange(n_labels) % 5
        given = stored(shortened(score(catalog, 2)), fold, tmp_path / f"given {n_labels}")
        planted = stored(shortened(score(catalog, 3, planting)), fold[planting.label], tmp_path / f"planted {n_labels}")
        tracemalloc.start()
        judge(catalog, given, planted, planting)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 3000 * MOST_BYTES_PER_LABEL
