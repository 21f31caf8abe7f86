"""Import of one's own export gives the same picks, in each form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, ExportTrace
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.write_csv import write_csv
from labeling.seismo.formats.write_quakeml import write_quakeml
from labeling.seismo.formats.write_seisbench import write_seisbench
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, TraceRecord

START = datetime(2020, 1, 1, tzinfo=UTC)
EVENT = ExportEvent("7", EventRecord("smi:nz/event/7", START, -41.5, 174.5, 12.5, 2.5, "ML"))
SAMPLES = np.random.default_rng(5).normal(size=(2, 1000)).astype(np.float32)
SAMPLES[1, 300:320] = np.nan
TRACE = ExportTrace("w.mseed:1", "NZ", "WEL", "", ("EHZ", "EH1"), START, 100.0, lambda: SAMPLES, "7")


def at(second: float, ref: str, phase: str = "P", **changes: object) -> PickRecord:
    pick = PickRecord(ref, START + timedelta(seconds=second), phase, "WEL", "NZ", "", "EHZ", "7", TRACE.trace_key)
    return replace(pick, **changes)  # type: ignore[arg-type]


PICKS = [
    ExportPick(
        at(1.0, "smi:nz/pick/1", "Pg", weight=2, uncertainty_s=0.05, onset="impulsive", agency_id="GNS"), "1", trace_key="w.mseed:1",
    ),
    ExportPick(
        at(2.345678, "S-file:6", evaluation_mode="manual"), "2", "moved", START + timedelta(seconds=2), "P", "move", "anna", START, "late",
        trace_key="w.mseed:1",
    ),
    ExportPick(at(4.0, "smi:nz/pick/3", "S", lower_uncertainty_s=0.1, upper_uncertainty_s=0.2), "3", trace_key="w.mseed:1"),
    ExportPick(
        at(5.0, "smi:nz/pick/4", "S"), "4", "removed", START + timedelta(seconds=5), "S", "remove", "anna", START, trace_key="w.mseed:1",
    ),
]  # fmt: skip
LABELS = [pick for pick in PICKS if pick.is_label]


def read_back(folder: Path) -> list[Record]:
    files = [InputFile(path, path.name) for path in sorted(folder.iterdir())]
    return [record for source in collect(files) for record in source.read()]


def identities(records: list[Record]) -> list[tuple[object, ...]]:
    return sorted(
        (p.time, p.source_ref, p.phase_hint, p.network_code, p.station_code, p.location_code, p.channel_code, p.weight, p.uncertainty_s,
         p.lower_uncertainty_s, p.upper_uncertainty_s, p.onset)
        for p in records
        if isinstance(p, PickRecord)
    )  # fmt: skip


EXPECTED = identities([pick.record for pick in LABELS])


def test_csv_comes_back(tmp_path: Path) -> None:
    with (tmp_path / "picks.csv").open("w", newline="") as target:
        write_csv(target, PICKS, {"7": EVENT})
    records = read_back(tmp_path)
    assert identities(records) == EXPECTED
    (event,) = (record for record in records if isinstance(record, EventRecord))
    assert (event.source_ref, event.latitude, event.magnitude_type) == ("7", -41.5, "ML")


def test_quakeml_comes_back(tmp_path: Path) -> None:
    with (tmp_path / "catalog.xml").open("wb") as target:
        write_quakeml(target, [(EVENT, PICKS[:2]), (None, PICKS[2:])])
    records = read_back(tmp_path)
    assert identities(records) == EXPECTED
    assert [record.source_ref for record in records if isinstance(record, EventRecord)] == ["smi:nz/event/7"]
    assert [record.event_ref for record in records if isinstance(record, PickRecord)] == ["smi:nz/event/7", "smi:nz/event/7", None]


def test_picks_of_two_events_on_one_trace_come_back_each_with_its_own(tmp_path: Path) -> None:
    twin = ExportEvent("8", replace(EVENT.record, magnitude=2.6))
    picks = [
        PICKS[0],
        ExportPick(at(1.0, "twin:6", "Pg", event_ref="8"), "9"),
        PICKS[2],
        ExportPick(at(6.0, "alone", event_ref=None), "10"),
    ]
    write_seisbench(tmp_path, [(TRACE, picks)], events={"7": EVENT, "8": twin})
    records = read_back(tmp_path)
    of_event = {record.source_ref: record.event_ref for record in records if isinstance(record, PickRecord)}
    assert of_event == {"smi:nz/pick/1": "7", "smi:nz/pick/3": "7", "twin:6": "8", "alone": None}
    assert {record.source_ref: record.magnitude for record in records if isinstance(record, EventRecord)} == {"7": 2.5, "8": 2.6}
    (trace,) = (record for record in records if isinstance(record, TraceRecord))
    assert trace.event_ref == "7", "the trace's own event stands on its first row"


def test_codes_that_a_pick_did_not_have_stay_missing_and_empty_ones_empty(tmp_path: Path) -> None:
    bare = at(1.0, "bare", network_code=None, location_code=None, channel_code=None)
    empty = at(2.0, "empty", "S", network_code="", location_code="", channel_code="")
    picks = [ExportPick(bare, "1", trace_key=TRACE.trace_key), ExportPick(empty, "2", trace_key=TRACE.trace_key)]
    for form in ("seisbench", "csv", "quakeml"):
        folder = tmp_path / form
        folder.mkdir()
        if form == "seisbench":
            write_seisbench(folder, [(TRACE, picks)], events={"7": EVENT})
        elif form == "csv":
            with (folder / "picks.csv").open("w", newline="") as target:
                write_csv(target, picks, {"7": EVENT})
        else:
            with (folder / "catalog.xml").open("wb") as target:
                write_quakeml(target, [(EVENT, picks)])
        assert identities(read_back(folder)) == identities([bare, empty]), form


def test_a_pick_that_its_own_catalog_rejects_is_no_seisbench_label_and_comes_back(tmp_path: Path) -> None:
    rejected = at(1.0, "rejected", evaluation_status="rejected")
    write_seisbench(tmp_path, [(TRACE, [ExportPick(rejected, "1", trace_key=TRACE.trace_key)])], events={"7": EVENT})
    assert '"rejected"' not in (tmp_path / "metadata.csv").read_text()
    (pick,) = (record for record in read_back(tmp_path) if isinstance(record, PickRecord))
    assert (pick.source_ref, pick.evaluation_status, pick.trace_ref) == ("rejected", "rejected", TRACE.trace_key)


def test_the_history_beside_the_export_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_text('{"decision_id": 1, "decision": "accept"}\n')
    (problem,) = read_back(tmp_path)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.severity) == ("not_data", "info")


def test_seisbench_comes_back_with_its_gaps_and_without_its_padding(tmp_path: Path) -> None:
    write_seisbench(tmp_path, [(TRACE, PICKS)], events={"7": EVENT})
    records = read_back(tmp_path)
    assert identities(records) == EXPECTED
    (trace,) = (record for record in records if isinstance(record, TraceRecord))
    assert (trace.source_ref, trace.channel_codes, trace.location_code) == ("w.mseed:1", ("EHZ", "EH1"), "")
    np.testing.assert_array_equal(trace.samples, SAMPLES)
