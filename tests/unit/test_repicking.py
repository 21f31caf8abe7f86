from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests import factories
from training.benchmark.detection import repicked
from training.benchmark.judged_labels import AR_AIC, STA_LTA
from training.benchmark.repicking import ar_aic_residual_s, sta_lta_residual_s
from training.lancor.dataset import LabelledSet


def labelled(shift_s: float) -> LabelledSet:
    """Four traces with P at 12 s and S at 17 s, their labels off by shift_s."""
    segments = np.stack([factories.onset_samples(n_samples=3072, p_s=12.0, s_s=17.0, seed=seed) for seed in range(4)])
    return LabelledSet(
        segments=segments,
        live=np.ones((4, 3), dtype=bool),
        component=np.arange(4),
        label_segment=np.repeat(np.arange(4), 2),
        label_phase=np.tile([0, 1], 4),
        label_sample=np.tile([1200.0, 1700.0], 4) + 100 * shift_s,
        label_weight=np.ones(8, dtype=np.float32),
        sampling_rate_hz=100.0,
    )


@pytest.mark.parametrize("residual_s", [ar_aic_residual_s, sta_lta_residual_s])
def test_the_onset_is_found_from_a_label_beside_it(residual_s):
    is_p = np.tile([True, False], 4)
    for shift_s in (0.0, 0.6, -0.6):
        found_s = residual_s(labelled(shift_s))
        assert np.abs(found_s[is_p] + shift_s).max() < 0.15
        assert np.abs(found_s[~is_p] + shift_s).max() < 0.4  # S comes up out of the P coda


def test_dead_traces_are_picked_by_nobody_and_most_suspicious():
    dataset = labelled(0.0)
    dead = replace(dataset, live=np.zeros((4, 3), dtype=bool))
    assert np.isnan(ar_aic_residual_s(dead)).all() and np.isnan(sta_lta_residual_s(dead)).all()
    assert {name: float(values.min()) for name, values in repicked(dead).items()} == {AR_AIC: 2.0, STA_LTA: 2.0}
