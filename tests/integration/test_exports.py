"""What exports say of decisions, events, traces and further columns, from frozen rows to written files."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import fields
from datetime import UTC, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from uuid import uuid4

import h5py
import numpy as np
import obspy
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.files import exports_folder, waveform_store
from labeling.jobs.export_contents import SnapshotContents
from labeling.jobs.export_picks import OF_PICK
from labeling.jobs.export_snapshot import export_snapshot
from labeling.models import Decision, Event, Export, Pick, PickRevision, Snapshot, Trace, Work, Workspace
from labeling.seismo.records import PickRecord
from labeling.services.exports import begin_export
from labeling.services.review import decide, undo
from labeling.services.snapshots import freeze_snapshot
from tests import factories
from tests.integration.small_uploads import import_files


@pytest.fixture
def pick(workspace: Workspace) -> Pick:
    return factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))


def decided(pick: Pick, kind: str, analyst: User, **values: object) -> Decision:
    return decide(pick=pick, kind=kind, analyst=analyst, client_id=uuid4(), **values)


def frozen(workspace: Workspace) -> Snapshot:
    return freeze_snapshot(workspace=workspace, by=None)


def exported(snapshot: Snapshot, form: str) -> tuple[Path, Export]:
    export = begin_export(snapshot=snapshot, format=form, by=None)
    export_snapshot(export.pk)
    export.refresh_from_db()
    assert export.state == Work.State.DONE, export.message
    return exports_folder() / export.path, export


def csv_rows(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """Rows by the pick's own name."""
    with exported(snapshot, "csv")[0].open(newline="") as file:
        return {row["source_ref"]: row for row in csv.DictReader(file)}


def seisbench_rows(snapshot: Snapshot) -> list[dict[str, str]]:
    archive = zipfile.ZipFile(BytesIO(exported(snapshot, "seisbench")[0].read_bytes()))
    return list(csv.DictReader(TextIOWrapper(archive.open("metadata.csv"), encoding="utf-8", newline="")))


# --- decisions --------------------------------------------------------------------------------------------------------


def test_rejections_alone_make_a_new_snapshot_which_holds_them(workspace, pick: Pick, analyst):
    before = frozen(workspace)
    factories.make_flag(pick, flag_set=factories.make_flag_set(workspace, snapshot=before))
    decided(pick, "reject", analyst)
    after = frozen(workspace)
    assert (after.number, after.content_hash) == (2, before.content_hash)
    row = csv_rows(after)[pick.source_ref]
    assert (row["status"], row["decision"], row["analyst"]) == ("kept", "reject", "ana")
    (told,) = [json.loads(line) for line in exported(after, "history")[0].read_text().splitlines()]
    assert told["decision"] == "reject"
    assert csv_rows(before)[pick.source_ref]["decision"] == ""


def test_the_snapshot_that_a_run_judged_shows_that_runs_figures_and_an_older_one_does_not(workspace, pick: Pick):
    first, judged = factories.make_snapshot(workspace, [pick]), factories.make_snapshot(workspace, [pick])
    factories.make_flag(pick, flag_set=factories.make_flag_set(workspace, snapshot=judged, run_name="Run 7"), p_mislabelled=0.25)
    rows = [csv_rows(snapshot)[pick.source_ref] for snapshot in (first, judged, factories.make_snapshot(workspace, [pick]))]
    assert [(row["run"], row["p_mislabelled"]) for row in rows] == [("", ""), ("Run 7", "0.25"), ("Run 7", "0.25")]


def test_an_arrival_added_beside_a_moved_pick_takes_nobodys_work(workspace, pick: Pick, analyst):
    bo = factories.make_analyst(workspace, "bo")
    decided(pick, "move", analyst, time=pick.time + timedelta(seconds=0.3))
    decided(pick, "add", bo, time=pick.time + timedelta(seconds=4), phase="S")
    rows = csv_rows(frozen(workspace))
    added = rows.pop(next(name for name in rows if name.startswith("added:")))
    assert (rows[pick.source_ref]["status"], rows[pick.source_ref]["decision"], rows[pick.source_ref]["analyst"]) == (
        "moved",
        "move",
        "ana",
    )
    assert (added["status"], added["decision"], added["analyst"]) == ("added", "add", "bo")
    assert added["decided_at"]


