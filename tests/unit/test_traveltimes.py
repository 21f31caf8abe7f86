from __future__ import annotations

import numpy as np
import pytest
from obspy.geodetics import gps2dist_azimuth
from obspy.taup import TauPyModel

from labeling.seismo.traveltimes import (
    REGIONAL_CRUST,
    Basin,
    LayeredModel,
    Wave,
    arrivals_on_basin,
    azimuth_deg,
    direct_wave,
    distance_km,
    first_arrivals,
    head_wave,
)

IASP91_CRUST = LayeredModel(thickness_km=(20.0, 15.0), vp_km_s=(5.8, 6.5, 8.04), vs_km_s=(3.36, 3.75, 4.47))
WAVES: tuple[Wave, ...] = ("P", "S")
KM_PER_DEGREE = 111.19492664455873


def test_first_arrivals_are_those_of_obspy_taup_within_the_curvature_of_the_earth() -> None:
    taup = TauPyModel("iasp91")
    for depth_km in (5.0, 12.0, 25.0):
        for distance in (8.0, 60.0, 100.0, 150.0):
            for wave in WAVES:
                phases = [wave.lower(), wave, f"{wave}g", f"{wave}n"]
                theirs = min(a.time for a in taup.get_travel_times(depth_km, distance / KM_PER_DEGREE, phases))
                ours = first_arrivals(IASP91_CRUST, wave, distance, depth_km).time_s
                assert float(ours) == pytest.approx(theirs, rel=0.004, abs=0.02), (wave, depth_km, distance)


def test_the_direct_wave_in_one_layer_is_a_straight_line() -> None:
    half_space = LayeredModel(thickness_km=(), vp_km_s=(6.0,), vs_km_s=(3.5,))
    time_s, ray_parameter = direct_wave(half_space, "P", np.array([0.0, 3.0, 120.0]), 4.0)
    assert time_s == pytest.approx(np.hypot([0.0, 3.0, 120.0], 4.0) / 6.0, abs=1e-9)
    assert ray_parameter == pytest.approx(np.array([0.0, 3.0, 120.0]) / np.hypot([0.0, 3.0, 120.0], 4.0) / 6.0, abs=1e-9)


def test_the_head_wave_of_one_layer_is_the_textbook_formula() -> None:
    model = LayeredModel(thickness_km=(30.0,), vp_km_s=(6.0, 8.0), vs_km_s=(3.5, 4.5))
    expected = 200.0 / 8.0 + 2 * 30.0 * np.sqrt(1 / 6.0**2 - 1 / 8.0**2)
    assert float(head_wave(model, "P", 200.0, 0.0, 1)) == pytest.approx(expected, abs=1e-3)
    assert np.isinf(head_wave(model, "P", 40.0, 0.0, 1)), "nearer than the critical distance there is none"


def test_times_grow_with_distance_and_the_ray_parameter_is_their_slope() -> None:
    distance = np.linspace(1.0, 250.0, 2000)
    arrivals = first_arrivals(REGIONAL_CRUST, "P", distance, 9.0)
    slope = np.gradient(arrivals.time_s, distance)
    assert (slope > 0).all()
    smooth = ~(arrivals.is_refracted[1:] ^ arrivals.is_refracted[:-1])[1:]
    assert np.median(np.abs(slope - arrivals.ray_parameter_s_km)[1:-1][smooth]) < 1e-5


def test_converted_phases_come_between_p_and_s_and_the_basin_delays_both() -> None:
    on_rock = arrivals_on_basin(REGIONAL_CRUST, None, 45.0, 8.0)
    on_sediment = arrivals_on_basin(REGIONAL_CRUST, Basin(thickness_km=1.5), 45.0, 8.0)
    assert on_sediment.p_s < on_sediment.ps_s < on_sediment.sp_s < on_sediment.s_s
    assert 0.4 < on_sediment.p_s - on_rock.p_s < 0.6
    assert 1.1 < on_sediment.s_s - on_rock.s_s < 1.4
    assert np.isnan(on_rock.sp_s)


def test_distances_and_azimuths_agree_with_obspy_within_the_flattening() -> None:
    metres, azimuth, back = gps2dist_azimuth(42.1, 12.9, 43.0, 14.2)
    assert float(distance_km(42.1, 12.9, 43.0, 14.2)) == pytest.approx(metres / 1000, rel=0.005)
    assert float(azimuth_deg(42.1, 12.9, 43.0, 14.2)) == pytest.approx(azimuth, abs=0.3)
    assert float(azimuth_deg(43.0, 14.2, 42.1, 12.9)) == pytest.approx(back, abs=0.3)


def test_a_model_with_a_velocity_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="one velocity more"):
        LayeredModel(thickness_km=(20.0,), vp_km_s=(5.8,), vs_km_s=(3.4, 4.5))
