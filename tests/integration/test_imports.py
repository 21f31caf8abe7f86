"""What an upload becomes: rows, traces for the picks, and a report of every doubt."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from labeling.files import original_files, waveform_store
from labeling.jobs import import_catalog as import_job
from labeling.jobs import import_rows
from labeling.jobs.import_catalog import import_catalog
from labeling.models import Catalog, Event, Import, Pick, PickRevision, Trace, Work, Workspace
from labeling.seismo.records import PickRecord
from labeling.services.refusals import Conflict, Refused
from labeling.services.uploads import add_file, begin_import, start_import
from labeling.services.work import cancel_work
from labeling.waveform_store import Address
from tests.integration.small_uploads import files_below, import_files, small_files, small_network, upload, waveforms_of, without_waveforms

HEADER = "pick_id,network_code,station_code,location_code,channel_code,phase_hint,time\n"
WEL = "1,NZ,WEL,10,HHZ,P,2013-09-26T15:17:05.61Z\n"


def rows_of(workspace: Workspace) -> dict[str, int]:
    own = {"workspace": workspace}
    return {
        "picks": Pick.objects.filter(**own).count(),
        "revisions": PickRevision.objects.filter(pick__workspace=workspace).count(),
        "traces": Trace.objects.filter(**own).count(),
        "events": Event.objects.filter(**own).count(),
        "catalogs": Catalog.objects.filter(**own).count(),
    }


def codes(source_import: Import) -> Counter[str]:
    return Counter(source_import.problems.values_list("code", flat=True))


# --- a small generated upload -------------------------------------------------------------------------------------------


def test_an_upload_becomes_picks_traces_events_and_stations(workspace):
    network = small_network()
    done = import_files(workspace, small_files())
    assert done.state == Work.State.DONE, done.message
    assert done.counts["picks"] == len(network.picks)
    assert done.counts["events"] == len(network.events)
    assert done.counts["traces"] == len(network.traces)
    assert done.counts["stations"] == len(network.stations)
    assert done.counts["errors"] == 0
    assert done.message.startswith(f"Imported {len(network.picks)} picks, {len(network.traces)} traces")


def test_a_pick_is_imported_with_everything_the_catalog_says(workspace):
    given: PickRecord = small_network().picks[0]
    import_files(workspace, small_files())
    pick = Pick.objects.get(workspace=workspace, source_ref=given.source_ref)
    assert (pick.time, pick.phase_hint, pick.uncertainty_s) == (given.time, given.phase_hint, given.uncertainty_s)
    assert (pick.network_code, pick.station_code, pick.location_code) == (given.network_code, given.station_code, given.location_code)
    assert pick.event.source_ref == given.event_ref
    assert (pick.state, pick.unscored_reason) == (Pick.State.UNSCORED, "awaiting_run")
    (revision,) = pick.revisions.all()
    assert (revision.number, revision.time, revision.phase_hint) == (0, given.time, given.phase_hint)


def test_every_pick_finds_the_trace_that_it_was_read_on(workspace):
    import_files(workspace, small_files())
    for pick in Pick.objects.filter(workspace=workspace).select_related("trace"):
        assert pick.trace is not None, pick
        assert pick.trace.station_code == pick.station_code
        assert pick.trace.start_time <= pick.time <= pick.trace.end_time


def test_samples_come_out_of_the_store_as_they_were_uploaded(workspace):
    import_files(workspace, small_files())
    given = small_network().traces[0]
    trace = Trace.objects.get(workspace=workspace, station_code=given.station_code, start_time=given.start_time)
    assert tuple(trace.channel_codes) == given.channel_codes
    for row, channel in enumerate(trace.channels):
        samples = waveform_store().read(Address(channel["shard"], channel["offset"], trace.n_samples))
        assert samples.tolist() == given.samples[row].astype("int32").tolist()


def test_originals_are_kept_as_they_came(workspace):
    done = import_files(workspace, small_files())
    for source_file in done.files.all():
        assert original_files().path_of(source_file.sha256).read_bytes() == Path(small_files()[source_file.name]).read_bytes()


def test_the_same_upload_twice_makes_nothing_twice(workspace):
    first = import_files(workspace, small_files())
    before = rows_of(workspace)
    again = import_files(workspace, small_files(), name="once more")
    assert again.state == Work.State.DONE
    assert rows_of(workspace) == before
    assert (again.counts["repeated_picks"], again.counts["repeated_traces"]) == (first.counts["picks"], first.counts["traces"])
    assert again.message.startswith("Nothing new. Here already:")


def test_a_longer_version_of_an_upload_adds_its_new_picks_only(workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(import_rows, "PICKS_AT_ONCE", 2)  # so that some batches are known, one is mixed, and some are new
    rows = [f"{number},NZ,WEL,10,HHZ,P,2013-09-26T15:1{number}:05.61Z\n" for number in range(7)]
    import_files(workspace, {"picks.csv": (HEADER + "".join(rows[:3])).encode()})
    longer = import_files(workspace, {"picks.csv": (HEADER + "".join(rows)).encode()}, name="longer")
    assert (longer.counts["picks"], longer.counts["repeated_picks"]) == (4, 3)
    assert set(Pick.objects.filter(workspace=workspace).values_list("source_ref", "revisions__number")) == {(str(n), 0) for n in range(7)}


def test_the_same_upload_in_another_workspace_is_an_upload_of_its_own(workspace):
    import_files(workspace, small_files())
    other = Workspace.objects.create(name="Other", slug="other")
    assert import_files(other, small_files()).counts["picks"] == len(small_network().picks)


def test_an_import_that_was_killed_is_begun_again_and_makes_nothing_twice(workspace, monkeypatch: pytest.MonkeyPatch):
    source_import = upload(workspace, small_files())

    def killed(*_: object) -> None:
        raise SystemExit  # as the end of a process: nothing is tidied up in the database

    with monkeypatch.context() as patch:
        patch.setattr(import_job, "match_picks", killed)
        with pytest.raises(SystemExit):
            import_catalog(source_import.pk)
    source_import.refresh_from_db()
    assert source_import.state == Work.State.RUNNING
    assert Pick.objects.filter(workspace=workspace).exists()
    Import.objects.filter(pk=source_import.pk).update(state=Work.State.QUEUED, lease=None)

    import_catalog(source_import.pk)
    source_import.refresh_from_db()
    assert source_import.state == Work.State.DONE, source_import.message
    assert source_import.counts["picks"] == len(small_network().picks)
    assert source_import.counts["repeated_picks"] == 0
    assert rows_of(workspace) == {
        "picks": len(small_network().picks),
        "revisions": len(small_network().picks),
        "traces": len(small_network().traces),
        "events": len(small_network().events),
        "catalogs": 1,
    }


def test_doing_the_job_twice_does_it_once(workspace):
    source_import = import_files(workspace, small_files())
    before = rows_of(workspace)
    import_catalog(source_import.pk)
    assert rows_of(workspace) == before


def test_a_cancelled_import_leaves_nothing_but_its_report(workspace):
    source_import = upload(workspace, small_files())
    Import.objects.filter(pk=source_import.pk).update(attempt=1)
    cancel_work(row=source_import)
    import_catalog(source_import.pk)
    source_import.refresh_from_db()
    assert source_import.state == Work.State.CANCELLED
    assert rows_of(workspace) == {"picks": 0, "revisions": 0, "traces": 0, "events": 0, "catalogs": 0}


def test_an_import_that_is_interrupted_leaves_nothing_but_its_report(workspace, monkeypatch: pytest.MonkeyPatch):
    source_import = upload(workspace, small_files())

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_job, "match_picks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        import_catalog(source_import.pk)
    source_import.refresh_from_db()
    assert source_import.state == Work.State.CANCELLED
    assert rows_of(workspace) == {"picks": 0, "revisions": 0, "traces": 0, "events": 0, "catalogs": 0}


# --- what is wrong with an upload ---------------------------------------------------------------------------------------


def test_bad_rows_are_reported_with_their_line_and_the_rest_goes_in(workspace):
    table = (
        HEADER
        + WEL
        + "2,NZ,WEL,10,HHZ,P,yesterday\n"
        + "3,NZ,,10,HHZ,S,2013-09-26T15:17:09Z\n"
        + "4,NZ,FOZ,10,HHZ,S,2013-09-26T15:17:11Z\n"
    )
    done = import_files(workspace, {"picks.csv": table.encode()})
    assert done.state == Work.State.DONE
    assert set(Pick.objects.filter(workspace=workspace).values_list("station_code", flat=True)) == {"WEL", "FOZ"}
    errors = dict(done.problems.filter(severity="error").values_list("place", "message"))
    assert set(errors) == {"picks.csv:3", "picks.csv:4"}
    assert "yesterday" in errors["picks.csv:3"]


def test_a_pick_without_waveform_is_kept_with_the_reason(workspace):
    done = import_files(workspace, {"picks.csv": (HEADER + WEL).encode()})
    (pick,) = Pick.objects.filter(workspace=workspace)
    assert (pick.trace, pick.state, pick.unscored_reason) == (None, Pick.State.UNSCORED, "unknown_station")
    assert "no waveform of this station" in pick.unscored_message
    assert done.counts["picks_without_waveform"] == 1
    assert codes(done)["unknown_station"] == 1


def test_a_file_that_nothing_can_be_made_of_is_reported_and_the_rest_goes_in(workspace):
    done = import_files(workspace, {"notes.bin": b"\x00\x01\x02 no form at all", "picks.csv": (HEADER + WEL).encode()})
    assert done.counts["picks"] == 1
    assert done.problems.filter(place="notes.bin", severity="error").exists()


def test_an_upload_of_nothing_usable_says_so_and_leaves_no_catalog(workspace):
    done = import_files(workspace, {"notes.bin": b"\x00\x01\x02 no form at all"})
    assert (done.state, done.message) == (Work.State.DONE, "Nothing could be used; the report says why.")
    assert done.used_nothing
    assert rows_of(workspace)["catalogs"] == 0


def test_a_row_that_is_twice_in_one_table_is_taken_once_and_reported(workspace):
    done = import_files(workspace, {"picks.csv": (HEADER + WEL + WEL.replace("1,", "9,", 1)).encode()})
    assert done.counts["picks"] == 1
    assert codes(done)["double_row"] == 1


def test_a_dead_component_and_a_gap_are_in_the_report(workspace):
    done = import_files(workspace, small_files())
    assert codes(done)["gap"] >= 1
    trace = next(trace for trace in Trace.objects.filter(workspace=workspace) if any(channel["gaps"] for channel in trace.channels))
    assert trace.picks.exists()


def test_no_path_of_this_machine_is_in_the_report(workspace, data_folder: Path):
    done = import_files(workspace, {"notes.bin": b"\x00\x01", "bad.zip": b"PK\x03\x04 cut short", **small_files()})
    assert done.problems.exists()
    for place, message in done.problems.values_list("place", "message"):
        assert str(data_folder) not in place + message


def test_a_file_and_a_folder_of_one_name_are_both_read(workspace):
    table = (HEADER + WEL).encode()
    done = import_files(workspace, {"REA": table, "REA/picks.csv": table.replace(b"WEL", b"FOZ")})
    assert done.counts["picks"] == 2


# --- receiving files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../catalog.xml", "/etc/catalog.xml", "C:\\catalog.xml", "a/../../b.xml", ""])
def test_a_name_that_leaves_its_folder_is_refused(workspace, name: str):
    with pytest.raises(Refused, match="no relative path"):
        add_file(source_import=begin_import(workspace=workspace, name="upload", by=None), name=name, chunks=[b"x"])


def test_a_file_beyond_the_limit_is_refused_with_the_variable_that_raises_it(workspace, settings):
    settings.UPLOAD_MAX_FILE_BYTES = 10
    with pytest.raises(Refused, match="REPICK_UPLOAD_MAX_FILE_MB"):
        add_file(source_import=begin_import(workspace=workspace, name="upload", by=None), name="a.xml", chunks=[b"x" * 11])


def test_sending_a_file_again_is_no_error_and_another_of_its_name_is(workspace):
    source_import = begin_import(workspace=workspace, name="upload", by=None)
    first = add_file(source_import=source_import, name="a.xml", chunks=[b"one"])
    assert add_file(source_import=source_import, name="a.xml", chunks=[b"one"]) == first
    with pytest.raises(Conflict, match="another file of that name"):
        add_file(source_import=source_import, name="a.xml", chunks=[b"two"])


def test_an_upload_is_started_once_and_not_without_files(workspace):
    source_import = begin_import(workspace=workspace, name="upload", by=None)
    with pytest.raises(Refused, match="no files yet"):
        start_import(source_import=source_import, send=False)
    add_file(source_import=source_import, name="a.xml", chunks=[b"one"])
    start_import(source_import=source_import, send=False)
    with pytest.raises(Conflict, match="started already"):
        start_import(source_import=source_import, send=False)
    with pytest.raises(Conflict, match="started already"):
        add_file(source_import=source_import, name="b.xml", chunks=[b"two"])


# --- archives -----------------------------------------------------------------------------------------------------------


def packed_as_zip(files: dict[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, path in files.items():
            archive.write(path, name)
    return buffer.getvalue()


def packed_as_tar(files: dict[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, path in files.items():
            archive.add(path, name)
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "pack"), [("network.zip", packed_as_zip), ("network.tar.gz", packed_as_tar)])
def test_an_archive_gives_what_its_files_give(workspace, name: str, pack):
    done = import_files(workspace, {name: pack(small_files())})
    assert done.counts["picks_with_waveform"] == len(small_network().picks)
    assert done.counts["traces"] == len(small_network().traces)


def test_an_archive_that_unpacks_beyond_the_limit_is_refused_and_the_rest_goes_in(workspace, settings):
    settings.UPLOAD_MAX_UNPACKED_BYTES = 1000
    done = import_files(workspace, {"network.zip": packed_as_zip(small_files()), "picks.csv": (HEADER + WEL).encode()})
    assert done.counts["picks"] == 1
    assert codes(done)["archive_refused"] == 1


def test_an_archive_with_a_member_outside_its_folder_is_refused(workspace):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../outside.csv", HEADER + WEL)
    done = import_files(workspace, {"evil.zip": buffer.getvalue()})
    assert done.counts["picks"] == 0
    assert done.counts["errors"] == 1


def test_a_pick_that_its_own_catalog_rejects_is_kept_and_not_scored(workspace):
    content = next(content for name, content in small_files().items() if name.endswith(".xml") and "catalog" in name)
    text = Path(content).read_text().replace("<evaluationStatus>reviewed<", "<evaluationStatus>rejected<", 1)
    files = {name: text.encode() if "catalog" in name else content for name, content in small_files().items()}
    done = import_files(workspace, files)
    (pick,) = Pick.objects.filter(workspace=workspace, evaluation_status="rejected")
    assert (pick.state, pick.unscored_reason) == (Pick.State.UNSCORED, "rejected_in_catalog")
    assert pick.trace is not None, "it can be looked at"
    (problem,) = done.problems.filter(code="rejected_in_catalog")
    assert (problem.place, problem.severity) == (pick.source_ref, "warning")


# --- one upload after the other -----------------------------------------------------------------------------------------


def test_picks_uploaded_first_get_their_traces_when_the_waveforms_come(workspace):
    import_files(workspace, without_waveforms(small_files()), name="catalog")
    assert not Pick.objects.filter(workspace=workspace, trace__isnull=False).exists()
    import_files(workspace, waveforms_of(small_files()), name="waveforms")
    assert not Pick.objects.filter(workspace=workspace, trace=None).exists()
    assert set(Pick.objects.filter(workspace=workspace).values_list("unscored_reason", flat=True)) == {"awaiting_run"}


# --- real data ----------------------------------------------------------------------------------------------------------


def test_ncedc_imports_completely(workspace, shared_data: Path):
    done = import_files(workspace, files_below(shared_data / "ncedc"))
    assert done.state == Work.State.DONE, done.message
    assert (done.counts["traces"], done.counts["picks"]) == (154, 308)
    assert (done.counts["picks_p"], done.counts["picks_s"]) == (154, 154)
    assert done.counts["picks_without_waveform"] == 0
    live = Counter(sum(not channel["dead"] for channel in trace.channels) for trace in Trace.objects.filter(workspace=workspace))
    assert (live[3], live[1]) == (115, 39)
    assert codes(done)["missing_component"] == 39, codes(done)
    assert not Pick.objects.filter(workspace=workspace, time_is_relative=False).exists()


def test_stead_california_imports_completely(workspace, shared_data: Path):
    done = import_files(workspace, files_below(shared_data / "stead_california"))
    assert done.state == Work.State.DONE, done.message
    assert (done.counts["events"], done.counts["traces"], done.counts["picks"]) == (50, 50, 100)
    assert done.counts["picks_without_waveform"] == 0
    assert set(Trace.objects.filter(workspace=workspace).values_list("network_code", "station_code")) == {("TA", "109C")}


def test_nz_southern_alps_imports_completely_and_what_is_odd_is_reported(workspace, shared_data: Path):
    done = import_files(workspace, files_below(shared_data / "nz_southern_alps"))
    assert done.state == Work.State.DONE, done.message
    assert done.counts["events"] == 50
    assert (done.counts["picks"], done.counts["picks_p"], done.counts["picks_s"]) == (447, 230, 217)
    assert codes(done)["amplitude_reading"] == 265
    assert done.counts["picks_without_waveform"] == 5
    assert Pick.objects.filter(workspace=workspace, trace=None).exclude(unscored_reason="").count() == 5
    linked = Counter(Pick.objects.filter(workspace=workspace, arrival_group__isnull=False).values_list("arrival_group", flat=True))
    assert len(linked) >= 30
    assert min(linked.values()) >= 2
    assert codes(done)["double_pick"] == linked.total()


def test_a_real_set_uploaded_twice_makes_nothing_twice(workspace, shared_data: Path):
    import_files(workspace, files_below(shared_data / "stead_california"))
    before = rows_of(workspace)
    again = import_files(workspace, files_below(shared_data / "stead_california"))
    assert again.counts["picks"] == again.counts["traces"] == 0
    assert rows_of(workspace) == before