def test_a_later_rejection_does_not_take_a_correction_from_who_made_it(workspace, pick: Pick, workspace_admin, analyst):
    moved = decided(pick, "move", analyst, time=pick.time + timedelta(seconds=0.3))
    factories.make_flag(pick, shift_s=None, flag_set=factories.make_flag_set(workspace, snapshot=frozen(workspace)))
    decided(pick, "reject", workspace_admin, shown={"last_decision": moved.pk})
    row = csv_rows(frozen(workspace))[pick.source_ref]
    assert (row["status"], row["decision"], row["analyst"]) == ("moved", "move", "ana")


def test_quakeml_says_who_added_a_pick_and_when(workspace, pick: Pick, analyst):
    decided(pick, "add", analyst, time=pick.time + timedelta(seconds=4), phase="S")
    (event,) = obspy.read_events(str(exported(frozen(workspace), "quakeml")[0]))
    added = next(made for made in event.picks if made.phase_hint == "S")
    assert (added.creation_info.author, added.creation_info.creation_time is not None) == ("ana", True)


def test_an_old_snapshots_export_stays_as_it_is_when_a_decision_is_undone_later(workspace, pick: Pick, analyst):
    decision = decided(pick, "move", analyst, time=pick.time + timedelta(seconds=0.3))
    snapshot = frozen(workspace)
    before = csv_rows(snapshot)
    undo(decision=decision, analyst=analyst, client_id=uuid4())
    assert csv_rows(snapshot) == before
    assert before[pick.source_ref]["analyst"] == "ana"
    row = csv_rows(frozen(workspace))[pick.source_ref]
    assert (row["status"], row["decision"]) == ("kept", "")


def test_the_uncertainties_of_the_old_reading_do_not_stay_on_a_corrected_pick(workspace, pick: Pick, analyst):
    kept = factories.make_pick(pick.trace, offset_s=14.0, lower_uncertainty_s=0.1, upper_uncertainty_s=0.2)
    Pick.objects.filter(pk=pick.pk).update(lower_uncertainty_s=0.3, upper_uncertainty_s=0.4)
    decided(pick, "accept", analyst, flag=factories.make_flag(pick))
    rows = csv_rows(frozen(workspace))
    names = ("uncertainty_s", "lower_uncertainty_s", "upper_uncertainty_s")
    assert [rows[pick.source_ref][name] for name in names] == ["0.0304", "", ""]
    assert [rows[kept.source_ref][name] for name in names] == ["0.05", "0.1", "0.2"]


# --- events, traces and further columns -------------------------------------------------------------------------------


def two_events_of_one_name(workspace: Workspace) -> None:
    for second, latitude in ((22, -41.0), (42, -42.0)):
        made = (
            "station_code,network_code,phase,time,event_index,event_time,event_latitude,event_longitude\n"
            f"FUM,BG,P,2012-09-23T16:22:{second}Z,1,2012-09-23T16:22:{second - 5}Z,{latitude},174\n"
        )
        assert import_files(workspace, {f"picks{second}.csv": made.encode()}).counts["events"] == 1


@pytest.mark.parametrize("form", ["csv", "quakeml"])
def test_two_events_of_one_name_stay_two_and_come_back_as_two(workspace, form: str):
    two_events_of_one_name(workspace)
    path, _ = exported(frozen(workspace), form)
    other = factories.make_workspace("Elsewhere")
    import_files(other, {path.name: path})
    origins = [
        list(Event.objects.filter(workspace=home).order_by("origin_time").values_list("origin_time", "latitude"))
        for home in (workspace, other)
    ]
    assert origins[0] == origins[1]
    assert [pick.event.latitude for pick in Pick.objects.filter(workspace=other).order_by("time")] == [-41.0, -42.0]


