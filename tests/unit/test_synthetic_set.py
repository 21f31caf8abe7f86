"""The seismograms that the base checkpoint is trained on."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.seismo.synthetic_region import Region, draw_region
from training.lancor.config import TrainingConfig
from training.pretraining import synthetic_set
from training.pretraining.synthetic_set import make_synthetic_set


def test_labels_of_the_synthetic_set_are_the_arrivals_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic_set, "EVENTS_PER_REGION", 3)
    told: list[str] = []
    dataset, region = make_synthetic_set(2, 5, TrainingConfig(), told.append)
    assert (len(told), sorted(set(region.tolist())), len(region)) == (2, [0, 1], dataset.n_segments)
    assert set(dataset.label_phase.tolist()) == {0, 1}
    assert dataset.live[:, 0].all() and not dataset.live[:, 1].all()  # some are vertical only
    # An arrival's own second is louder than the one before it, nearly always.
    louder = []
    for segment, sample in zip(dataset.label_segment, np.rint(dataset.label_sample).astype(int), strict=True):
        before, after = (dataset.segments[segment][:, max(0, low) : low + 100].std(axis=1).max() for low in (sample - 110, sample))
        louder.append(after > before)
    assert np.mean(louder) > 0.9


def test_the_same_seed_gives_the_same_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic_set, "EVENTS_PER_REGION", 1)
    first, second = (make_synthetic_set(1, 3, TrainingConfig(), lambda _: None)[0] for _ in range(2))
    assert np.array_equal(first.segments, second.segments) and np.array_equal(first.label_sample, second.label_sample)


def test_regions_differ() -> None:
    drawn = [draw_region(np.random.default_rng([1, number])) for number in range(20)]
    widths_deg = [region.half_width_deg for region in drawn]
    assert min(widths_deg) < 0.15 and max(widths_deg) > 0.4
    assert all(region.depth_km[0] < region.depth_km[1] < region.depth_km[2] for region in drawn)
    assert draw_region(np.random.default_rng([1, 0])) == drawn[0] != Region()
