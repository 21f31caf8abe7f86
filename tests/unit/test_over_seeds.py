from __future__ import annotations

import numpy as np
import pytest

from tests.unit.judged_examples import judged
from training.benchmark.figures import RANKING
from training.benchmark.metrics import component_draws
from training.benchmark.over_seeds import change, intervals, mean_figures


@pytest.fixture
def run():
    """80 labels in 20 components, the wrong ones somewhat likelier."""
    rng = np.random.default_rng(3)
    wrong = rng.random(80) < 0.3
    p = np.clip(rng.normal(0.4 + 0.2 * wrong, 0.2), 0, 1)
    return judged(["shift" if one else "" for one in wrong], p.tolist(), component=np.repeat(np.arange(20), 4))


def test_one_draw_of_components_serves_all_seeds():
    for first, second in component_draws([np.array([5, 5, 7, 9]), np.array([9, 7, 5])], seed=0, n_draws=20):
        drawn = np.array([5, 5, 7, 9])[first]
        counts = {name: int((np.array([9, 7, 5])[second] == name).sum()) for name in (5, 7, 9)}
        assert {name: int((drawn == name).sum()) for name in (7, 9)} == {name: counts[name] for name in (7, 9)}
        assert (drawn == 5).sum() == 2 * counts[5]
        assert sum(counts.values()) == 3


def test_a_seed_twice_says_no_more_than_once(run):
    once, twice = (intervals([run] * n, RANKING, n_draws=50) for n in (1, 2))
    assert once == twice
    low, high = once["auroc"]
    assert low < mean_figures([run, run], RANKING)["auroc"] < high


def test_a_change_is_of_the_same_labels(run):
    better = run.seen_by(run.wrong.astype(np.float64))
    assert change([run], [run], RANKING["auroc"], n_draws=20) == (0.0, (0.0, 0.0))
    gain, (low, high) = change([run], [better], RANKING["auroc"], n_draws=50)
    assert gain == pytest.approx(1.0 - RANKING["auroc"](run))
    assert 0 < low < gain < high