def test_seisbench_rows_of_two_events_of_one_name_have_each_its_own_source(workspace):
    catalog = factories.make_catalog(workspace)
    for second, latitude in ((0, -41.0), (60, -42.0)):
        event = factories.make_event(catalog, latitude=latitude)
        factories.make_pick(factories.make_trace(catalog, event=event, start_time=factories.ORIGIN + timedelta(seconds=second)))
    Event.objects.update(source_ref="1")
    rows = seisbench_rows(frozen(workspace))
    assert [row["source_latitude_deg"] for row in rows] == ["-41.0", "-42.0"]
    assert (rows[0]["source_id"], rows[1]["source_id"].startswith("1#")) == ("1", True)


def test_noise_goes_with_the_seisbench_export_and_other_traces_without_picks_are_counted(workspace, pick: Pick):
    Trace.objects.filter(pk=pick.trace_id).update(extra={"split": "dev"})
    factories.make_trace(pick.catalog, source_ref="quiet", extra={"trace_category": "noise"})
    factories.make_trace(pick.catalog, source_ref="unread")
    snapshot = frozen(workspace)
    rows = {row["trace_name_original"]: row for row in seisbench_rows(snapshot)}
    assert set(rows) == {pick.trace.source_ref, "quiet"}
    assert (rows["quiet"]["trace_category"], rows["quiet"]["trace_p_arrival_sample"]) == ("noise", "")
    assert rows[pick.trace.source_ref]["split"] == "dev"
    assert any(sentence.startswith("1 trace without picks is left out") for sentence in Export.objects.get().not_held)


def test_further_columns_of_the_upload_come_back_through_csv(workspace):
    made = "station_code,phase,time,snr,decision\nFUM,P,2012-09-23T16:22:30Z,12.5,dubious\n"
    import_files(workspace, {"picks.csv": made.encode()})
    snapshot = frozen(workspace)
    path, export = exported(snapshot, "csv")
    other = factories.make_workspace("Elsewhere")
    import_files(other, {path.name: path})
    assert Pick.objects.get(workspace=other).extra["snr"] == "12.5"
    assert any("named as columns of this form" in sentence and "decision" in sentence for sentence in export.not_held)


@pytest.mark.parametrize("form", ["quakeml", "scml", "seisbench"])
def test_forms_without_a_place_for_further_values_say_which_are_left_out(workspace, pick: Pick, form: str):
    Pick.objects.filter(pk=pick.pk).update(extra={"snr": "12.5", "amplitude": "7", "trace_ref": "t1"})
    _, export = exported(frozen(workspace), form)
    assert "Further values of the upload are left out: amplitude, snr." in export.not_held


@pytest.mark.parametrize(("form", "file"), [("nordic", "catalog.out"), ("nonlinloc", "catalog.obs"), ("hypodd", "catalog.pha")])
def test_phase_files_come_with_what_they_cannot_hold_and_all_picks_come_back(workspace, form: str, file: str):
    catalog = factories.make_catalog(workspace)
    held = factories.make_pick(catalog=catalog, event=factories.make_event(catalog, depth_km=5.0))
    left_out = factories.make_pick(catalog=catalog, event=None, phase_hint="S")
    path, export = exported(frozen(workspace), form)
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) >= {file, "picks_left_out.csv", "history.jsonl", "README.txt"}
        readme = archive.read("README.txt").decode()
    assert all(sentence in readme for sentence in export.not_held)
    assert any(sentence.startswith("1 pick is left out, because they belong to no event") for sentence in export.not_held)
    other = factories.make_workspace("Elsewhere")
    done = import_files(other, {path.name: path}, name=path.name)
    assert not done.problems.filter(severity="error").exists()
    times = set(Pick.objects.filter(workspace=other).values_list("phase_hint", "time"))
    assert times == {(held.phase_hint, held.time), (left_out.phase_hint, left_out.time)}


