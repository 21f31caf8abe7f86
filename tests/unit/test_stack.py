from __future__ import annotations

import numpy as np
import pytest

from training.flagging.stack import StackConfig, fit_stack, fixed_stack, stack_across_folds

NAMES = ("telling", "useless")


def catalog(n: int, error_rate: float, seed: int):
    """Evidence on given and planted labels, γ as a good noise model has it, and which given ones are wrong."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(n) < error_rate
    given = np.stack([rng.normal(np.where(wrong, 3.0, 0.0)), rng.normal(size=n)], axis=1)
    planted = np.stack([rng.normal(3.0, 1.0, n), rng.normal(size=n)], axis=1)
    ratio = np.exp(3.0 * given[:, 0] - 4.5)
    gamma = error_rate * ratio / (error_rate * ratio + 1 - error_rate)
    return given, planted, gamma, wrong


@pytest.mark.parametrize("error_rate", [0.02, 0.2, 0.4])
def test_probabilities_add_up_to_the_catalogs_errors_not_to_the_planted_share(error_rate):
    given, planted, gamma, wrong = catalog(2000, error_rate, 1)
    p = fit_stack(given, planted, gamma, NAMES, StackConfig()).p_mislabelled(given)
    assert p.mean() == pytest.approx(wrong.mean(), abs=0.03)
    for low, high in ((0.1, 0.5), (0.5, 0.9)):
        inside = (p > low) & (p < high)
        if inside.sum() > 50:
            assert wrong[inside].mean() == pytest.approx(p[inside].mean(), abs=0.15)


def test_weight_goes_to_what_tells_and_none_to_what_does_not():
    given, planted, gamma, _ = catalog(1000, 0.1, 2)
    stack = fit_stack(given, planted, gamma, NAMES, StackConfig())
    assert stack.weights[0] > 1.0 > 0.2 > stack.weights[1] >= 0.0


def test_evidence_that_speaks_backwards_gets_no_weight():
    given, planted, gamma, _ = catalog(1000, 0.1, 3)
    stack = fit_stack(-given, -planted, gamma, NAMES, StackConfig())
    assert (stack.weights < 1e-6).any() and stack.weights[0] == pytest.approx(0.0, abs=1e-6)


def test_missing_evidence_is_no_evidence():
    given, planted, gamma, _ = catalog(500, 0.1, 4)
    stack = fit_stack(given, planted, gamma, NAMES, StackConfig())
    p = stack.p_mislabelled(np.array([[np.nan, np.nan], [3.5, 0.0], [-0.5, 0.0]]))
    assert p[2] < p[0] < p[1]


def test_no_label_is_judged_by_a_stack_that_learned_from_its_fold():
    given, planted, gamma, _ = catalog(300, 0.1, 5)
    fold = np.arange(300) % 3
    before = stack_across_folds(given, planted, gamma, fold, fold, NAMES, StackConfig())
    spoiled = given.copy()
    spoiled[fold == 0] = 0.0  # what fold 0 holds must not matter to how fold 0 is judged, beyond the label itself
    spoiled[0] = given[0]
    after = stack_across_folds(spoiled, planted, gamma, fold, fold, NAMES, StackConfig())
    assert before is not None and after is not None
    assert after.given[0] == before.given[0]
    assert not np.allclose(after.given[fold == 1], before.given[fold == 1])


def test_too_few_examples_are_refused():
    given, planted, gamma, _ = catalog(20, 0.1, 6)
    assert stack_across_folds(given, planted, gamma, np.arange(20) % 5, np.arange(20) % 5, NAMES, StackConfig()) is None


def test_one_fold_cannot_be_judged_by_another():
    given, planted, gamma, _ = catalog(200, 0.1, 7)
    zeros = np.zeros(200, dtype=np.int64)
    assert stack_across_folds(given, planted, gamma, zeros, zeros, NAMES, StackConfig()) is None


def test_fixed_weights_say_what_their_comment_says():
    p = fixed_stack(np.array([0.99, 0.02, 0.6]), np.array([0.5, 0.0, 0.1]))
    assert p[0] == pytest.approx(0.98, abs=0.015)
    assert p[1] == pytest.approx(0.01, abs=0.01)
    assert 0.5 < p[2] < 0.65
