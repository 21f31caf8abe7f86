"""How values are written on pages."""

from __future__ import annotations

import pytest

from labeling.templatetags.display import short_ref, words
from labeling.views.evidence_words import in_words


def test_a_long_identifier_is_told_by_its_end() -> None:
    short = short_ref("smi:local/synthetic-7/event/054")
    assert short.startswith("…") and short.endswith("/event/054") and len(short) == 24


@pytest.mark.parametrize(("ref", "shown"), [("nc71846805", "nc71846805"), ("", "–"), (None, "–")])
def test_a_short_identifier_stays_and_a_missing_one_is_a_dash(ref: str | None, shown: str) -> None:
    assert short_ref(ref) == shown


@pytest.mark.parametrize(("value", "shown"), [(-0.003, "0.00 s"), (-0.62, "−0.62 s"), (0.62, "+0.62 s")])
def test_what_rounds_to_nothing_has_no_sign(value: float, shown: str) -> None:
    assert in_words(value, "s", signed=True) == shown


def test_counts_lose_their_letter() -> None:
    assert [words(name) for name in ("n_folds", "no_waveform")] == ["folds", "no waveform"]
