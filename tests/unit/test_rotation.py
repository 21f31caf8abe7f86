from __future__ import annotations

import numpy as np
import pytest
from obspy.signal.rotate import rotate2zne, rotate_ne_rt

from labeling.seismo.rotation import Orientation, Turn, turn_to_zne, turned_on

ZNE, Z12 = ("HHZ", "HHN", "HHE"), ("HHZ", "HH1", "HH2")
UNKNOWN = (None, None, None)
ALIVE = (False, False, False)


@pytest.fixture
def samples():
    return np.random.default_rng(1).normal(size=(3, 50)).astype(np.float32)


def turn_of(codes, orientations, dead=ALIVE) -> Turn:
    turn = turn_to_zne(codes, orientations, dead)
    assert isinstance(turn, Turn), turn
    return turn


def test_north_and_east_turn_as_in_obspy(samples):
    for back_azimuth_deg in (0.0, 33.0, 200.0, 359.0):
        radial, transverse = rotate_ne_rt(samples[1].astype(float), samples[2].astype(float), back_azimuth_deg)
        turn = turned_on(turn_of(ZNE, UNKNOWN), back_azimuth_deg)
        np.testing.assert_allclose(turn.apply(samples), [samples[0], radial, transverse], atol=1e-5)
        assert turn.named(ZNE) == ["HHZ", "HHR", "HHT"]


@pytest.mark.parametrize(
    "angles",
    [
        [(0, -90), (30, 0), (120, 0)],
        [(0, -90), (310, 0), (50, 0)],  # some 100 degrees apart, as a borehole sensor's may be
        [(0, 90), (30, 0), (120, 0)],  # a vertical wired upside down
        [(45, -35.26), (165, -35.26), (285, -35.26)],  # Galperin
    ],
)
def test_components_of_any_direction_turn_as_in_obspy(samples, angles):
    expected = rotate2zne(*(value for row, angle in zip(samples.astype(float), angles, strict=True) for value in (row, *angle)))
    turned = turn_of(Z12, [Orientation(*angle) for angle in angles]).apply(samples)
    np.testing.assert_allclose(turned, expected, atol=1e-5)


def test_a_gap_of_one_horizontal_is_one_of_both_and_none_of_the_vertical(samples):
    samples[1, 2], samples[0, 7] = np.nan, np.nan
    for codes, orientations in ((ZNE, UNKNOWN), (Z12, (Orientation(0, -90), Orientation(10, 0), Orientation(100, 0)))):
        turned = turned_on(turn_of(codes, orientations), 40.0).apply(samples)
        assert np.isnan(turned).sum(axis=1).tolist() == [1, 1, 1]
        assert np.isnan(turned[1:, 2]).all()


def test_components_at_their_names_are_not_turned(samples):
    north_and_east = (Orientation(0, -90), Orientation(0, 0), Orientation(90, 0))
    assert turn_of(ZNE, north_and_east).does_nothing
    assert not turn_of(ZNE, (Orientation(0, -90), Orientation(3, 0), Orientation(93, 0))).does_nothing


def test_two_horizontals_turn_without_a_live_vertical():
    turn = turn_of(Z12, (None, Orientation(10, 0), Orientation(100, 0)), (True, False, False))
    assert turn.named(Z12) == ["HHZ", "HHN", "HHE"]


@pytest.mark.parametrize(
    ("codes", "orientations", "dead", "words"),
    [
        (Z12, UNKNOWN, ALIVE, "1 and 2 point to is not known"),
        (("SHZ",), (None,), (False,), "north and an east"),
        (ZNE, UNKNOWN, (False, True, False), "both alive"),
        (Z12, (Orientation(0, -90), Orientation(10, 0), Orientation(12, 0)), ALIVE, "same direction"),
    ],
)
def test_what_cannot_be_turned_says_why(codes, orientations, dead, words):
    why = turn_to_zne(codes, orientations, dead)
    assert isinstance(why, str)
    assert words in why
