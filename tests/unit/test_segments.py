from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.seismo.segments import at_rate, component_row, plan_segments, real_samples

SEGMENT_S, MARGIN_S = 30.72, 6.0


def plan(label_s: list[float], *, trace_s: float = 90.0, slack: float = 0.5):
    return plan_segments(label_s, trace_s=trace_s, segment_s=SEGMENT_S, margin_s=MARGIN_S, slack=[slack] * len(label_s))


def test_p_and_s_that_fit_share_a_segment():
    assert [segment.labels for segment in plan([30.0, 35.0])] == [(0, 1)]


def test_labels_too_far_apart_get_segments_of_their_own():
    assert [segment.labels for segment in plan([20.0, 60.0])] == [(0,), (1,)]


def test_labels_that_do_not_fit_into_one_segment_are_parted_where_they_lie_farthest_apart():
    assert [segment.labels for segment in plan([20.0, 38.5, 38.9])] == [(0,), (1, 2)]


def test_labels_at_even_distances_still_fill_their_segments():
    assert [len(segment.labels) for segment in plan([5.0 * number for number in range(1, 17)])] == [4, 4, 4, 4]


@pytest.mark.parametrize("slack", [0.0, 0.5, 0.99])
def test_a_segment_does_not_reach_a_label_of_another_one_where_there_is_room(slack: float):
    first, second = plan([20.0, 41.0, 41.4], slack=slack)
    assert first.start_s + SEGMENT_S <= 41.0
    assert second.start_s >= 20.0


def test_labels_on_a_trace_that_fits_into_a_segment_are_never_parted():
    (segment,) = plan([1.0, 15.0, 29.0], trace_s=30.0)
    assert segment.labels == (0, 1, 2)
    assert segment.start_s + 1e-9 >= -0.72 and segment.start_s <= 0.0


def test_labels_come_in_the_order_of_time_whatever_order_they_are_given_in():
    assert [segment.labels for segment in plan([60.0, 20.0, 22.0])] == [(1, 2), (0,)]


@given(
    label_s=st.lists(st.floats(0.0, 90.0), min_size=1, max_size=6),
    slack=st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=6, max_size=6),
    trace_s=st.floats(31.0, 90.0),
)
def test_every_label_is_in_one_segment_and_inside_it_and_no_segment_leaves_the_trace(label_s, slack, trace_s):
    label_s = [min(second, trace_s) for second in label_s]
    plans = plan_segments(label_s, trace_s=trace_s, segment_s=SEGMENT_S, margin_s=MARGIN_S, slack=slack)
    assert sorted(index for segment in plans for index in segment.labels) == list(range(len(label_s)))
    for segment in plans:
        assert -1e-9 <= segment.start_s <= trace_s - SEGMENT_S + 1e-9
        for index in segment.labels:
            assert segment.start_s - 1e-9 <= label_s[index] <= segment.start_s + SEGMENT_S + 1e-9


@given(p_s=st.floats(25.0, 50.0), slack=st.floats(0.0, 1.0, exclude_max=True))
def test_a_label_in_the_middle_of_a_trace_keeps_its_margins(p_s: float, slack: float):
    (segment,) = plan([p_s, p_s + 5.0], slack=slack)
    assert segment.start_s + MARGIN_S <= p_s + 1e-9
    assert p_s + 5.0 <= segment.start_s + SEGMENT_S - MARGIN_S + 1e-9


def test_slack_moves_the_label_through_the_segment():
    places = [30.0 - plan([30.0], slack=slack)[0].start_s for slack in (0.0, 0.25, 0.5, 0.75)]
    assert np.ptp(places) > 10.0


def test_a_trace_shorter_than_a_segment_lies_wholly_within_it():
    (segment,) = plan([10.0], trace_s=20.0)
    assert segment.start_s <= 0.0
    assert segment.start_s + SEGMENT_S >= 20.0


def onset(rate_hz: float, at_s: float, n_s: float = 20.0) -> np.ndarray:
    """A smooth pulse with its peak at at_s."""
    time_s = np.arange(round(n_s * rate_hz)) / rate_hz
    return np.exp(-0.5 * ((time_s - at_s) / 0.2) ** 2).astype(np.float32)


@pytest.mark.parametrize("from_hz", [20.0, 40.0, 50.0, 62.5, 80.0, 99.97, 100.0, 100.013, 125.0, 200.0, 249.9, 250.0])
def test_resampling_keeps_the_time_of_an_onset(from_hz: float):
    at_100_hz = at_rate(onset(from_hz, at_s=7.3), from_hz, 100.0, 2000)
    weights = np.clip(at_100_hz - at_100_hz.max() / 2, 0, None)
    peak_s = float((weights * np.arange(2000)).sum() / weights.sum() / 100.0)
    assert peak_s == pytest.approx(7.3, abs=0.005)


@pytest.mark.parametrize("from_hz", [50.0, 62.5, 200.0, 250.0])
def test_resampling_gives_what_the_slow_sum_over_sinc_functions_gives(from_hz: float):
    samples = onset(from_hz, at_s=10.0)
    time_s, wanted_s = np.arange(len(samples)) / from_hz, np.arange(800, 1200) / 100.0
    slow = np.array([np.sum((samples - samples.mean()) * np.sinc((second - time_s) * from_hz)) for second in wanted_s])
    np.testing.assert_allclose(at_rate(samples, from_hz, 100.0, 2000)[800:1200], slow, atol=0.01)


def test_at_the_same_rate_only_the_mean_is_taken_off():
    samples = np.array([3.0, 5.0, 7.0], dtype=np.float32)
    np.testing.assert_allclose(at_rate(samples, 100.0, 100.0, 5), [-2.0, 0.0, 2.0, 0.0, 0.0])


def test_what_is_missing_becomes_zero_and_does_not_shift_the_mean():
    samples = np.array([np.nan, 3.0, 5.0, np.nan], dtype=np.float32)
    np.testing.assert_allclose(at_rate(samples, 100.0, 100.0, 4), [0.0, -1.0, 1.0, 0.0])
    assert not at_rate(np.full(10, np.nan, dtype=np.float32), 100.0, 50.0, 5).any()


@pytest.mark.parametrize(("channel_code", "row"), [("HHZ", 0), ("HHN", 1), ("HHE", 2), ("EH1", 1), ("EH2", 2), ("EH3", 0), ("BHR", 1)])
def test_components_have_their_row(channel_code: str, row: int):
    assert component_row(channel_code, set()) == row


def test_a_component_without_a_known_letter_takes_the_first_free_row():
    assert component_row("HHX", {0}) == 1
    assert component_row("HHZ", {0}) == 1
    assert component_row("HHX", {0, 1, 2}) is None


@pytest.mark.parametrize(
    ("start", "n_trace", "rate_hz", "wanted"),
    [
        (0, 9000, 100.0, (0, 3071)),
        (-500, 9000, 100.0, (500, 3071)),
        (-500, 1200, 100.0, (500, 1699)),
        (100, 600, 50.0, (0, 998)),
        (-25, 600, 40.0, (63, 1560)),  # 62.5 samples in, up to 1560 samples
    ],
)
def test_what_of_a_segment_its_trace_reaches_is_told_in_samples_of_the_segment(start, n_trace, rate_hz, wanted):
    assert real_samples(start, n_trace, rate_hz, 100.0, 3072) == wanted
