"""SeisComP's XML."""

from __future__ import annotations

import warnings
from pathlib import Path

import obspy
import pytest

from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.records import ChannelRecord, EventRecord, PickRecord, Problem, Record, StationRecord
from labeling.seismo.timing import iso

SAMPLES = Path(obspy.__file__).parent / "io" / "seiscomp" / "tests" / "data"
FRAME = (
    '<?xml version="1.0"?>\n<seiscomp xmlns="http://geofon.gfz-potsdam.de/ns/seiscomp3-schema/{version}" version="{version}">'
    "<EventParameters>{content}</EventParameters></seiscomp>"
)
PICK = (
    '<pick publicID="{id}"><time><value>2020-01-01T00:00:0{second}.123456Z</value></time>'
    '<waveformID networkCode="NZ" stationCode="WEL" {codes}/><phaseHint>{phase}</phaseHint></pick>'
)
ORIGIN = """<origin publicID="{id}"><time><value>2020-01-01T00:00:00.5Z</value></time><latitude><value>-41.5</value></latitude>
    <longitude><value>174.5</value></longitude><depth><value>12.5</value></depth>{arrivals}
    <magnitude publicID="{id}/m"><magnitude><value>2.5</value></magnitude><type>MLv</type></magnitude></origin>"""


def pick_xml(id: str = "p1", second: int = 1, codes: str = "", phase: str = "P") -> str:
    return PICK.format(id=id, second=second, codes=codes, phase=phase)


def origin_xml(id: str, *pick_ids: str) -> str:
    arrivals = "".join(f"<arrival><pickID>{name}</pickID><phase>Pn</phase></arrival>" for name in pick_ids)
    return ORIGIN.format(id=id, arrivals=arrivals)


def records_of(tmp_path: Path, content: str, version: str = "0.11") -> list[Record]:
    path = tmp_path / "catalog.scml"
    path.write_text(FRAME.format(version=version, content=content))
    assert recognise(path) == "scml"
    return list(read(path, place="catalog.scml"))


def picks_of(records: list[Record]) -> list[PickRecord]:
    return [record for record in records if isinstance(record, PickRecord)]


@pytest.mark.parametrize("version", ["0.6", "0.9", "0.11", "0.14", "0.99"])
def test_picks_belong_to_the_event_whose_origin_names_them_in_any_order(tmp_path: Path, version: str) -> None:
    content = (
        "<event publicID='e1'><preferredOriginID>o1</preferredOriginID><preferredMagnitudeID>o1/m</preferredMagnitudeID>"
        "<type>earthquake</type><originReference>o1</originReference></event>"
        + pick_xml()
        + origin_xml("o1", "p1")
        + pick_xml("p2", 2, 'locationCode="" channelCode="HHZ"')
    )
    event, first, second = records_of(tmp_path, content, version)
    assert isinstance(event, EventRecord) and isinstance(first, PickRecord) and isinstance(second, PickRecord)
    assert (event.source_ref, event.depth_km, event.magnitude, event.magnitude_type) == ("e1", 12.5, 2.5, "MLv")
    assert (first.source_ref, iso(first.time), first.event_ref) == ("p1", "2020-01-01T00:00:01.123456Z", "e1")
    assert (first.location_code, first.channel_code) == (None, None)
    assert (second.location_code, second.channel_code, second.event_ref) == ("", "HHZ", None)


def test_an_origin_names_the_phase_of_a_pick_that_has_none(tmp_path: Path) -> None:
    (pick,) = picks_of(records_of(tmp_path, pick_xml(phase="") + origin_xml("o1", "p1")))
    assert (pick.phase_hint, pick.event_ref) == ("Pn", None)


def test_the_preferred_origin_counts_wherever_it_stands(tmp_path: Path) -> None:
    older = origin_xml("o1").replace("-41.5", "-40.0")
    names = "<originReference>o1</originReference><preferredOriginID>o2</preferredOriginID>"
    (event,) = records_of(tmp_path, f"{older}{origin_xml('o2')}<event publicID='e'>{names}</event>")
    assert isinstance(event, EventRecord)
    assert (event.latitude, event.extra["origin_id"]) == (-41.5, "o2")


def test_a_pick_that_cannot_be_read_is_reported_with_its_line_and_the_rest_goes_in(tmp_path: Path) -> None:
    problem, pick = records_of(tmp_path, pick_xml().replace("00:00:01", "25:61:01") + "\n\n" + pick_xml("p2"))
    assert isinstance(problem, Problem) and isinstance(pick, PickRecord)
    assert (problem.code, problem.place) == ("unreadable_row", "catalog.scml:2")
    assert "p1" in problem.message and "25:61:01" in problem.message


def test_one_id_for_two_picks_gives_two_names(tmp_path: Path) -> None:
    picks = picks_of(records_of(tmp_path, pick_xml() + pick_xml(second=2)))
    assert [pick.source_ref for pick in picks] == ["p1", "p1#2"]


def test_what_is_whole_before_the_xml_breaks_off_is_read(tmp_path: Path) -> None:
    path = tmp_path / "catalog.scml"
    path.write_text(FRAME.format(version="0.11", content=pick_xml() + pick_xml("p2"))[:-120])
    pick, problem = read(path, place="catalog.scml")
    assert isinstance(pick, PickRecord) and isinstance(problem, Problem)
    assert problem.code == "broken_xml"


def test_the_status_that_only_seiscomp_has_is_kept(tmp_path: Path) -> None:
    reported = pick_xml().replace("</pick>", "<evaluationStatus>reported</evaluationStatus></pick>")
    (pick,) = picks_of(records_of(tmp_path, reported))
    assert (pick.evaluation_status, pick.extra) == ("", {"evaluation_status": "reported"})


def test_stations_of_an_inventory_are_read_with_their_epochs() -> None:
    station, *channels = read(SAMPLES / "channel_level.sc3ml", place="inventory")
    assert all(isinstance(channel, ChannelRecord) for channel in channels)
    assert isinstance(station, StationRecord)
    assert station.network_code and station.latitude is not None and station.start is not None


def test_a_file_that_holds_nothing_says_so() -> None:
    (problem,) = read(SAMPLES / "no_version_attribute.sc3ml", place="empty")
    assert isinstance(problem, Problem)
    assert problem.code == "nothing_in_file"


@pytest.mark.parametrize("name", ["westaus_events_0.12", "westaus_events_0.14", "quakeml_1.2_pick.sc3ml", "quakeml_1.2_amplitude.sc3ml"])
def test_picks_are_those_that_obspy_reads(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        catalog = obspy.read_events(str(SAMPLES / name))
    theirs = {
        (str(pick.time), pick.waveform_id.station_code, pick.waveform_id.channel_code, pick.evaluation_mode or "")
        for event in catalog
        for pick in event.picks
    }
    records = list(read(SAMPLES / name, place=name))
    ours = {(iso(pick.time), pick.station_code, pick.channel_code, pick.evaluation_mode) for pick in picks_of(records)}
    assert ours == theirs
    (origin, *_) = [event.preferred_origin() or event.origins[0] for event in catalog if event.origins]
    event = next(record for record in records if isinstance(record, EventRecord))
    assert (event.latitude, event.longitude) == (origin.latitude, origin.longitude)