def test_phasenet_comes_with_its_waveforms_and_the_picks_without_any(workspace, pick: Pick):
    factories.make_pick(catalog=pick.catalog, event=None, phase_hint="S", trace=None)
    path, export = exported(frozen(workspace), "phasenet")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert {"waveform.csv", "picks_left_out.csv", "history.jsonl", "README.txt"} <= set(names)
    assert any(sentence.startswith("1 pick is left out, because they have no waveform") for sentence in export.not_held)
    other = factories.make_workspace("Elsewhere")
    done = import_files(other, {path.name: path}, name=path.name)
    assert not done.problems.filter(severity="error").exists()
    assert (done.counts["traces"], done.counts["picks"]) == (1, 2)


def test_events_without_picks_are_said_to_be_left_out(workspace, pick: Pick):
    factories.make_event(pick.catalog)
    for form in ("csv", "quakeml", "seisbench"):
        _, export = exported(frozen(workspace), form)
        assert any(sentence.startswith("1 event without picks is left out") for sentence in export.not_held), form


def test_quakeml_of_many_events_asks_the_database_no_oftener_than_of_few(workspace):
    catalog = factories.make_catalog(workspace)

    def n_queries() -> int:
        factories.make_pick(catalog=catalog, event=factories.make_event(catalog))
        contents = SnapshotContents(factories.make_snapshot(workspace, list(workspace.picks.all())))
        with CaptureQueriesContext(connection) as asked:
            assert sum(len(picks) for _, picks in contents.events_with_picks()) == workspace.picks.count()
        return len(asked)

    assert [n_queries() for _ in range(6)] == [n_queries()] * 6


def test_csv_of_undecided_picks_asks_the_database_for_no_decision_and_no_verdict(workspace, pick: Pick):
    contents = SnapshotContents(frozen(workspace))
    with CaptureQueriesContext(connection) as asked:
        assert len(list(contents.picks())) == 1
    assert [query["sql"].count("labeling_decision") + query["sql"].count('"labeling_flag"') for query in asked] == [0, 0]


def test_what_is_exported_of_a_pick_is_what_its_row_holds(workspace):
    said = {
        "offset_s": 10.000001, "weight": 3, "uncertainty_s": 0.05, "lower_uncertainty_s": 0.1, "onset": "emergent",
        "creation_time": factories.ORIGIN, "extra": {"snr": [1.5, None], "é": {"a": True}}, "network_code": None, "location_code": "",
    }  # fmt: skip
    pick = factories.make_pick(catalog=factories.make_catalog(workspace), time_is_relative=True, **said)
    pick.refresh_from_db()
    ((record, status),) = [(pick.record, pick.status) for pick in SnapshotContents(frozen(workspace)).picks()]
    names = [name for name in (*OF_PICK, *PickRevision.LABEL) if name != "is_removed"]
    assert [getattr(record, name) for name in names] == [getattr(pick, name) for name in names]
    assert (record.time.tzinfo, record.time_is_relative, status) == (UTC, True, "kept")


def test_picks_of_a_few_traces_are_looked_up_in_the_snapshot_which_is_not_walked(workspace, pick: Pick):
    contents = SnapshotContents(frozen(workspace))
    with CaptureQueriesContext(connection) as asked:
        assert [len(picks) for _, picks in contents.traces()] == [1]
    (of_picks,) = [query["sql"] for query in asked if 'JOIN "labeling_pickrevision"' in query["sql"]]
    assert '"labeling_snapshotpick"."pick_id" IN (SELECT' in of_picks
    if connection.vendor == "sqlite":  # PostgreSQL plans by what it has counted
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {of_picks}")
            steps = [row[-1] for row in cursor.fetchall()]
        assert any("labeling_snapshotpick" in step and "(snapshot_id=? AND pick_id=?)" in step for step in steps), steps


def test_all_that_a_record_and_a_pick_have_in_common_is_read():
    columns = {field.name for field in Pick._meta.get_fields()}
    wanted = {field.name for field in fields(PickRecord)} & columns
    assert wanted <= {*OF_PICK, *PickRevision.LABEL}


