"""QuakeML."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import obspy
import pytest

from labeling.seismo.formats.read_quakeml import read_quakeml
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from labeling.seismo.timing import iso

FRAME = (
    '<?xml version="1.0"?>\n<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">'
    '<eventParameters publicID="smi:x/y">{}</eventParameters></q:quakeml>'
)
PICK = (
    '<pick publicID="{id}"><time><value>2020-01-01T00:00:0{second}.25Z</value></time>'
    '<waveformID networkCode="NZ" stationCode="WEL" {codes}/><phaseHint>P</phaseHint></pick>'
)


def pick_xml(id: str = "smi:a", second: int = 1, codes: str = "") -> str:
    return PICK.format(id=id, second=second, codes=codes)


def records_of(tmp_path: Path, *events: str, frame: str = FRAME) -> list[Record]:
    path = tmp_path / "catalog.xml"
    path.write_text(frame.format("".join(f'<event publicID="smi:e{number}">{content}</event>' for number, content in enumerate(events))))
    return list(read_quakeml(path, place="catalog.xml"))


def test_every_field_of_a_pick_is_read(tmp_path: Path) -> None:
    event, pick = records_of(
        tmp_path,
        """<preferredOriginID>smi:o2</preferredOriginID><preferredMagnitudeID>smi:m2</preferredMagnitudeID>
        <origin publicID="smi:o1"><time><value>2019-01-01T00:00:00Z</value></time></origin>
        <origin publicID="smi:o2"><time><value>2020-01-01T00:00:00.5Z</value></time><latitude><value>-41.5</value></latitude>
          <longitude><value>174.5</value></longitude><depth><value>12500</value></depth></origin>
        <magnitude publicID="smi:m1"><mag><value>3</value></mag></magnitude>
        <magnitude publicID="smi:m2"><mag><value>2.5</value></mag><type>ML</type></magnitude>
        <pick publicID="smi:p"><time><value>2020-01-01T00:00:03.123456Z</value><uncertainty>0.1</uncertainty>
          <lowerUncertainty>0.2</lowerUncertainty><upperUncertainty>0.3</upperUncertainty></time>
          <waveformID networkCode="NZ" stationCode="WEL" locationCode="10" channelCode="HHZ"/><methodID>smi:m</methodID>
          <onset>impulsive</onset><phaseHint>Pg</phaseHint><polarity>negative</polarity><evaluationMode>manual</evaluationMode>
          <evaluationStatus>reviewed</evaluationStatus><creationInfo><agencyID>GNS</agencyID><author>anna</author>
          <creationTime>2020-01-02T00:00:00Z</creationTime></creationInfo></pick>""",
    )
    assert isinstance(event, EventRecord)
    assert (event.depth_km, event.magnitude, event.magnitude_type) == (12.5, 2.5, "ML")
    assert event.origin_time == datetime(2020, 1, 1, 0, 0, 0, 500000, UTC)
    assert pick == PickRecord(
        "smi:p", datetime(2020, 1, 1, 0, 0, 3, 123456, UTC), "Pg", "WEL", "NZ", "10", "HHZ", "smi:e0", None, 0.1, 0.2, 0.3, None,
        "impulsive", "negative", "manual", "reviewed", "GNS", "anna", "smi:m", datetime(2020, 1, 2, tzinfo=UTC),
    )  # fmt: skip


def test_an_empty_location_is_not_a_missing_one(tmp_path: Path) -> None:
    records = records_of(tmp_path, pick_xml("smi:a", 1, 'locationCode=""') + pick_xml("smi:b", 2))
    assert [pick.location_code for pick in records if isinstance(pick, PickRecord)] == ["", None]


def test_the_phase_of_the_arrival_stands_in_for_a_missing_hint(tmp_path: Path) -> None:
    arrival = '<origin publicID="o"><arrival publicID="r"><pickID>smi:a</pickID><phase>Sn</phase></arrival></origin>'
    *_, pick = records_of(tmp_path, arrival + pick_xml().replace("<phaseHint>P</phaseHint>", ""))
    assert isinstance(pick, PickRecord)
    assert pick.phase_hint == "Sn"


def test_a_pick_without_time_is_reported_and_the_rest_goes_in(tmp_path: Path) -> None:
    broken = pick_xml("smi:bad").replace("2020-01-01T00:00:01.25Z", "soon")
    _, problem, pick = records_of(tmp_path, broken + pick_xml("smi:good", 2))
    assert isinstance(problem, Problem)
    assert problem.place == "catalog.xml:2"
    assert "smi:bad" in problem.message
    assert isinstance(pick, PickRecord)
    assert pick.source_ref == "smi:good"


def test_an_id_used_for_two_picks_gives_two_picks_and_a_warning(tmp_path: Path) -> None:
    records = records_of(tmp_path, pick_xml("smi:a", 1) + pick_xml("smi:a", 2) + pick_xml("smi:a", 1))
    assert [pick.source_ref for pick in records if isinstance(pick, PickRecord)] == ["smi:a", "smi:a#2"]
    assert [problem.severity for problem in records if isinstance(problem, Problem)] == ["warning", "info"]


def test_a_document_that_breaks_off_gives_what_was_whole(tmp_path: Path) -> None:
    records_of(tmp_path, pick_xml("smi:a", 1), pick_xml("smi:b", 2))
    whole = (tmp_path / "catalog.xml").read_text()
    (tmp_path / "catalog.xml").write_text(whole[: whole.index("smi:b")])
    _, pick, problem = read_quakeml(tmp_path / "catalog.xml", place="catalog.xml")
    assert isinstance(pick, PickRecord)
    assert pick.source_ref == "smi:a"
    assert isinstance(problem, Problem)
    assert problem.code == "broken_xml"


def test_entities_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden")
    frame = FRAME.replace('<?xml version="1.0"?>', f'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>')
    (problem,) = records_of(tmp_path, pick_xml().replace("<phaseHint>P<", "<phaseHint>&x;<"), frame=frame)
    assert isinstance(problem, Problem)
    assert problem.code == "unsafe_xml"
    assert "DOCTYPE" in problem.message


@pytest.mark.parametrize(
    "name",
    [
        "cnv/tests/data/obspyck_20141020150701.xml",
        "nlloc/tests/data/nlloc.qml",
        "iaspei/tests/data/ipe202409sel_ims.xml",
        "quakeml/tests/data/quakeml_1.2_pick.xml",
        "quakeml/tests/data/preferred.xml",
    ],
)
def test_events_and_picks_are_those_that_obspy_reads(name: str) -> None:
    path = Path(obspy.__file__).parent / "io" / name
    catalog = obspy.read_events(str(path), format="QUAKEML")
    records = list(read_quakeml(path, place=name))
    ours = [
        (p.source_ref, iso(p.time), p.station_code, p.network_code or None, p.location_code) for p in records if isinstance(p, PickRecord)
    ]
    theirs = [
        (str(p.resource_id), str(p.time), p.waveform_id.station_code, p.waveform_id.network_code or None, p.waveform_id.location_code)
        for event in catalog
        for p in event.picks
    ]
    assert ours == theirs
    origins = [event.preferred_origin() or (event.origins[0] if event.origins else None) for event in catalog]
    assert [(e.latitude, e.origin_time and iso(e.origin_time)) for e in records if isinstance(e, EventRecord)] == [
        (origin and origin.latitude, origin and str(origin.time)) for origin in origins
    ]
