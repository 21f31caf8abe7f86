from __future__ import annotations

import json
import math

import numpy as np
import pytest

from training.benchmark import metrics
from training.benchmark.tables import json_table, markdown_table


@pytest.fixture(params=[0, 1, 2])
def ranked(request):
    """Probabilities with many ties, and which labels are wrong."""
    rng = np.random.default_rng(request.param)
    return rng.integers(0, 12, 60) / 12, rng.random(60) < 0.3


def test_auroc_counts_pairs(ranked):
    p, wrong = ranked
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in p[wrong] for b in p[~wrong]]
    assert metrics.auroc(p, wrong) == pytest.approx(np.mean(pairs))


def test_average_precision_walks_down_the_thresholds(ranked):
    p, wrong = ranked
    total, recall_before = 0.0, 0.0
    for threshold in sorted(set(p), reverse=True):
        flagged = p >= threshold
        recall = (flagged & wrong).sum() / wrong.sum()
        total += (flagged & wrong).sum() / flagged.sum() * (recall - recall_before)
        recall_before = recall
    assert metrics.average_precision(p, wrong) == pytest.approx(total)


def test_precision_at_k_is_the_mean_over_all_orders_of_ties(ranked):
    p, wrong = ranked
    k, rng, shares = int(wrong.sum()), np.random.default_rng(9), []
    for _ in range(3000):
        order = np.lexsort((rng.random(len(p)), -p))
        shares.append(wrong[order[:k]].mean())
    assert metrics.precision_at_k(p, wrong) == pytest.approx(np.mean(shares), abs=0.01)


def test_recall_at_precision_tries_every_threshold(ranked):
    p, wrong = ranked
    for precision in (0.3, 0.5, 0.9):
        recalls = [(wrong & (p >= t)).sum() / wrong.sum() for t in set(p) if wrong[p >= t].mean() >= precision]
        assert metrics.recall_at_precision(p, wrong, precision) == pytest.approx(max(recalls, default=0.0))


def test_calibration_error_goes_bin_by_bin(ranked):
    p, wrong = ranked
    total = 0.0
    for low in range(10):
        inside = (p >= low / 10) & ((p < (low + 1) / 10) | (low == 9))
        if inside.any():
            total += inside.mean() * abs(p[inside].mean() - wrong[inside].mean())
    assert metrics.expected_calibration_error(p, wrong) == pytest.approx(total)


def test_corrections_of_four_labels_by_hand():
    truth_s = np.array([0.5, -1.0, 0.0, 0.0])
    proposed_s = np.array([0.45, np.nan, 0.2, 0.01])
    wrong = np.array([True, True, False, False])
    flagged = np.array([True, True, True, False])
    assert metrics.share_put_back(truth_s, proposed_s, wrong, flagged, 0.1) == 0.5
    assert metrics.share_put_back(truth_s, proposed_s, wrong, flagged, 0.01) == 0.0
    assert metrics.mean_error_s(truth_s, proposed_s, np.zeros(4, dtype=bool)) == pytest.approx(1.5 / 4)
    assert metrics.mean_error_s(truth_s, proposed_s, flagged) == pytest.approx((0.05 + 1.0 + 0.2) / 4)
    spoilt = np.zeros(len(wrong), dtype=bool)
    assert metrics.share_harmed(proposed_s, spoilt, wrong, flagged) == 0.5
    assert metrics.share_harmed(proposed_s, ~spoilt, wrong, flagged) == flagged[~wrong].mean()


def test_coverage_counts_only_labels_with_an_interval():
    truth_s, chosen = np.array([0.0, 1.0, 2.0]), np.ones(3, dtype=bool)
    assert metrics.coverage(truth_s, np.array([-1.0, 1.5, np.nan]), np.array([1.0, 2.0, np.nan]), chosen) == 0.5


def test_figures_without_meaning_are_nan():
    p, none = np.array([0.2, 0.4]), np.zeros(2, dtype=bool)
    for figure in (metrics.auroc, metrics.average_precision, metrics.precision_at_k, metrics.recall_at_precision):
        assert math.isnan(figure(p, none))


def test_bootstrap_draws_whole_components():
    component = np.repeat(np.arange(40), 5)
    values = np.repeat(np.random.default_rng(0).normal(size=40), 5)
    low, high = metrics.bootstrap_interval(lambda x: float(x.mean()), (values,), component, seed=1)
    expected = 2 * 1.96 * values.std() / np.sqrt(40)  # not / sqrt(200): five labels of a component tell one story
    assert high - low == pytest.approx(expected, rel=0.2)
    assert low < values.mean() < high


def test_tables_show_none_for_what_is_missing():
    rows = [{"what": "plain", "auroc": 0.98765}, {"what": "a|b", "auroc": float("nan"), "interval": (0.9, 1.0)}]
    assert markdown_table(rows, ["One note."]).splitlines() == [
        "| what | auroc | interval |",
        "| --- | --- | --- |",
        "| plain | 0.988 | – |",
        "| a\\|b | – | 0.900–1.000 |",
        "",
        "One note.",
    ]
    assert json.loads(json_table(rows, seed=3)) == {
        "seed": 3,
        "rows": [{"what": "plain", "auroc": 0.98765}, {"what": "a|b", "auroc": None, "interval": [0.9, 1.0]}],
        "notes": [],
    }
