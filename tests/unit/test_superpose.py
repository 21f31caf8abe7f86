"""A second event on a training window: both stay labelled, and what nobody labelled is not taught as absent."""

from __future__ import annotations

import dataclasses

import numpy as np

from tests.unit.training_examples import QUICK, synthetic_set
from training.lancor.superpose import LabelledWindows, superposed
from training.lancor.windows import Batch, WindowDrawer

T = 200


def window(
    place: int, *, phases: tuple[int, ...] = (0, 1), component: int = 0, live: tuple[bool, ...] = (True, True, True)
) -> LabelledWindows:
    """One window with a spike on every live component where its labels are, P at place and S 30 samples later."""
    alive = np.array([live])
    waveform = np.zeros((1, 3, T), dtype=np.float32)
    waveform[:, :, [place, place + 30]] = 5.0
    sample = np.array([[float(place + 30 * phase) for phase in phases]])
    weight = np.array([[float(phase in phases) for phase in (0, 1)]], dtype=np.float32)
    return LabelledWindows(waveform * alive[:, :, None], alive, sample, np.array([list(phases)]), weight, np.array([component]))


def put_on(first: LabelledWindows, second: LabelledWindows, share: float = 1.0) -> LabelledWindows:
    return superposed(first, second, share, np.random.default_rng(0))


def test_both_events_and_the_labels_of_both_are_there():
    both = put_on(window(20), window(100, component=1))
    assert sorted(both.sample[0]) == [20, 50, 100, 130]
    assert both.phase[0].tolist() == [0, 1, 0, 1]
    assert (both.phase_weight == 1.0).all()
    loudness = np.abs(both.waveform[0, 0])
    assert set(np.argsort(loudness)[-4:]) == {20, 50, 100, 130}
    assert 0.5 <= loudness[100] / loudness[20] <= 2.0


def test_a_phase_that_one_of_them_leaves_unlabelled_teaches_nothing():
    """Its arrival is there; that it is no arrival must not be learned, nor that another one's label names all there are."""
    both = put_on(window(20), window(100, phases=(0,), component=1))
    assert both.phase_weight.tolist() == [[1.0, 0.0]]
    both = put_on(window(20, phases=(1,)), window(100, phases=(0,), component=1))
    assert both.phase_weight.tolist() == [[0.0, 0.0]]


def test_components_that_are_dead_in_one_of_them_are_not_shown():
    both = put_on(window(20), window(100, component=1, live=(True, False, False)))
    assert both.live.tolist() == [[True, False, False]]
    assert not both.waveform[0, 1:].any()


def test_one_event_is_not_put_on_itself_nor_on_what_shares_no_component():
    for other in (window(100), window(100, component=1, live=(False, False, False))):
        first = window(20)
        alone = put_on(first, other)
        np.testing.assert_array_equal(alone.waveform, first.waveform)
        assert np.isnan(alone.sample[0, 2:]).all()
        assert (alone.phase_weight == first.phase_weight).all()


def test_silence_under_a_second_event_gives_no_nan():
    silent = dataclasses.replace(window(20), waveform=np.zeros((1, 3, T), dtype=np.float32))
    assert np.isfinite(put_on(silent, window(100, component=1)).waveform).all()
    assert np.isfinite(put_on(window(100, component=1), silent).waveform).all()


def drawn(share: float) -> list[Batch]:
    drawer = WindowDrawer(synthetic_set(32), np.arange(32), dataclasses.replace(QUICK, superpose_share=share), seed=0)
    return [batch for epoch in range(4) for batch in drawer.epoch(epoch)]


def n_bumps(batch: Batch) -> np.ndarray:
    """(B,) of P."""
    peaks = (batch.label_map[:, 0, 1:-1] > 0.9) & (np.diff(np.sign(np.diff(batch.label_map[:, 0], axis=1)), axis=1) < 0)
    return np.asarray(peaks.sum(axis=1))


def test_the_share_of_windows_with_two_events_is_the_one_that_was_asked_for():
    def with_two(batches: list[Batch]) -> float:
        return float(np.mean(np.concatenate([n_bumps(batch) == 2 for batch in batches])))

    assert with_two(drawn(0.0)) == 0
    assert 0.5 < with_two(drawn(1.0)) <= 1.0
    assert 0.1 < with_two(drawn(0.3)) < 0.4


def test_the_same_seed_draws_the_same_second_events():
    for one, other in zip(drawn(0.5), drawn(0.5), strict=True):
        np.testing.assert_array_equal(one.waveform, other.waveform)
        np.testing.assert_array_equal(one.label_map, other.label_map)
