from __future__ import annotations

import numpy as np
import pytest

from labeling.seismo.event_fit import EventArrivals, correction, expected_by_model, expected_by_wadati, model_times, wadati_line
from labeling.seismo.traveltimes import REGIONAL_CRUST, first_arrivals

DISTANCE_KM = np.array([5.0, 12.0, 20.0, 33.0, 47.0, 60.0, 80.0])
DEPTH_KM = 6.0


def arrivals(vp_vs: float = 1.74, late_s: float = 0.0) -> EventArrivals:
    """An event whose P are those of the model and whose S follow at one vp/vs, the origin late_s after time zero."""
    p_s = model_times(DISTANCE_KM, DEPTH_KM, "P")
    return EventArrivals(p_s + late_s, vp_vs * p_s + late_s, DISTANCE_KM.copy())


def test_the_wadati_line_has_the_slope_of_vp_over_vs_and_meets_zero_at_the_origin_time() -> None:
    line = wadati_line(arrivals(vp_vs=1.74, late_s=2.0))
    assert line is not None
    assert (line.slope, line.n) == (pytest.approx(0.74), 7)
    assert line.at(2.0) == pytest.approx(0.0, abs=1e-9)


def test_two_wrong_picks_of_seven_do_not_bend_the_wadati_line() -> None:
    event = arrivals(vp_vs=1.74)
    event.s_s[1] += 1.5
    event.p_s[4] -= 0.9
    line = wadati_line(event)
    assert line is not None and line.slope == pytest.approx(0.74, abs=0.03)


def test_two_stations_make_no_wadati_line() -> None:
    event = arrivals()
    event.s_s[2:] = np.nan
    assert wadati_line(event) is None


def test_stations_close_together_give_no_vp_over_vs_that_no_rock_has() -> None:
    event = EventArrivals(np.array([1.0, 1.01, 1.02]), np.array([1.9, 1.8, 1.6]), np.full(3, np.nan))
    line = wadati_line(event)
    assert line is not None and line.slope == 0.5


@pytest.mark.parametrize("wave", ["P", "S"])
def test_a_pick_is_expected_where_the_other_stations_say_whatever_it_says_itself(wave) -> None:
    true = arrivals().of(wave)[3]
    event = arrivals()
    event.of(wave)[3] += 3.0
    by_wadati = expected_by_wadati(event, 3, wave)
    assert by_wadati is not None and by_wadati.time_s == pytest.approx(true, abs=1e-6)


def test_a_model_that_is_too_fast_is_corrected_by_the_other_stations() -> None:
    event = arrivals()
    slow = EventArrivals(1.08 * event.p_s + 0.3, event.s_s, event.distance_km)
    true = slow.p_s[3]
    slow.p_s[3] += 3.0
    expected = expected_by_model(slow, 3, "P", DEPTH_KM)
    assert expected is not None
    assert (expected.time_s, expected.n) == (pytest.approx(true, abs=1e-6), 6)


def test_few_stations_tell_an_offset_and_fewer_nothing() -> None:
    model_s = model_times(DISTANCE_KM, DEPTH_KM, "P")
    observed_s = 1.2 * model_s
    observed_s[4:] = np.nan
    line = correction(observed_s, model_s)
    assert line is not None and line.slope == 0.0
    observed_s[2:] = np.nan
    assert correction(observed_s, model_s) is None


def test_the_scatter_falls_when_a_late_pick_goes_back_to_where_it_belongs() -> None:
    event = arrivals()
    event.p_s[:] += np.array([0.05, -0.05, 0.04, 0.0, -0.04, 0.05, -0.05])
    expected = expected_by_model(event, 3, "P", DEPTH_KM)
    assert expected is not None
    assert expected.scatter_s(expected.time_s) < 0.05 < 0.3 < expected.scatter_s(expected.time_s + 1.0)


def test_a_second_of_p_is_more_than_a_second_against_the_wadati_line() -> None:
    """Moved by one second a P changes its S−P by one second, and its place along the line as well."""
    expected = expected_by_wadati(arrivals(vp_vs=1.74), 3, "P")
    assert expected is not None and expected.per_s == pytest.approx(-1.74)


def test_times_of_the_model_are_its_first_arrivals_and_unknown_where_the_distance_is() -> None:
    time_s = model_times(np.array([30.0, np.nan]), DEPTH_KM, "S")
    assert time_s[0] == pytest.approx(float(first_arrivals(REGIONAL_CRUST, "S", 30.0, DEPTH_KM).time_s))
    assert np.isnan(time_s[1])
