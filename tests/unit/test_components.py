from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.jobs.components import Span, connected_components


def same(component: np.ndarray, *segments: int) -> bool:
    return len({int(component[segment]) for segment in segments}) == 1


def test_segments_of_one_trace_stay_together():
    component = connected_components([7, 8, 7], [(7, None, None), (8, None, None)], {})
    assert same(component, 0, 2)
    assert not same(component, 0, 1)


def test_traces_of_one_event_stay_together():
    component = connected_components([1, 2, 3], [(1, 50, None), (2, 50, None), (3, 51, None)], {})
    assert same(component, 0, 1)
    assert not same(component, 0, 2)


def test_picks_of_one_arrival_hold_their_traces_together():
    component = connected_components([1, 2, 3], [(1, 50, 900), (2, 51, 900), (3, 52, None)], {})
    assert same(component, 0, 1)
    assert not same(component, 0, 2)


def test_overlapping_waveform_of_one_station_stays_together():
    spans = {
        1: Span("NZ", "WEL", 0.0, 90.0),
        2: Span("NZ", "WEL", 60.0, 150.0),
        3: Span("NZ", "WEL", 151.0, 200.0),
        4: Span("NZ", "FOZ", 0.0, 90.0),
    }
    component = connected_components([1, 2, 3, 4], [(trace, None, None) for trace in spans], spans)
    assert same(component, 0, 1)
    assert len({int(number) for number in component}) == 3


def test_a_long_trace_holds_short_ones_together_that_do_not_touch_each_other():
    spans = {1: Span("NZ", "A", 0.0, 1000.0), 2: Span("NZ", "A", 10.0, 20.0), 3: Span("NZ", "A", 500.0, 510.0)}
    assert same(connected_components([1, 2, 3], [], spans), 0, 1, 2)


def test_waveform_without_a_network_code_may_be_of_any_network():
    spans = {1: Span(None, "ABC", 0.0, 90.0), 2: Span("NC", "ABC", 80.0, 170.0), 3: Span("BG", "ABC", 160.0, 250.0)}
    component = connected_components([1, 2, 3], [], spans)
    assert same(component, 0, 1)
    assert not same(component, 1, 2)


def test_an_event_and_an_overlap_join_into_one_component():
    spans = {1: Span("NZ", "A", 0.0, 90.0), 2: Span("NZ", "A", 80.0, 170.0), 3: Span("NZ", "B", 0.0, 90.0)}
    component = connected_components([1, 2, 3], [(1, 10, None), (2, 11, None), (3, 11, None)], spans)
    assert same(component, 0, 1, 2)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 4)), st.one_of(st.none(), st.integers(0, 4))),
        min_size=1,
        max_size=15,
    ),
    st.dictionaries(
        st.integers(0, 9),
        st.tuples(st.sampled_from(["NZ", "BG", None, ""]), st.sampled_from("AB"), st.floats(0, 100), st.floats(0, 100)),
        max_size=6,
    ),
)
def test_components_are_those_of_a_slow_obvious_search(links, raw_spans):
    traces = sorted({trace for trace, _, _ in links} | set(raw_spans))
    spans = {trace: Span(network, station, min(a, b), max(a, b)) for trace, (network, station, a, b) in raw_spans.items()}
    component = connected_components(traces, links, spans)
    expected = _slow(traces, links, spans)
    for i, one in enumerate(traces):
        for j, other in enumerate(traces):
            assert (component[i] == component[j]) == (expected[one] == expected[other])


def _slow(traces, links, spans) -> dict[int, int]:
    """Lets the smaller number spread over every pair that has something in common, until nothing changes."""
    number = {trace: trace for trace in traces}
    pairs = [(a[0], b[0]) for a in links for b in links if any(x is not None and x == y for x, y in zip(a[1:], b[1:], strict=True))]
    pairs += [(a, b) for a in spans for b in spans if _may_share_waveform(spans[a], spans[b])]
    changed = True
    while changed:
        changed = False
        for a, b in pairs:
            if number[a] != number[b]:
                number[a] = number[b] = min(number[a], number[b])
                changed = True
    return number


def _may_share_waveform(one: Span, other: Span) -> bool:
    is_one_network = not one.network_code or not other.network_code or one.network_code == other.network_code
    return one.station_code == other.station_code and is_one_network and one.start_s <= other.end_s and other.start_s <= one.end_s
