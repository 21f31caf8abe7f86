"""`verify` finds what is damaged and says where; `gc` deletes what nothing points to, and nothing else."""

from __future__ import annotations

import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from labeling.files import data_dir, exports_folder, original_files, working_folder
from labeling.jobs.collect_garbage import delete_garbage, find_garbage
from labeling.jobs.export_snapshot import export_snapshot
from labeling.models import Export, Import, SourceFile, Trace, Work
from labeling.services.exports import begin_export
from labeling.services.snapshots import freeze_snapshot
from labeling.services.upload_chunks import Chunk, add_chunk
from labeling.services.uploads import add_file, begin_import
from tests import factories
from tests.integration.small_uploads import import_files, small_files
from tests.integration.test_archives import PICKS, look
from tests.sds_archives import file_of, write_day

pytestmark = pytest.mark.django_db
A_DAY_S = 86_400


def run(name: str, **options) -> tuple[int, str]:
    """Exit status and what was printed."""
    out = StringIO()
    try:
        call_command(name, stdout=out, **options)
    except CommandError as problem:
        return problem.returncode, out.getvalue() + str(problem)
    return 0, out.getvalue()


def everything() -> set[str]:
    return {str(path.relative_to(data_dir())) for path in data_dir().rglob("*") if path.is_file()}


def aged(path: Path, days: float = 2) -> Path:
    for one in (path, *path.rglob("*")):
        os.utime(one, (time.time() - days * A_DAY_S,) * 2)
    return path


def shard_of(trace: Trace) -> Path:
    return data_dir() / "waveforms" / "shards" / f"{trace.channels[0]['shard']}.f32"


@pytest.fixture
def exported(imported, analyst) -> Export:
    export = begin_export(snapshot=freeze_snapshot(workspace=imported, by=analyst), format="csv", by=analyst, send=False)
    export_snapshot(export.pk)
    return Export.objects.get()


def test_a_whole_store_is_well(exported):
    status, said = run("verify")
    assert (status, "All is as it was stored." in said) == (0, True)
    assert f"{Trace.objects.count()} traces read." in said
    assert f"{len(small_files())} originals read." in said


def test_one_changed_sample_is_found_and_named(imported):
    trace = Trace.objects.order_by("pk")[3]
    with shard_of(trace).open("rb+") as file:
        file.seek(4 * (trace.channels[0]["offset"] + 17))
        file.write(b"\x01\x02\x03\x04")
    status, said = run("verify")
    assert status == 1
    assert f"trace {trace.pk} ({trace}" in said
    assert "not those that were imported" in said
    assert f"waveforms/shards/{shard_of(trace).name}" in said
    assert said.endswith("1 damaged or missing; each is named above, with what to do.")


def test_a_lost_shard_and_a_cut_one_are_found(imported):
    path = shard_of(Trace.objects.first())
    os.truncate(path, path.stat().st_size - 4)
    assert run("verify")[0] == 1
    path.unlink()
    status, said = run("verify")
    assert (status, said.count("Restore it from the backup")) == (1, Trace.objects.count())


def test_changed_and_lost_originals_are_found(imported):
    changed, lost = SourceFile.objects.order_by("pk")[:2]
    original_files().path_of(changed.sha256).write_bytes(b"changed")
    original_files().path_of(lost.sha256).unlink()
    status, said = run("verify")
    assert status == 1
    assert f"{changed.name}: The original has changed" in said
    assert f"{lost.name}: The original is missing" in said


def test_a_changed_export_is_found(exported):
    (exports_folder() / exported.path).write_text("changed")
    status, said = run("verify")
    assert (status, "Export the snapshot again" in said) == (1, True)


def test_a_changed_archive_is_found(workspace, settings, tmp_path):
    root = (tmp_path / "archive").resolve()
    write_day(root)
    settings.ARCHIVES = {"sds": root}
    import_files(workspace, {"picks.csv": PICKS})
    look(workspace)
    assert run("verify")[0] == 0
    file_of(root).write_bytes(b"")
    status, said = run("verify")
    assert (status, "has changed in the archive" in said) == (1, True)


