"""The digest of the code that a benchmark's cells were made with."""

from __future__ import annotations

from training.benchmark.code_digest import code_digest, what_it_does

FUNCTION = 'def mean_s(times_s):\n    """Seconds."""\n    return sum(times_s) / len(times_s)\n'


def test_comments_docstrings_and_layout_make_no_other_code():
    told_otherwise = (
        'def mean_s(times_s):\n    """Mean, in seconds."""\n    # never empty\n    return (sum(times_s) /\n            len(times_s))\n'
    )
    assert what_it_does(FUNCTION) == what_it_does(told_otherwise)


def test_another_figure_makes_other_code():
    assert what_it_does(FUNCTION) != what_it_does(FUNCTION.replace("len(times_s)", "max(1, len(times_s))"))


def test_the_digest_is_the_same_at_every_asking():
    assert len(code_digest()) == 64
    assert code_digest() == code_digest()
