"""StationXML."""

from __future__ import annotations

from pathlib import Path

import obspy
import pytest

from labeling.seismo.formats.read_stationxml import read_stationxml
from labeling.seismo.records import Problem, StationRecord
from labeling.seismo.timing import iso

OBSPY = Path(obspy.__file__).parent


@pytest.mark.parametrize(
    "name", ["io/stationxml/tests/data/full_random_stationxml.xml", "core/tests/data/ffbx.stationxml", "core/tests/data/AU.MEEK.xml"]
)
def test_stations_are_those_that_obspy_reads(name: str) -> None:
    inventory = obspy.read_inventory(str(OBSPY / name), format="STATIONXML")
    ours = [r for r in read_stationxml(OBSPY / name, place="s.xml") if isinstance(r, StationRecord)]
    assert [
        (r.network_code, r.station_code, r.latitude, r.longitude, r.elevation_m, r.start and iso(r.start), r.site_name) for r in ours
    ] == [
        (n.code, s.code, s.latitude, s.longitude, s.elevation, s.start_date and str(s.start_date), s.site.name)
        for n in inventory
        for s in n
    ]


def test_a_station_with_a_bad_number_is_reported(tmp_path: Path) -> None:
    (tmp_path / "s.xml").write_text(
        '<FDSNStationXML><Network code="NZ">\n<Station code="WEL"><Latitude>south</Latitude></Station>\n'
        '<Station code="KHZ"><Latitude>-42.4</Latitude></Station></Network></FDSNStationXML>'
    )
    problem, station = read_stationxml(tmp_path / "s.xml", place="s.xml")
    assert isinstance(problem, Problem)
    assert problem.place == "s.xml:2"
    assert "'south'" in problem.message
    assert isinstance(station, StationRecord)
    assert station.station_code == "KHZ"
