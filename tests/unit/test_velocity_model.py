"""Velocity models of a network's own."""

from __future__ import annotations

from pathlib import Path

import obspy.taup
import pytest

from labeling.seismo.build_earth_model import ModelNotBuilt, build_earth_model
from labeling.seismo.taup import theoretical_arrivals
from labeling.seismo.velocity_model import ModelUnreadable, read_velocity_model

DATA = Path(obspy.taup.__file__).parent / "data"
CRUST = "our network\nP and S\n0 5.0 2.9 2.6\n10 5.0 2.9 2.6\n10 6.0 3.5 2.7\n30 6.0 3.5 2.7\n30 8.0 4.5 3.3\n60 8.1 4.6 3.3\n"


def built(text: str, folder: Path) -> str:
    nd = folder / "own.nd"
    nd.write_text(read_velocity_model(text).nd)
    return str(build_earth_model(nd, folder))


def test_ak135_as_a_file_gives_the_times_of_ak135(tmp_path):
    own = built((DATA / "ak135.tvel").read_text(), tmp_path)
    assert theoretical_arrivals(own, 90.0, 8.0) == theoretical_arrivals("ak135", 90.0, 8.0)


def test_a_model_of_the_crust_goes_on_as_ak135_and_has_its_own_moho(tmp_path):
    assert read_velocity_model(CRUST).completed_from_km == 60
    arrivals = {ray.name: ray.time_s for ray in theoretical_arrivals(built(CRUST, tmp_path), 250.0, 5.0)}
    assert "Pn" in arrivals
    # 5 km of the first layer and 20 of the second down and 25 and 30 up again, 8 km/s along the Moho.
    assert arrivals["Pn"] == pytest.approx(250 / 8.0 + 4.6 + 3.0, abs=1.2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "two lines at least"),
        ("0 5.8 3.4 2.7\n", "two lines at least"),
        ("a\nb\n5 5.8 3.4 2.7\n10 6 3.5 2.7\n", "Begin with a line for 0 km"),
        ("a\nb\n0 5.8 3.4 2.7\n10 3.0 3.5 2.7\n", "Line 4: vp 3 and vs 3.5"),
        ("a\nb\n0 5.8 3.4 2.7\n10 six 3.5 2.7\n", "Line 4: '10 six 3.5 2.7'"),
        ("a\nb\n0 5.8 3.4\n20 6 3.5\n10 6 3.5\n", "Line 5: 10 km lies above"),
        ("a\nb\n0 5.8 3.4\n20000 6 3.5\n", "Depths are in km"),
        ("a\nb\n0 5800 3400 2.7\n20 6000 3500 2.7\n", "no velocities in km/s"),
        ("a\nb\n0 nan 3.4 2.7\n20 6 3.5 2.7\n", "vp and vs in km/s are needed"),
        ("0 1 0.5\n" + "\n".join(f"{n / 100} 5 3" for n in range(1100)), "at most 1000"),
        ("\x7fELF\x01", "two lines at least"),
    ],
)
def test_what_is_no_model_names_line_and_reason(text, words):
    with pytest.raises(ModelUnreadable, match=words):
        read_velocity_model(text)


def test_what_taup_cannot_build_is_said(tmp_path):
    (tmp_path / "odd.nd").write_text("0 5 3 2\n0 5 3 2\n")
    with pytest.raises(ModelNotBuilt, match="TauP can't make a model of it"):
        build_earth_model(tmp_path / "odd.nd", tmp_path)
