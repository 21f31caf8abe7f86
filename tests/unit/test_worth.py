"""What is said of a run that is not worth reviewing."""

from __future__ import annotations

import numpy as np

from training.flagging.worth import say_worth

RNG = np.random.default_rng(0)


def told(p_given, p_planted, threshold=0.5):
    p_given = np.asarray(p_given, dtype=np.float64)
    return say_worth(p_given, p_given >= threshold, np.asarray(p_planted, dtype=np.float64), threshold=threshold)


def test_a_run_that_tells_planted_errors_from_given_labels_has_nothing_to_excuse():
    assert told(RNG.uniform(0, 0.3, 100), RNG.uniform(0.6, 1, 200)) == []


def test_a_run_no_better_than_guessing_is_not_to_be_reviewed():
    (statement,) = told(RNG.uniform(0, 0.3, 200), RNG.uniform(0, 0.3, 400))
    assert statement.startswith("This run finds planted errors hardly better than chance") and "don't review its flags" in statement


def test_a_run_whose_flags_miss_most_planted_errors_says_how_many_it_finds():
    (statement,) = told(np.full(50, 0.1), [0.9] * 30 + [0.3] * 70)
    assert statement.startswith("At P ≥ 0.50 this run flags only 30 % of the errors planted to test it")


def test_a_run_that_flags_nearly_everything_says_so():
    statements = told([0.9] * 80 + [0.1] * 20, [0.95] * 200)
    assert [statement[:48] for statement in statements] == ["At P ≥ 0.50 this run flags 80 % of all labels, m"]


def test_a_run_without_planted_errors_says_that_nobody_knows_what_it_finds():
    assert told([0.1, 0.2], [np.nan]) == ["No error could be planted to test this run: how many of the wrong picks it finds is not known."]


def test_nothing_is_said_where_nothing_was_scored():
    assert told([np.nan], []) == []
