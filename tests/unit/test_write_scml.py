"""SeisComP's XML as Repick writes it: valid, read again by us and by ObsPy."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import obspy
import pytest
from lxml import etree
from obspy import UTCDateTime

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick
from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.formats.write_quakeml import what_it_cannot_hold
from labeling.seismo.formats.write_scml import write_scml
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from tests.unit.export_examples import START, example, identity

SCHEMA = Path(obspy.__file__).parent / "io" / "seiscomp" / "data" / "sc3ml_0.11.xsd"


def written(*groups: tuple[ExportEvent | None, list[ExportPick]]) -> bytes:
    target = io.BytesIO()
    write_scml(target, groups)
    return target.getvalue()


def example_bytes() -> bytes:
    made = example()
    return written((made.events["42"], made.picks))


def read_back(document: bytes) -> list[Record]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog"
        path.write_bytes(document)
        assert recognise(path) == "scml"
        return list(read(path, place="c"))


def picks_of(records: list[Record]) -> list[PickRecord]:
    return [record for record in records if isinstance(record, PickRecord)]


@pytest.mark.parametrize("document", [example_bytes(), written(), written((None, example().picks))], ids=["all kinds", "empty", "no event"])
def test_it_is_valid_against_seiscomps_schema(document: bytes) -> None:
    schema = etree.XMLSchema(file=str(SCHEMA))
    assert schema.validate(etree.parse(io.BytesIO(document))), schema.error_log


def test_reading_it_again_gives_the_same_picks_and_event() -> None:
    records = read_back(example_bytes())
    assert sorted(identity(pick) for pick in picks_of(records)) == sorted(identity(pick.record) for pick in example().labels)
    (event,) = (record for record in records if isinstance(record, EventRecord))
    assert replace(event, extra={}) == example().events["42"].record
    assert {pick.event_ref for pick in picks_of(records)} == {event.source_ref}
    assert sorted(record.code for record in records if isinstance(record, Problem)) == [
        "removed_pick",
        "superseded_pick",
        "superseded_pick",
    ]


def test_obspy_reads_the_same_origin_and_arrivals() -> None:
    (event,) = obspy.read_events(io.BytesIO(example_bytes()), format="SCML")
    assert (event.origins[0].latitude, event.origins[0].depth, event.magnitudes[0].mag) == (-41.0, 12345.0, 2.7)
    times = {pick.resource_id.id: pick.time for pick in event.picks}
    assert sorted(times[arrival.pick_id.id] for arrival in event.origins[0].arrivals) == sorted(
        UTCDateTime(pick.record.time) for pick in example().labels
    )
    assert min(times.values()) >= UTCDateTime(START)


def test_picks_of_an_event_without_origin_keep_their_event_and_those_of_none_have_none() -> None:
    bare = ExportEvent("43", EventRecord("bare event", magnitude=2.0))
    records = read_back(written((bare, example().picks[:1]), (None, example().picks[4:5])))
    assert [pick.event_ref for pick in picks_of(records)] == ["bare event", None]


def test_comments_of_a_pick_have_ids_of_their_own() -> None:
    tree = etree.parse(io.BytesIO(example_bytes()))
    for pick in tree.iterfind(".//{*}pick"):
        ids = [comment.findtext("{*}id") for comment in pick.iterfind("{*}comment")]
        assert len(ids) == len(set(ids)) and None not in ids


def test_what_it_cannot_hold_is_said_under_its_own_name() -> None:
    summary = write_scml(io.BytesIO(), [(example().events["42"], example().picks)])
    sentences = what_it_cannot_hold(summary, "SC3ML")
    assert any(sentence.startswith("SC3ML has no field for weights") for sentence in sentences)
    assert not any("QuakeML" in sentence for sentence in sentences)
