"""NonLinLoc, HypoDD and Nordic as Repick writes them: read again by us, by ObsPy, and with what they cannot hold said."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obspy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, network_phase
from labeling.seismo.formats.phase_losses import PhaseLosses
from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.formats.write_hypodd import write_hypodd
from labeling.seismo.formats.write_nonlinloc import write_nonlinloc
from labeling.seismo.formats.write_nordic import write_nordic
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from labeling.seismo.timing import iso
from tests.unit import export_examples

Events = list[tuple[ExportEvent | None, list[ExportPick]]]
WRITERS: dict[str, Callable[[io.StringIO, Events, PhaseLosses], None]] = {
    "nonlinloc": write_nonlinloc,
    "hypodd": lambda target, events, losses: write_hypodd(target, events, losses, io.StringIO()),
    "nordic": write_nordic,
}
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
ORIGIN = datetime(2021, 5, 4, 23, 50, 30, 123456, tzinfo=UTC)


def written(form: str, events: Events) -> tuple[str, PhaseLosses, list[ExportPick]]:
    target, left_out = io.StringIO(), []
    losses = PhaseLosses(leave_out=left_out.append)
    WRITERS[form](target, events, losses)
    return target.getvalue(), losses, left_out


def read_back(form: str, text: str) -> list[Record]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog"
        path.write_text(text)
        assert recognise(path) == form, text
        return list(read(path, place="c"))


def picks_of(records: list[Record]) -> list[PickRecord]:
    return [record for record in records if isinstance(record, PickRecord)]


codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=5).filter(lambda code: code not in ("STOP", "BEGIN"))
records = st.builds(
    PickRecord,
    source_ref=st.uuids().map(str),
    time=st.integers(-3_000_000_000, 80_000_000_000).map(lambda microseconds: ORIGIN + timedelta(microseconds=microseconds)),
    phase_hint=st.sampled_from(["P", "S", "Pg", "Sn", "PKiKP", "P1"]),
    station_code=codes,
    network_code=st.sampled_from([None, "NZ"]),
    location_code=st.sampled_from([None, "10"]),
    channel_code=st.sampled_from([None, "HHZ", "EHN", "HZ"]),
    event_ref=st.just("42"),
    uncertainty_s=st.none() | st.floats(0.001, 10),
    weight=st.sampled_from([None, 0, 1, 2, 3, 4, 9]),
    onset=st.sampled_from(["", "emergent", "impulsive"]),
    polarity=st.sampled_from(["", "positive", "negative"]),
    evaluation_mode=st.sampled_from(["manual", "automatic"]),
)
events = st.builds(
    EventRecord,
    source_ref=st.just("4711"),
    origin_time=st.just(ORIGIN),
    latitude=st.floats(-90, 90).map(lambda value: round(value, 4)),
    longitude=st.floats(-180, 180).map(lambda value: round(value, 4)),
    depth_km=st.floats(0, 700).map(lambda value: round(value, 3)),
    magnitude=st.none() | st.floats(-3, 9).map(lambda value: round(value, 2)),
)


def comparable(form: str, pick: PickRecord) -> tuple[object, ...]:
    """What the form can hold of a pick."""
    if form == "nonlinloc":
        return (
            iso(pick.time), pick.phase_hint, pick.station_code, pick.channel_code, pick.uncertainty_s, pick.onset, pick.polarity,
        )  # fmt: skip
    if form == "hypodd":
        return (iso(pick.time), network_phase(pick.phase_hint), pick.station_code)
    microseconds = (pick.time - EPOCH) // timedelta(microseconds=1)
    rounded = EPOCH + timedelta(milliseconds=round(microseconds / 1000))
    return (
        iso(rounded), pick.phase_hint, pick.station_code, pick.network_code, pick.location_code, pick.channel_code, pick.weight, pick.onset,
        pick.polarity, pick.evaluation_mode,
    )  # fmt: skip


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=60, deadline=None)
@given(event=events, catalog=st.lists(records, min_size=1, max_size=5))
def test_what_the_form_can_hold_comes_back(form: str, event: EventRecord, catalog: list[PickRecord]) -> None:
    picks = [ExportPick(record, str(number)) for number, record in enumerate(catalog)]
    text, _, left_out = written(form, [(ExportEvent("42", event), picks)])
    assert not left_out
    found = read_back(form, text)
    assert not [record for record in found if isinstance(record, Problem) and record.severity == "error"]
    assert [comparable(form, pick) for pick in picks_of(found)] == [comparable(form, pick) for pick in catalog]
    (back,) = (record for record in found if isinstance(record, EventRecord))
    if form == "hypodd":
        assert (back.source_ref, back.origin_time, back.latitude, back.longitude, back.depth_km, back.magnitude) == (
            "4711", ORIGIN, event.latitude, event.longitude, event.depth_km, event.magnitude,
        )  # fmt: skip
    if form == "nordic":
        assert back.origin_time == ORIGIN.replace(microsecond=100_000)


@pytest.mark.parametrize("form", WRITERS)
def test_picks_that_are_no_labels_or_have_no_event_are_left_out_and_counted(form: str) -> None:
    example = export_examples.example()
    rejected = replace(example.picks[0], record=replace(example.picks[0].record, evaluation_status="rejected"))
    relative = replace(example.picks[0], record=replace(example.picks[0].record, time_is_relative=True))
    text, losses, left_out = written(form, [(example.events["42"], [*example.picks[:5], rejected, relative]), (None, example.picks[5:])])
    assert left_out == [example.picks[3], rejected, relative, example.picks[5]]
    assert len(picks_of(read_back(form, text))) == 4
    sentences = " ".join(losses.in_words())
    for why in ("an analyst removed them", "their own catalog rejects them", "they have no absolute time", "they belong to no event"):
        assert f"1 pick is left out, because {why}" in sentences


def test_nonlinloc_a_pick_without_uncertainty_becomes_neither_minus_one_nor_one_second() -> None:
    example = export_examples.example()
    text, losses, _ = written("nonlinloc", [(example.events["42"], example.picks[1:2])])
    comment, line = text.splitlines()[1:3]
    assert comment.startswith("# repick: no uncertainty") and line.split()[9:11] == ["GAU", "0.2"]
    assert any("NonLinLoc requires it" in sentence for sentence in losses.in_words())


def test_hypodd_numbers_are_used_once_and_events_without_origin_are_left_out() -> None:
    example = export_examples.example()
    one, bare = example.events["42"], ExportEvent("43", EventRecord("x"))
    text, _, left_out = written("hypodd", [(one, example.picks[:1]), (one, example.picks[:1]), (bare, example.picks[1:2])])
    assert [line.split()[-1] for line in text.splitlines() if line.startswith("#")] == ["1", "2"]
    assert left_out == example.picks[1:2]


@pytest.mark.parametrize("form", ["hypodd", "nordic"])
def test_obspy_reads_the_same_picks(form: str, tmp_path: Path) -> None:
    example = export_examples.example()
    path = tmp_path / "catalog"
    path.write_text(written(form, [(example.events["42"], example.picks[:5])])[0])
    given = {"format": "HYPODDPHA"} if form == "hypodd" else {"format": "NORDIC", "nordic_format": "NEW"}
    (event,) = obspy.read_events(str(path), **given)
    labels = [pick.record for pick in example.picks if pick.is_label][:4]
    assert [(pick.waveform_id.station_code, pick.phase_hint) for pick in event.picks] == [
        (record.station_code, record.phase_hint if form == "nordic" else network_phase(record.phase_hint)) for record in labels
    ]
    for pick, record in zip(event.picks, labels, strict=True):
        assert abs(pick.time.datetime.replace(tzinfo=UTC) - record.time) <= timedelta(microseconds=1 if form == "hypodd" else 500)
    if form == "nordic":
        assert [pick.waveform_id.network_code for pick in event.picks] == ["NZ"] * len(labels)


@pytest.mark.parametrize("form", WRITERS)
def test_odd_values_of_an_upload_end_no_export(form: str) -> None:
    made = export_examples.example()
    odd = replace(made.events["42"].record, source_ref="zwei\nZeilen", magnitude_type="Mé", extra={"seisan_id": "x y"})
    pick = replace(made.picks[0], record=replace(made.picks[0].record, extra={"hypodd_weight": "much"}, agency_id="Ä", weight=None))
    text, _, left_out = written(form, [(ExportEvent("42", odd), [pick, replace(pick, record=replace(pick.record, station_code="Ä B"))])])
    assert text.isascii() and len(left_out) == 1
    assert len(picks_of(read_back(form, text))) == 1
