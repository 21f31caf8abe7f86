"""What a whole catalog's labels share, which out of fold can't be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.first_weights import base_network
from training.lancor.shared_offset import FEWEST_LABELS, SharedOffset, say_shared_offsets, shared_offsets
from training.pretraining import synthetic_set

EARLY_S = 0.15


@pytest.fixture(scope="module")
def catalog() -> Iterator[LabelledSet]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic_set, "EVENTS_PER_REGION", 7)
        yield synthetic_set.make_synthetic_set(1, 77, TrainingConfig(), lambda _: None)[0]


def test_finds_labels_that_are_early_as_a_whole(catalog: LabelledSet) -> None:
    early = replace(catalog, label_sample=np.maximum(catalog.label_sample - EARLY_S * 100, 0))
    found = shared_offsets(early, base_network("phasenet"), "cpu")
    assert [one.phase for one in found] == ["P", "S"]
    assert all(one.n_labels >= FEWEST_LABELS for one in found)
    assert found[0].offset_s == pytest.approx(-EARLY_S, abs=0.04)
    told = say_shared_offsets(found)
    assert told[0].startswith("The P labels lie 0.1") and "before the arrivals" in told[0]


def test_says_nothing_of_labels_that_lie_on_their_arrivals(catalog: LabelledSet) -> None:
    assert say_shared_offsets(shared_offsets(catalog, base_network("phasenet"), "cpu")) == []


def test_a_catalog_too_small_or_at_another_rate_has_no_offset(catalog: LabelledSet) -> None:
    few = replace(catalog, label_phase=np.where(np.arange(catalog.n_labels) < FEWEST_LABELS - 1, 0, 1))
    assert [one.phase for one in shared_offsets(few, base_network("phasenet"), "cpu")] in ([], ["S"])
    assert shared_offsets(replace(catalog, sampling_rate_hz=250.0), base_network("phasenet"), "cpu") == []


def test_late_labels_are_called_late() -> None:
    assert "0.20 s after the arrivals" in say_shared_offsets([SharedOffset("S", 0.2, 50)])[0]
