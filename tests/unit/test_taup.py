from __future__ import annotations

import pytest

from labeling.seismo.taup import theoretical_arrivals


def test_a_near_source_has_one_p_and_one_s():
    arrivals = theoretical_arrivals("ak135", 30.0, 5.0)
    assert [one.name for one in arrivals] == ["p", "s"]
    assert arrivals[0].time_s == pytest.approx(5.24, abs=0.02)  # 30.4 km at 5.8 km/s
    assert arrivals[1].time_s == pytest.approx(8.79, abs=0.03)


def test_a_regional_source_has_head_waves_too_and_no_ray_stands_twice():
    arrivals = theoretical_arrivals("iasp91", 400.0, 10.0)
    names = [one.name for one in arrivals]
    assert {"Pg", "Sg"} <= set(names)
    assert len(names) == len(set(names))
    assert [one.time_s for one in arrivals] == sorted(one.time_s for one in arrivals)


def test_a_source_above_sea_level_is_put_on_it():
    assert theoretical_arrivals("ak135", 30.0, -1.2) == theoretical_arrivals("ak135", 30.0, 0.0)
