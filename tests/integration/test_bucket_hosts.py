"""Hosts that share a database and a bucket, and no folder: what one writes another reads."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from labeling.files import exports_folder, original_files, shared_files
from labeling.jobs.export_snapshot import export_snapshot
from labeling.jobs.import_catalog import import_catalog
from labeling.models import Pick, Trace, Work
from labeling.services.exports import begin_export
from labeling.services.snapshots import freeze_snapshot
from labeling.services.upload_chunks import Chunk, add_chunk
from labeling.services.uploads import begin_import
from labeling.trace_samples import read_trace, read_whole_trace
from tests.integration.conftest import signed_in
from tests.integration.s3 import bucket, on_host, s3_server  # noqa: F401  fixtures
from tests.integration.small_uploads import QUICK_SETTINGS, small_files, upload
from training.jobs import train_fold as job
from training.jobs.advance_run import advance_run
from training.jobs.train_fold import train_fold
from training.models import EpochMetric, FoldResult, Run
from training.services.runs import start_run

pytestmark = pytest.mark.django_db


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def said(capsys, *command) -> str:
    call_command(*command)
    return capsys.readouterr().out


def test_what_one_host_imports_others_look_at_train_flag_and_export(bucket, on_host, workspace, analyst, capsys):  # noqa: F811
    with on_host("web"):
        source_import = upload(workspace, small_files())
    with on_host("importer"):
        import_catalog(source_import.pk)
        source_import.refresh_from_db()
        assert source_import.state == Work.State.DONE, source_import.message
        trace = Trace.objects.first()
        samples = read_trace(trace)
    with on_host("viewer") as folder:
        assert files_of(folder) == set()
        np.testing.assert_array_equal(read_trace(trace), samples)
        np.testing.assert_array_equal(read_whole_trace(Trace.objects.last()), read_trace(Trace.objects.last()))
        pick = Pick.objects.filter(trace=trace).first()
        assert signed_in(analyst).get(f"/w/{workspace.slug}/picks/{pick.pk}/waveform").status_code == 200
    with on_host("preparer"):
        run = start_run(workspace=workspace, by=analyst, settings=QUICK_SETTINGS, review_when_done=True, send=False)
        advance_run(run.pk, send=False)
    for number, fold in enumerate(FoldResult.objects.filter(run=run)):
        with on_host(f"gpu-{number}"):
            train_fold(fold.pk)
    with on_host("flagger"):
        advance_run(run.pk, send=False)
        run = Run.objects.get(pk=run.pk)
        assert run.state == Work.State.DONE, run.message
        assert workspace.flag_sets.get().flags.exists()
    with on_host("exporter"):
        export = begin_export(snapshot=run.snapshot, format="seisbench", by=analyst)
        export_snapshot(export.pk)
        export.refresh_from_db()
        content = (exports_folder() / export.path).read_bytes()
    with on_host("other-web"):
        client = signed_in(analyst)
        assert b"".join(client.get(f"/w/{workspace.slug}/exports/{export.pk}/download/").streaming_content) == content
        answer = client.get(f"/api/v1/workspaces/{workspace.slug}/exports/{export.pk}/download/")
        assert b"".join(answer.streaming_content) == content
    with on_host("new"):
        assert "All is as it was stored." in said(capsys, "verify")
        assert "Nothing to delete" in said(capsys, "gc", "--min-age-hours", "0")


def test_chunks_of_one_file_come_to_several_hosts(bucket, on_host, workspace):  # noqa: F811
    content = bytes(range(256)) * 40
    source_import = begin_import(workspace=workspace, name="upload", by=None)
    pieces = [(start, content[start : start + 3000]) for start in range(0, len(content), 3000)]
    with on_host("a"):
        original_files().append(source_import_part(source_import, content, pieces[0]), 3000, b"of an attempt that was cut off")
    for number, (start, piece) in enumerate(pieces[1:], start=1):
        with on_host("ab"[number % 2]):
            received = add_chunk(source_import=source_import, chunk=Chunk("a.bin", len(content), start, piece, zlib.crc32(piece)))
    assert received.file is not None
    with on_host("c"):
        assert original_files().path_of(received.file.sha256).read_bytes() == content
        assert [stored.name for stored in shared_files().bucket.below("waveforms/originals/unfinished/")] == []


def source_import_part(source_import, content, first):
    add_chunk(source_import=source_import, chunk=Chunk("a.bin", len(content), *first, zlib.crc32(first[1])))
    return source_import.partial_files.get().stored_as


def test_an_upload_that_is_left_out_leaves_nothing(bucket, on_host, workspace, analyst):  # noqa: F811
    with on_host("a"):
        source_import = begin_import(workspace=workspace, name="upload", by=None)
        add_chunk(source_import=source_import, chunk=Chunk("a.bin", 9, 0, b"begun"))
        stored_as = source_import.partial_files.get().stored_as
        assert len(list(shared_files().bucket.below(""))) == 1
        original_files().forget(stored_as)
        assert list(shared_files().bucket.below("")) == []


def test_garbage_in_the_bucket_is_put_aside_and_then_deleted(bucket, on_host, workspace, workspace_admin, capsys):  # noqa: F811
    with on_host("a"):
        source_import = upload(workspace, small_files())
        import_catalog(source_import.pk)
        before = {stored.name for stored in shared_files().bucket.below("")}
        source_import.refresh_from_db()
        source_import.catalog.delete()
    with on_host("b"):
        assert "were put aside in the bucket" in said(capsys, "gc", "--min-age-hours", "0")
        aside = {stored.name for stored in shared_files().bucket.below("") if stored.name.endswith(".garbage")}
        assert aside == {f"{name}.garbage" for name in before if name.startswith("waveforms/shards/")}
        said(capsys, "gc", "--min-age-hours", "0")
        assert {stored.name for stored in shared_files().bucket.below("")} == {name for name in before if "/shards/" not in name}


def test_what_was_put_aside_and_is_needed_again_is_put_back(bucket, on_host, workspace, capsys):  # noqa: F811
    with on_host("a"):
        import_catalog(upload(workspace, small_files()).pk)
        stored = shared_files().bucket
        for name in [one.name for one in stored.below("waveforms/")]:
            stored.copy(name, f"{name}.garbage")
            stored.delete(name)
    with on_host("b"):
        said(capsys, "gc", "--min-age-hours", "0")
        assert "All is as it was stored." in said(capsys, "verify")


def test_sparse_shards_of_the_bucket_are_compacted(bucket, on_host, workspace, capsys):  # noqa: F811
    with on_host("a"):
        import_catalog(upload(workspace, small_files()).pk)
        Trace.objects.filter(pk__gt=Trace.objects.first().pk + 1).delete()
        kept = {trace.pk: read_trace(trace) for trace in Trace.objects.all()}
        before = {channel["shard"] for trace in Trace.objects.all() for channel in trace.channels}
    with on_host("b"):
        said(capsys, "compact", "--min-age-hours", "0")
        assert before.isdisjoint(channel["shard"] for trace in Trace.objects.all() for channel in trace.channels)
    with on_host("c"):
        for trace in Trace.objects.all():
            np.testing.assert_array_equal(read_trace(trace), kept[trace.pk])
        assert "All is as it was stored." in said(capsys, "verify")


def test_a_folder_that_was_used_without_a_bucket_is_published(s3_server, on_host, workspace, analyst, settings, request, capsys):  # noqa: F811
    content = b"0123456789"
    with on_host("a"):
        import_catalog(upload(workspace, small_files()).pk)
        export = begin_export(snapshot=freeze_snapshot(workspace=workspace, by=analyst), format="csv", by=analyst)
        export_snapshot(export.pk)
        begun = begin_import(workspace=workspace, name="begun", by=None)
        add_chunk(source_import=begun, chunk=Chunk("a.bin", len(content), 0, content[:4]))
        with pytest.raises(CommandError, match="There is no bucket"):
            call_command("publish")
    request.getfixturevalue("bucket")
    with on_host("a"):
        with pytest.raises(CommandError, match="damaged or missing"):
            call_command("verify")
        assert "not in the bucket" in capsys.readouterr().out
        n_files = said(capsys, "publish").split(" files are in the bucket; ")[0]
        assert f"{n_files} files are in the bucket; 0 were stored now" in said(capsys, "publish")
    with on_host("b"):
        assert "All is as it was stored." in said(capsys, "verify")
        assert add_chunk(source_import=begun, chunk=Chunk("a.bin", len(content), 4, content[4:])).file is not None


def test_an_import_ends_with_a_word_when_the_bucket_does_not_answer(bucket, on_host, workspace, settings, monkeypatch):  # noqa: F811
    with on_host("a"):
        source_import = upload(workspace, small_files())
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        monkeypatch.setattr("labeling.bucket._ATTEMPTS", 1)
    with on_host("b"):
        import_catalog(source_import.pk)
        source_import.refresh_from_db()
        assert (source_import.state, Trace.objects.count()) == (Work.State.FAILED, 0)
        assert "did not answer" in source_import.message and "AWS_ENDPOINT_URL" in source_import.message


def test_an_upload_is_refused_with_a_word_when_the_bucket_does_not_answer(bucket, on_host, workspace, analyst, monkeypatch):  # noqa: F811
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("labeling.bucket._ATTEMPTS", 1)
    with on_host("a"):
        source_import = begin_import(workspace=workspace, name="upload", by=analyst)
        address = f"/api/v1/workspaces/{workspace.slug}/imports/{source_import.pk}/files/"
        from django.core.files.uploadedfile import SimpleUploadedFile

        answer = signed_in(analyst).post(address, {"file": SimpleUploadedFile("a.csv", b"a,b\n")})
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unreachable")
        assert not source_import.files.exists()


def test_a_fold_whose_host_was_lost_is_gone_on_with_on_another(bucket, on_host, workspace, analyst, monkeypatch):  # noqa: F811
    with on_host("preparer"):
        import_catalog(upload(workspace, small_files()).pk)
        settings = {**QUICK_SETTINGS, "epochs": 3, "n_networks": 1}
        run = start_run(workspace=workspace, by=analyst, settings=settings, send=False)
        advance_run(run.pk, send=False)
    fold = FoldResult.objects.filter(run=run).first()

    def lose_the_host(run_id):
        if EpochMetric.objects.filter(fold=fold).count() == 3:
            raise SystemExit

    with monkeypatch.context() as patched, on_host("lost"):
        patched.setattr(job, "tell_progress", lose_the_host)
        with pytest.raises(SystemExit):
            train_fold(fold.pk)
    EpochMetric.objects.filter(fold=fold).delete()
    FoldResult.objects.filter(pk=fold.pk).update(state=Work.State.QUEUED, lease=None)
    with on_host("other"):
        train_fold(fold.pk)
    fold.refresh_from_db()
    assert fold.state == Work.State.DONE, fold.message
    assert sorted(EpochMetric.objects.filter(fold=fold).values_list("epoch", flat=True)) == [2, 3]  # the first was not trained again