def test_what_rows_point_to_is_never_deleted(exported):
    aged(data_dir())
    before = everything()
    status, said = run("gc", min_age_hours=0)
    assert (status, "Nothing to delete" in said) == (0, True)
    assert everything() == before
    assert run("verify")[0] == 0


@pytest.fixture
def garbage(imported) -> list[str]:
    """One file of each kind that nothing points to."""
    root = data_dir()
    made = [
        root / "waveforms/shards" / f"{'ab' * 16}.f32",
        original_files().path_of("cd" * 32),
        original_files().folder / f"{'ef' * 16}.part",
        original_files().folder / "unfinished" / ("01" * 16),
        exports_folder() / "77" / "1" / "picks.csv",
        working_folder("import-99-1") / "files" / "0" / "a.csv",
    ]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)
    return [str(path.relative_to(root)) for path in made]


def test_a_dry_run_says_what_would_go_and_deletes_nothing(garbage):
    aged(data_dir())
    before = everything()
    status, said = run("gc", dry_run=True)
    assert status == 0
    assert "Nothing was deleted." in said
    for kind in ("waveform shards", "originals", "uploads that were cut off", "parts of files", "exports", "scratch folders"):
        assert f"{kind}: 1, " in said
    assert everything() == before


def test_what_nothing_points_to_goes_and_the_rest_stays(garbage):
    aged(data_dir())
    before = everything()
    assert run("gc")[0] == 0
    assert before - everything() == set(garbage)
    assert run("verify")[0] == 0
    assert "Nothing to delete" in run("gc")[1]


def test_young_files_stay(garbage):
    before = everything()
    assert "Nothing to delete" in run("gc")[1]
    assert everything() == before


def test_a_wrong_age_is_status_2(imported):
    assert run("gc", min_age_hours=-1)[0] == 2
    assert run("gc", min_age_hours=float("nan"))[0] == 2


def test_a_file_that_is_still_coming_stays_and_one_of_a_cancelled_import_goes(workspace):
    source_import = begin_import(workspace=workspace, name="upload", by=None)
    add_chunk(source_import=source_import, chunk=Chunk("a.mseed", 100, 0, b"x" * 50))
    aged(data_dir())
    run("gc")
    assert len(everything()) == 1
    Import.objects.update(state=Work.State.CANCELLED)
    run("gc")
    assert everything() == set()


def test_what_a_running_import_and_a_running_export_write_stays(exported):
    scratch = working_folder(f"import-{Import.objects.get().pk}-1") / "a.csv"
    scratch.parent.mkdir(parents=True)
    scratch.write_text("x")
    Import.objects.update(state=Work.State.RUNNING)
    Export.objects.update(state=Work.State.RUNNING, path="")
    aged(data_dir())
    before = everything()
    run("gc")
    assert everything() == before


def test_a_withdrawn_catalog_keeps_its_waveforms(imported):
    Trace.objects.update(is_withdrawn=True)
    aged(data_dir())
    before = everything()
    run("gc")
    assert everything() == before


def test_content_that_is_uploaded_while_gc_runs_is_put_back(workspace):
    sha256 = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"  # of b"0"
    path = original_files().path_of(sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"0")
    aged(path)
    found = list(find_garbage(min_age_s=A_DAY_S))
    assert [garbage.path for garbage in found] == [path]
    add_file(source_import=begin_import(workspace=workspace, name="upload", by=None), name="a.csv", chunks=[b"0"])
    assert list(delete_garbage(found, min_age_s=A_DAY_S)) == []
    assert path.read_bytes() == b"0"


def test_what_a_killed_gc_had_put_aside_comes_back(imported):
    path = shard_of(Trace.objects.first())
    path.rename(path.with_name(f"{path.name}.garbage"))
    run("gc")
    assert run("verify")[0] == 0


def test_the_shard_of_a_deleted_catalog_goes_and_others_stay(imported):
    catalog = factories.make_catalog(imported)
    trace = factories.make_trace(catalog)
    shard = shard_of(trace)
    trace.delete()
    aged(data_dir())
    before = everything()
    run("gc")
    assert before - everything() == {str(shard.relative_to(data_dir()))}
