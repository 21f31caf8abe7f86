from __future__ import annotations

import numpy as np
import pytest

from tests.unit.simulated_scores import make_catalog, score
from tests.unit.test_flag import CONFIG, judge, planting_for
from training.benchmark.ablation import RULES, judge_again
from training.benchmark.metrics import auroc
from training.benchmark.out_of_fold import OutOfFold


@pytest.fixture(scope="module")
def judged_again():
    catalog = make_catalog(150, 0.2, seed=21)
    planting, fold = planting_for(catalog), np.arange(150) % 5
    scored = OutOfFold(score(catalog, 2), score(catalog, 3, planting), planting, fold)
    verdicts = judge(catalog)
    ablations, unseen = judge_again(scored, verdicts, catalog.phase, np.zeros(150, dtype=np.int64), CONFIG)
    return ablations, unseen, verdicts, np.abs(catalog.shift_s) > 0.14


def test_with_nothing_left_out_the_verdict_is_the_products(judged_again):
    ablations, _, verdicts, _ = judged_again
    np.testing.assert_allclose(ablations["nothing"], verdicts.p_mislabelled)
    [without_alignment] = [p for name, p in ablations.items() if name.startswith("alignment: ")]
    np.testing.assert_allclose(without_alignment, verdicts.p_mislabelled_without_alignment)


def test_every_piece_of_evidence_is_left_out_once(judged_again):
    ablations, _, verdicts, wrong = judged_again
    assert set(verdicts.stack_weights) <= set(ablations)
    assert all(auroc(p, wrong) > 0.9 for p in ablations.values())  # no piece alone carries it


def test_rules_only_add_to_the_suspicion(judged_again):
    ablations = judged_again[0]
    assert (ablations["rules: all"] <= ablations["nothing"] + 1e-12).all()
    assert sum(name.startswith("rule: ") for name in ablations) == len(RULES)


def test_a_kind_that_was_not_shown_is_judged_all_the_same(judged_again):
    _, unseen, verdicts, wrong = judged_again
    assert set(unseen) == {"timing", "phase", "no_arrival"}
    assert np.isfinite(unseen["timing"]).all()
    assert auroc(unseen["timing"], wrong) > 0.9
    assert not np.allclose(unseen["timing"], verdicts.p_mislabelled)
