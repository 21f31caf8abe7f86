"""AR-AIC onsets near the networks' peaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests import factories
from training.flagging.posterior import pick_posterior, sharpened
from training.lancor.dataset import LabelledSet
from training.lancor.onsets import ar_aic_onset, p_onsets_s

P_S, S_S = 12.0, 17.0


def labelled() -> LabelledSet:
    """Three traces with P at 12 s and S at 17 s, labelled as they are."""
    return LabelledSet(
        segments=np.stack([factories.onset_samples(n_samples=3072, p_s=P_S, s_s=S_S, seed=seed) for seed in range(3)]),
        live=np.ones((3, 3), dtype=bool),
        component=np.arange(3),
        label_segment=np.repeat(np.arange(3), 2),
        label_phase=np.tile([0, 1], 3),
        label_sample=np.tile([100 * P_S, 100 * S_S], 3),
        label_weight=np.ones(6, dtype=np.float32),
        sampling_rate_hz=100.0,
    )


@pytest.mark.parametrize("label_off_s", [0.0, 1.3])
@pytest.mark.parametrize("peak_off_s", [0.0, 0.2, -0.2])
def test_p_is_found_to_the_sample_and_s_is_left_to_the_networks(label_off_s: float, peak_off_s: float) -> None:
    dataset = labelled()
    position = dataset.label_sample + 100 * label_off_s
    peaks_s = np.full((6, 2), peak_off_s - label_off_s, dtype=np.float32)
    found = p_onsets_s(dataset, dataset.label_segment, position, dataset.label_phase, peaks_s)
    assert np.abs(found[::2] + label_off_s).max() <= 0.05
    assert np.isnan(found[1::2]).all()


def test_nothing_is_found_without_peak_waveform_or_live_component() -> None:
    dataset = labelled()
    peaks_s = np.zeros((6, 1), dtype=np.float32)
    asked = (dataset.label_segment, dataset.label_sample, dataset.label_phase)
    assert np.isnan(p_onsets_s(dataset, *asked, peaks_s * np.nan)).all()
    assert np.isnan(p_onsets_s(replace(dataset, live=np.zeros((3, 3), dtype=bool)), *asked, peaks_s)).all()
    short = replace(dataset, real_samples=np.tile([1190, 1710], (3, 1)))
    assert np.isnan(p_onsets_s(short, dataset.label_segment, np.full(6, 1192.0), dataset.label_phase, peaks_s - 1.5)).all()


def test_silence_a_step_and_a_tone_have_an_onset_somewhere() -> None:
    for samples in (np.zeros(200), np.repeat([0.0, 1.0], 100), np.sin(np.arange(200)), np.full(200, 1e9)):
        assert 0 <= ar_aic_onset(samples[None]) < 200


def test_an_onset_sharpens_a_posterior_without_changing_whether_there_is_an_arrival() -> None:
    offsets_s = np.arange(-200, 201) / 100
    probability = 0.9 * np.exp(-0.5 * (offsets_s / 0.1) ** 2)[None].repeat(3, axis=0)
    broad = pick_posterior(probability, offsets_s, 1.0, 25.0)
    q = sharpened(broad, np.array([np.nan, 0.08, 1.9]))
    assert np.allclose(q.mass.sum(axis=1), broad.mass.sum(axis=1)) and np.array_equal(q.mass[0], broad.mass[0])
    assert q.peak_offset_s()[1] == pytest.approx(0.08, abs=0.02)
    assert q.peak_offset_s()[2] == pytest.approx(0.0, abs=0.02)  # where the network sees nothing, an onset does not count
