"""Which traces count as clipped."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.seismo.quality import is_clipped
from tests.factories import onset_samples

TRACE = onset_samples()[0]
TIME_S = np.arange(3000) / 100


def test_a_trace_that_is_cut_at_both_sides_or_at_one_is_clipped():
    assert is_clipped(np.clip(TRACE, -200, 200))
    assert is_clipped(np.minimum(TRACE, 150))
    assert is_clipped(np.clip(np.round(TRACE), -200, 200))


def test_clipping_is_seen_beside_a_gap():
    samples = np.clip(TRACE, -200, 200)
    samples[100:900] = np.nan
    assert is_clipped(samples)


@pytest.mark.parametrize(
    "samples",
    [
        TRACE,
        np.round(TRACE),
        np.round(TRACE / 20) * 20,  # a recorder of few bits
        np.round(np.random.default_rng(0).normal(0, 1, 3000)),  # quiet, a unit or two
        np.round(1000 * np.sin(2 * np.pi * TIME_S / 30)),  # a slow swing lingers at its crest
        np.zeros(3000),
        np.full(3000, np.nan),
        np.zeros(0),
        np.ones(1),
    ],
    ids=["real", "counts", "few bits", "quiet", "slow", "zeros", "gap", "empty", "one sample"],
)
def test_what_is_no_clipping_is_not_taken_for_it(samples):
    assert not is_clipped(samples.astype(np.float32))
