"""Forms that hold every field of a pick: whatever a pick is, writing and reading it again gives the same, to the microsecond."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.export_rows import ExportEvent, ExportPick
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.phase_losses import PhaseLosses
from labeling.seismo.formats.recognise import read
from labeling.seismo.formats.write_csv import write_csv
from labeling.seismo.formats.write_parquet import write_parquet
from labeling.seismo.formats.write_phasenet import write_phasenet
from labeling.seismo.formats.write_quakeml import write_quakeml
from labeling.seismo.formats.write_scml import write_scml
from labeling.seismo.formats.write_seisbench import write_seisbench
from labeling.seismo.records import PickRecord, Problem, TraceRecord
from tests.unit.export_examples import START, example

START_OF_ALL = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def csv_file(path: Path, event: ExportEvent, picks: list[ExportPick]) -> None:
    with path.open("w", newline="", encoding="utf-8") as target:
        write_csv(target, picks, {event.event_id: event})


def quakeml_file(path: Path, event: ExportEvent, picks: list[ExportPick]) -> None:
    with path.open("wb") as target:
        write_quakeml(target, [(event, picks)])


def scml_file(path: Path, event: ExportEvent, picks: list[ExportPick]) -> None:
    with path.open("wb") as target:
        write_scml(target, [(event, picks)])


def parquet_file(path: Path, event: ExportEvent, picks: list[ExportPick]) -> None:
    write_parquet(path, picks, {event.event_id: event})


FORMS: list[Callable[[Path, ExportEvent, list[ExportPick]], None]] = [csv_file, quakeml_file, scml_file]
if find_spec("pyarrow"):
    FORMS.append(parquet_file)

codes = st.none() | st.sampled_from(["", "10", "HHZ"])
picks = st.builds(
    PickRecord,
    source_ref=st.text("abcXYZ:/. é<&", min_size=1, max_size=12).filter(lambda name: name == name.strip()),
    time=st.integers(0, 4_000_000_000_000_000).map(lambda microseconds: START_OF_ALL + timedelta(microseconds=microseconds)),
    phase_hint=st.sampled_from(["P", "Sn", ""]),
    station_code=st.sampled_from(["WEL", "ÄLP"]),
    network_code=codes,
    location_code=codes,
    channel_code=codes,
    event_ref=st.just("42"),
    uncertainty_s=st.none() | st.floats(0, 100),
    lower_uncertainty_s=st.none() | st.floats(0, 100),
    weight=st.sampled_from([None, 0, 4, 9]),
    onset=st.sampled_from(["", "emergent", "questionable"]),
    polarity=st.sampled_from(["", "negative", "undecidable"]),
    evaluation_mode=st.sampled_from(["", "manual", "automatic"]),
    evaluation_status=st.sampled_from(["", "final", "rejected"]),
    agency_id=st.sampled_from(["", "GNS"]),
    method_id=st.sampled_from(["", "AIC", "smi:x/aic"]),
)


@pytest.mark.parametrize("write", FORMS)
@settings(max_examples=60, deadline=None)
@given(catalog=st.lists(picks, min_size=1, max_size=5, unique_by=lambda pick: pick.source_ref))
def test_every_field_of_a_pick_comes_back(write: Callable[[Path, ExportEvent, list[ExportPick]], None], catalog: list[PickRecord]) -> None:
    event = example().events["42"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog"
        write(path, event, [ExportPick(pick, str(number)) for number, pick in enumerate(catalog)])
        records = list(read(path, place="c"))
    assert not [record for record in records if isinstance(record, Problem)]
    found = [replace(record, extra={}, event_ref="42") for record in records if isinstance(record, PickRecord)]
    assert found == catalog


on_trace = st.tuples(st.integers(0, 39_989_999), st.sampled_from(["P", "S"]))  # microseconds after the start; the trace lasts 39.99 s


@pytest.mark.parametrize("form", ["seisbench", "phasenet"])
@settings(max_examples=25, deadline=None)
@given(readings=st.lists(on_trace, min_size=1, max_size=4, unique=True))
def test_picks_on_a_trace_come_back_to_the_microsecond(form: str, readings: list[tuple[int, str]]) -> None:
    made = example()
    picks = [
        ExportPick(replace(made.picks[0].record, source_ref=f"p{number}", time=START + after * MICROSECOND, phase_hint=phase), str(number))
        for number, (after, phase) in enumerate(readings)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "set"
        if form == "seisbench":
            write_seisbench(folder, [(made.trace, picks)], events=made.events)
        else:
            write_phasenet(folder, [(made.trace, picks)], PhaseLosses(leave_out=lambda pick: pytest.fail(f"{pick} was left out")))
        files = [InputFile(path, str(path.relative_to(folder))) for path in sorted(folder.rglob("*")) if path.is_file()]
        records = [record for source in collect(files) for record in source.read()]
    (trace,) = (record for record in records if isinstance(record, TraceRecord))
    found = [record for record in records if isinstance(record, PickRecord)]
    assert sorted(((pick.time - trace.start_time) // MICROSECOND, pick.phase_hint) for pick in found) == sorted(readings)
