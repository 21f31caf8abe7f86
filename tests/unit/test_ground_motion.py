from __future__ import annotations

import pytest

from labeling.seismo.ground_motion import Calibration, Sensitivity, calibration_of


@pytest.mark.parametrize(
    ("written", "unit", "one_count"),
    [
        ("M/S", "µm/s", 1e6),
        ("m/s", "µm/s", 1e6),
        ("M/S**2", "m/s²", 1.0),
        ("M/(S**2)", "m/s²", 1.0),
        ("nm/s", "µm/s", 1e-3),
        ("M", "µm", 1e6),
    ],
)
def test_units_are_shown_as_people_say_them(written, unit, one_count):
    assert calibration_of([Sensitivity(-2.0, written)]) == Calibration(unit, (-one_count / 2.0,))


@pytest.mark.parametrize(
    ("sensitivities", "words"),
    [
        ([Sensitivity(1e9, "M/S"), None], "no inventory"),
        ([Sensitivity(None, "M/S")], "no overall sensitivity"),
        ([Sensitivity(float("nan"), "M/S")], "no overall sensitivity"),
        ([Sensitivity(1e3, "PA")], "PA, which is no ground motion"),
        ([Sensitivity(1e9, "M/S"), Sensitivity(1e6, "M/S**2")], "different units"),
    ],
)
def test_what_is_no_ground_motion_says_why(sensitivities, words):
    why = calibration_of(sensitivities)
    assert isinstance(why, str)
    assert words in why
