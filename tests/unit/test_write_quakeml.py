from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import obspy
import pytest
from lxml import etree
from obspy import UTCDateTime
from obspy.io.quakeml.core import _validate

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick
from labeling.seismo.formats.read_quakeml import read_quakeml
from labeling.seismo.formats.write_quakeml import what_it_cannot_hold, write_quakeml
from labeling.seismo.records import EventRecord, PickRecord, Problem
from tests.unit.export_examples import START, example, identity, record


def written(*groups: tuple[ExportEvent | None, list[ExportPick]]) -> bytes:
    target = io.BytesIO()
    write_quakeml(target, groups)
    return target.getvalue()


def example_bytes() -> bytes:
    made = example()
    return written((made.events["42"], made.picks))


def read_back(document: bytes, folder: Path) -> list[object]:
    path = folder / "catalog.xml"
    path.write_bytes(document)
    return list(read_quakeml(path, place="catalog.xml"))


def schemas() -> tuple[etree.RelaxNG, etree.XMLSchema]:
    folder = Path(obspy.__file__).parent / "io" / "quakeml" / "data"
    return etree.RelaxNG(file=str(folder / "QuakeML-1.2.rng")), etree.XMLSchema(file=str(folder / "QuakeML-1.2.xsd"))


@pytest.mark.parametrize("document", [example_bytes(), written(), written((None, example().picks))], ids=["all kinds", "empty", "no event"])
def test_it_is_valid_against_both_schemas_of_quakeml(document: bytes) -> None:
    tree = etree.parse(io.BytesIO(document))
    for schema in schemas():
        assert schema.validate(tree), schema.error_log
    assert _validate(io.BytesIO(document))


def test_reading_our_own_quakeml_gives_the_same_picks_and_event(tmp_path: Path) -> None:
    records = read_back(example_bytes(), tmp_path)
    assert sorted(identity(r) for r in records if isinstance(r, PickRecord)) == sorted(identity(pick.record) for pick in example().labels)
    (event,) = [r for r in records if isinstance(r, EventRecord)]
    expected = example().events["42"].record
    assert replace(event, extra={}) == expected
    assert sorted(r.code for r in records if isinstance(r, Problem)) == ["removed_pick", "superseded_pick", "superseded_pick"]


def test_a_moved_pick_is_a_new_resource_and_the_old_one_stays_rejected() -> None:
    (event,) = obspy.read_events(io.BytesIO(example_bytes()))
    old = next(pick for pick in event.picks if pick.resource_id.id == "smi:nz.org/pick/b")
    assert (old.evaluation_status, old.time) == ("rejected", UTCDateTime(START) + 15.25)
    assert (old.creation_info.author, old.evaluation_mode) == ("otto", "manual")
    (link,) = [comment.text for comment in old.comments]
    new_id = link.removeprefix("repick: superseded by ")
    new = next(pick for pick in event.picks if pick.resource_id.id == new_id)
    assert (new.evaluation_mode, new.evaluation_status, new.time) == ("manual", "reviewed", UTCDateTime(START) + 14.5)
    assert (new.creation_info.author, new.creation_info.creation_time) == ("anna", UTCDateTime("2024-02-03T04:05:06"))
    assert "repick: supersedes smi:nz.org/pick/b" in [comment.text for comment in new.comments]
    assert "repick: source_ref smi:nz.org/pick/b" in [comment.text for comment in new.comments]


def test_a_removed_pick_stays_rejected_with_a_comment_and_no_arrival() -> None:
    (event,) = obspy.read_events(io.BytesIO(example_bytes()))
    removed = next(pick for pick in event.picks if pick.resource_id.id == "smi:nz.org/pick/d")
    assert removed.evaluation_status == "rejected"
    assert "repick: removed" in [comment.text for comment in removed.comments]
    arrivals = {arrival.pick_id.id for arrival in event.origins[0].arrivals}
    assert "smi:nz.org/pick/d" not in arrivals
    assert len(arrivals) == 5


def test_an_empty_location_is_written_and_a_missing_one_is_not() -> None:
    (event,) = obspy.read_events(io.BytesIO(example_bytes()))
    codes = {pick.waveform_id.location_code for pick in event.picks if pick.resource_id.id == "smi:nz.org/pick/a"}
    assert codes == {""}
    assert b'waveformID networkCode="" stationCode="WEL"/>' in example_bytes()


def test_times_keep_their_microseconds() -> None:
    assert b"2021-05-04T03:02:11.127673Z" in example_bytes()


def test_a_corrected_export_that_is_corrected_again_names_the_first_correction_as_superseded(tmp_path: Path) -> None:
    moved = next(r for r in read_back(example_bytes(), tmp_path) if isinstance(r, PickRecord) and r.source_ref == "smi:nz.org/pick/b")
    again = ExportPick(moved, "77", "moved", moved.time, moved.phase_hint, "move", "berta", START)
    document = written((example().events["42"], [again])).decode()
    assert f"repick: superseded by smi:local/repick/pick/77.{START:%Y%m%dT%H%M%S}" in document
    assert f"repick: supersedes {moved.extra['public_id']}" in document


def test_picks_without_an_event_come_back_without_one(tmp_path: Path) -> None:
    pick = ExportPick(record("z", 3.0, "P", event_ref=None), "9")
    records = read_back(written((None, [pick])), tmp_path)
    assert [type(r) for r in records] == [PickRecord]
    assert records[0] == replace(pick.record)


def test_two_picks_that_carry_one_public_id_are_told_apart(tmp_path: Path) -> None:
    picks = [ExportPick(record("a", 1.0, "P"), "1"), ExportPick(record("a", 9.0, "P"), "2")]
    document = written((example().events["42"], picks))
    assert len({pick.resource_id.id for pick in obspy.read_events(io.BytesIO(document))[0].picks}) == 2


def test_characters_that_xml_forbids_do_not_break_the_document() -> None:
    pick = replace(example().picks[1], reason="a bell \x07 and <markup> & ünïcode")
    document = written((example().events["42"], [pick]))
    comments = [comment.text for comment in obspy.read_events(io.BytesIO(document))[0].picks[1].comments]
    assert any("a bell  and <markup> & ünïcode" in comment for comment in comments)


def test_what_quakeml_itself_knows_of_a_pick_and_its_event_is_written_again(tmp_path: Path) -> None:
    extra = {"filterID": "smi:nz.org/filter/bp", "comments": ["weak"], "public_id": "smi:nz.org/pick/again", "snr": "4"}
    event = replace(example().events["42"].record, extra={"event_type": "quarry blast", "seisan_id": "x"})
    group = (ExportEvent("42", event), [ExportPick(record("a", 10.0, "P", extra=extra), "1")])
    document = written(group)
    assert all(schema.validate(etree.parse(io.BytesIO(document))) for schema in schemas())
    back, pick = (next(r for r in read_back(document, tmp_path) if isinstance(r, kind)) for kind in (EventRecord, PickRecord))
    assert back.extra["event_type"] == "quarry blast"
    assert (pick.source_ref, pick.extra) == ("smi:nz.org/pick/a", {name: extra[name] for name in extra if name != "snr"})
    assert "Further values of the upload are left out: seisan_id, snr." in what_it_cannot_hold(write_quakeml(io.BytesIO(), [group]))


def test_it_says_what_it_cannot_hold() -> None:
    made = example()
    losses = " ".join(what_it_cannot_hold(write_quakeml(io.BytesIO(), [(made.events["42"], made.picks)])))
    assert "no waveforms" in losses
    assert "weights" in losses
    assert "network code" in losses