def test_picks_without_events_are_handed_to_quakeml_in_blocks(workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("labeling.jobs.export_contents.AT_ONCE", 2)
    catalog = factories.make_catalog(workspace)
    picks = [factories.make_pick(catalog=catalog, offset_s=10.0 + number) for number in range(5)]
    blocks = [len(block) for _, block in SnapshotContents(factories.make_snapshot(workspace, picks)).events_with_picks()]
    assert blocks == [2, 2, 1]


# --- files ------------------------------------------------------------------------------------------------------------


def test_each_attempt_writes_into_a_folder_of_its_own(workspace, pick: Pick):
    export = begin_export(snapshot=frozen(workspace), format="csv", by=None, send=False)
    Export.objects.filter(pk=export.pk).update(attempt=1)
    of_dead, of_successor = (exports_folder() / str(export.pk) / name / "picks.csv" for name in ("1", "3"))
    for path in (of_dead, of_successor):
        path.parent.mkdir(parents=True)
        path.write_text("half a fi")
    export_snapshot(export.pk)
    export.refresh_from_db()
    assert export.path == f"{export.pk}/2/picks.csv"
    assert (of_dead.exists(), of_successor.exists()) == (False, True)


def test_the_samples_of_like_traces_are_read_together_and_each_stays_with_its_row(workspace):
    catalog = factories.make_catalog(workspace)
    draw, given = np.random.default_rng(5), {}
    for number in range(60):
        codes = ("HHZ", "HH2", "HH1") if number % 20 == 7 else ("HHZ", "HHN", "HHE")
        samples = draw.normal(size=(3, 500 if number % 9 == 3 else 20_000)).astype(np.float32)
        if number % 11 == 5:
            samples[1, 40:90] = np.nan
        start = factories.ORIGIN + timedelta(minutes=number)
        trace = factories.make_trace(catalog, samples=samples, channel_codes=codes, start_time=start, source_ref=str(number))
        factories.make_pick(trace, offset_s=1.0)
        given[str(number)] = np.nan_to_num(samples[[0, 2, 1] if codes[1] == "HH2" else [0, 1, 2]])
    with zipfile.ZipFile(exported(frozen(workspace), "seisbench")[0]) as archive:
        assert archive.testzip() is None
        rows = list(csv.DictReader(TextIOWrapper(archive.open("metadata.csv"), encoding="utf-8", newline="")))
        with h5py.File(BytesIO(archive.read("waveforms.hdf5"))) as file:
            for row in rows:
                bucket, _, place = row["trace_name"].partition("$")
                number, _, length = (int(part.lstrip(":")) for part in place.split(","))
                assert np.array_equal(file["data"][bucket][number, :, :length], given.pop(row["trace_name_original"]))
                assert row["trace_gaps"].endswith(":40:90") == (int(row["trace_name_original"]) % 11 == 5)
    assert not given


@pytest.mark.parametrize("form", ["seisbench", "phasenet"])
def test_an_export_whose_samples_are_gone_says_which_and_what_to_do(workspace, pick: Pick, form: str):
    for shard in (waveform_store().folder / "shards").iterdir():
        shard.unlink()
    export = begin_export(snapshot=frozen(workspace), format=form, by=None, send=False)
    export_snapshot(export.pk)
    export.refresh_from_db()
    assert export.state == Work.State.FAILED
    assert export.message.startswith(f"{pick.trace}: The waveform shard") and "Restore it" in export.message
    assert not [path for path in exports_folder().rglob("*") if path.is_file()], "half of an export is of no use"


def test_a_trace_gets_the_place_where_its_station_stood_then(workspace, pick: Pick):
    moved = pick.time + timedelta(days=800)
    factories.make_station(workspace, pick.station_code, start=moved - timedelta(days=3000), end=moved)
    factories.make_station(workspace, pick.station_code, start=moved, latitude=33.0)
    ((trace, _),) = SnapshotContents(frozen(workspace)).traces()
    assert trace.station is not None and trace.station.latitude == 38.79
