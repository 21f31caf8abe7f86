"""A bucket that stops answering in the middle of things, refuses, loses and damages objects: nothing points to what is not there."""

from __future__ import annotations

import os
import threading
import time

import boto3
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from labeling import shared_files as cache
from labeling.bucket import ObjectDamaged, StorageUnreachable
from labeling.files import data_dir, original_files, shared_files
from labeling.jobs.export_snapshot import export_snapshot
from labeling.jobs.import_catalog import import_catalog
from labeling.models import Export, PartialFile, SourceFile, Trace, Work
from labeling.services.exports import begin_export
from labeling.services.snapshots import freeze_snapshot
from labeling.services.upload_chunks import Chunk, add_chunk
from labeling.services.uploads import add_file, begin_import
from labeling.trace_samples import read_trace
from tests.integration.api import ROOT, client_of
from tests.integration.conftest import signed_in
from tests.integration.quick_runs import quick_run
from tests.integration.s3 import bucket, on_host, s3_server  # noqa: F401  fixtures
from tests.integration.small_uploads import import_files, small_files, upload
from training.jobs import run_files
from training.jobs.advance_run import advance_run
from training.jobs.train_fold import train_fold
from training.models import FoldResult
from webapp.checks import bucket_answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bucket", "one_attempt")]
NOTHING = lambda method, path: None  # noqa: E731


@pytest.fixture
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.bucket._ATTEMPTS", 1)


@pytest.fixture
def stored(workspace, bucket):  # noqa: F811
    """The small network, imported on the host whose data folder the test begins with."""
    import_files(workspace, small_files())
    return workspace


def names(part: str = "") -> list[str]:
    return [one.name for one in shared_files().bucket.below("") if part in one.name]


def overwrite(name: str, content: bytes, sha256: str) -> None:
    """As a disk of the storage would: what was noted with the object stays."""
    home = shared_files().bucket
    key = f"{home._prefix}{name}"
    boto3.session.Session().client("s3").put_object(Bucket=home._bucket, Key=key, Body=content, Metadata={"sha256": sha256})


def said(capsys, *command) -> str:
    try:
        call_command(*command)
    except CommandError as problem:
        return capsys.readouterr().out + str(problem)
    return capsys.readouterr().out


# --- in the middle of things --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("SlowDown", "answered SlowDown. Try again later."),
        ("InvalidAccessKeyId", "answered InvalidAccessKeyId. Look at REPICK_BUCKET and the rights of"),
    ],
)
def test_an_import_whose_waveforms_are_not_taken_ends_with_the_reason_and_leaves_nothing(s3_server, workspace, code, words):  # noqa: F811
    source_import = upload(workspace, small_files())
    s3_server.fail("PUT", ".f32", code)
    import_catalog(source_import.pk)
    source_import.refresh_from_db()
    assert (source_import.state, source_import.error_reference) == (Work.State.FAILED, "")
    assert words in source_import.message
    assert not Trace.objects.exists() and not workspace.catalogs.exists()


def test_an_upload_that_is_not_taken_may_be_sent_again(s3_server, workspace, analyst):  # noqa: F811
    source_import = begin_import(workspace=workspace, name="upload", by=analyst)
    address = f"{ROOT}/workspaces/{workspace.slug}/imports/{source_import.pk}/chunks/"

    def send(offset: int, content: bytes):
        headers = {"X-File-Name": "a.csv", "X-File-Size": "4", "X-Chunk-Offset": str(offset)}
        length = str(len(content))
        return client_of(analyst).generic(
            "POST", address, content, content_type="application/octet-stream", headers=headers, CONTENT_LENGTH=length
        )

    s3_server.fail("PUT", "unfinished")
    answer = send(0, b"abcd")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unreachable")
    assert not PartialFile.objects.exists()
    s3_server.fail("PUT", "originals/88")
    assert send(0, b"abcd").status_code == 503
    assert (PartialFile.objects.get().received_bytes, SourceFile.objects.count()) == (4, 0)
    s3_server.fails = NOTHING
    assert (send(4, b"").status_code, names("unfinished")) == (201, [])


def test_a_chunk_that_was_not_taken_is_not_taken_for_another_one_later(s3_server, on_host, workspace):  # noqa: F811
    source_import = begin_import(workspace=workspace, name="upload", by=None)
    with on_host("a"):
        add_chunk(source_import=source_import, chunk=Chunk("a.csv", 6, 0, b"ab"))
        s3_server.fail("PUT", "unfinished")
        with pytest.raises(StorageUnreachable):
            add_chunk(source_import=source_import, chunk=Chunk("a.csv", 6, 2, b"cdef"))
    s3_server.fails = NOTHING
    with on_host("b"):
        add_chunk(source_import=source_import, chunk=Chunk("a.csv", 6, 2, b"cd"))
    with on_host("a"):
        assert add_chunk(source_import=source_import, chunk=Chunk("a.csv", 6, 4, b"ef")).file is not None


def test_an_export_that_is_not_taken_fails_with_the_reason(s3_server, stored):  # noqa: F811
    export = begin_export(snapshot=freeze_snapshot(workspace=stored, by=None), format="csv", by=None, send=False)
    s3_server.fail("PUT", "exports")
    export_snapshot(export.pk)
    export.refresh_from_db()
    assert (export.state, export.path) == (Work.State.FAILED, "")
    assert "SlowDown" in export.message


def test_a_network_that_is_not_taken_for_long_fails_its_run_with_the_reason(s3_server, stored, monkeypatch):  # noqa: F811
    monkeypatch.setattr(run_files, "PATIENCE_S", 0.0)
    run = quick_run(stored)
    advance_run(run.pk, send=False)
    s3_server.fail("PUT", "network-0.pt")
    train_fold(run.folds.get(fold=0).pk)
    run.refresh_from_db()
    assert run.state == Work.State.FAILED and "SlowDown" in run.message
    assert not run.folds.get(fold=0).checkpoints.exists()


def test_a_network_is_stored_once_the_bucket_answers_again(s3_server, stored, monkeypatch):  # noqa: F811
    monkeypatch.setattr(cache, "TRIED_AGAIN_S", 0.0)
    run = quick_run(stored)
    advance_run(run.pk, send=False)
    refused: list[str] = []

    def twice(method: str, path: str) -> str | None:
        if method != "PUT" or not path.endswith("network-0.pt") or len(refused) == 2:
            return None
        refused.append(path)
        return "SlowDown"

    s3_server.fails = twice
    train_fold(run.folds.get(fold=0).pk)
    assert (len(refused), FoldResult.objects.get(run=run, fold=0).state) == (2, Work.State.DONE)


def test_training_goes_on_where_only_its_checkpoint_is_not_taken(s3_server, stored):  # noqa: F811
    run = quick_run(stored)
    advance_run(run.pk, send=False)
    s3_server.fail("PUT", ".training.pt")
    train_fold(run.folds.get(fold=0).pk)
    assert FoldResult.objects.get(run=run, fold=0).state == Work.State.DONE


def test_a_host_takes_up_the_newest_checkpoint_and_not_its_own_old_one(on_host, stored):  # noqa: F811
    path = data_dir() / "runs" / "1" / "fold-0-network-0.training.pt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"epoch 1")
    shared_files().publish(path)
    with on_host("b") as folder:
        newer = folder / path.relative_to(data_dir().parent / "data")
        newer.parent.mkdir(parents=True)
        newer.write_bytes(b"epoch 2")
        shared_files().publish(newer)
    assert shared_files().fetch(path).read_bytes() == b"epoch 1"
    assert shared_files().fetch(path, may_have_changed=True).read_bytes() == b"epoch 2"


def test_a_kill_between_publishing_and_the_commit_leaves_garbage_and_no_row(workspace, capsys):
    source_import = begin_import(workspace=workspace, name="upload", by=None)
    add_file(source_import=source_import, name="a.csv", chunks=[b"a"])
    row = SourceFile.objects.get()
    SourceFile.objects.all().delete()  # as if its transaction had never been committed
    assert "1 were put aside" in said(capsys, "gc", "--min-age-hours", "0")
    # The same content comes again just then: what was put aside is found, and put back.
    SourceFile.objects.create(source_import=source_import, name="a.csv", sha256=row.sha256, size_bytes=1)
    original_files()._target(row.sha256).unlink(missing_ok=True)
    assert original_files().path_of(row.sha256).read_bytes() == b"a"
    said(capsys, "gc", "--min-age-hours", "0")
    assert names() == [f"waveforms/originals/{row.sha256[:2]}/{row.sha256}"]


@pytest.mark.parametrize("command", ["verify", "gc", "compact", "publish"])
def test_upkeep_ends_with_one_line_where_the_bucket_does_not_answer(s3_server, stored, command):  # noqa: F811
    s3_server.fails = lambda method, path: "SlowDown"
    with pytest.raises(CommandError, match="Try again later") as told:
        call_command(command)
    assert told.value.returncode == 1


# --- lost and damaged ---------------------------------------------------------------------------------------------------


def test_a_window_says_whether_the_bucket_is_away_or_the_shard_is_gone(s3_server, stored, analyst, on_host):  # noqa: F811
    pick = stored.picks.filter(trace__isnull=False).first()
    address = f"/w/{stored.slug}/picks/{pick.pk}/waveform"
    with on_host("b"):
        s3_server.fail("HEAD", ".f32")
        answer = signed_in(analyst).get(address)
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unreachable")
        s3_server.fails = NOTHING
        for name in names(".f32"):
            shared_files().bucket.delete(name)
        answer = signed_in(analyst).get(address)
        assert (answer.status_code, answer.json()["code"]) == (500, "waveform_lost")


@pytest.mark.parametrize("damage", [lambda whole: whole[:-4], lambda whole: b"\1\2\3\4" + whole[4:]], ids=["cut short", "changed"])
def test_a_damaged_object_is_told_by_every_reader_and_mended_from_a_host_that_has_it(on_host, stored, capsys, damage):  # noqa: F811
    (name,) = names(".f32")
    whole = (data_dir() / name).read_bytes()
    overwrite(name, damage(whole), shared_files().bucket.find(name).sha256)
    trace = Trace.objects.first()
    with on_host("b") as folder:
        with pytest.raises(ObjectDamaged, match="has changed in the bucket.*publish"):
            read_trace(trace)
        assert not (folder / name).exists()
        assert f"trace {trace.pk} " in said(capsys, "verify")
    here = said(capsys, "verify")
    assert f"{name}: It " in here and "1 damaged or missing" in here
    assert "1 were stored now" in said(capsys, "publish")
    with on_host("b"):
        np.testing.assert_array_equal(read_trace(trace)[0, :10], np.frombuffer(whole[:40], "<f4"))
        assert "All is as it was stored." in said(capsys, "verify")


def test_a_damaged_export_is_not_handed_out(stored, analyst, on_host):  # noqa: F811
    export = begin_export(snapshot=freeze_snapshot(workspace=stored, by=None), format="csv", by=None, send=False)
    export_snapshot(export.pk)
    export = Export.objects.get()
    overwrite(f"exports/{export.path}", b"half of", export.sha256)
    with on_host("b"):
        answer = client_of(analyst).get(f"{ROOT}/workspaces/{stored.slug}/exports/{export.pk}/download/")
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unreachable")


# --- what a host keeps --------------------------------------------------------------------------------------------------


def test_several_that_want_one_shard_download_it_once(s3_server, stored, on_host):  # noqa: F811
    trace, read = Trace.objects.first(), []
    with on_host("b"):
        s3_server.requests.clear()
        threads = [threading.Thread(target=lambda: read.append(read_trace(trace))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(read) == 4 and s3_server.count("GET", ".f32") == 1


def test_a_shard_that_is_read_is_not_the_next_to_go(stored):
    (shard,) = (data_dir() / "waveforms" / "shards").iterdir()
    os.utime(shard, (1000.0, 2000.0))
    read_trace(Trace.objects.first())
    assert time.time() - shard.stat().st_atime < 60 and shard.stat().st_mtime == 2000.0


def test_a_host_that_only_writes_keeps_to_its_limit_too(workspace, settings, monkeypatch):
    monkeypatch.setattr(cache, "IN_USE_S", -1.0)
    settings.CACHE_BYTES = 1
    import_files(workspace, small_files())
    assert [path for path in (data_dir() / "waveforms").rglob("*") if path.is_file()] == []
    assert read_trace(Trace.objects.first()).size


def test_a_file_that_the_bucket_has_otherwise_is_never_taken_away(stored, settings, monkeypatch):
    monkeypatch.setattr(cache, "IN_USE_S", -1.0)
    (name,) = names(".f32")
    overwrite(name, bytes((data_dir() / name).stat().st_size), "0" * 64)
    settings.CACHE_BYTES = 1
    import_files(stored, {"a.csv": b"network,station,phase,time\n"})
    assert (data_dir() / name).exists()


def test_a_full_disk_makes_room_for_what_comes(stored, on_host, monkeypatch):  # noqa: F811
    (name,) = names(".f32")
    other = data_dir() / "exports" / "9" / "1" / "picks.csv"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"x")
    shared_files().publish(other)
    with on_host("b") as folder:
        old = shared_files().fetch(folder / "exports/9/1/picks.csv")
        os.utime(old, (1000.0, 1000.0))
        free = type("Usage", (), {"free": 0})
        monkeypatch.setattr(cache.shutil, "disk_usage", lambda path: free)
        read_trace(Trace.objects.first())
        assert not old.exists() and (folder / name).exists()


# --- at the start -------------------------------------------------------------------------------------------------------


def test_a_deployment_whose_bucket_refuses_says_so_before_it_starts(s3_server, monkeypatch):  # noqa: F811
    assert bucket_answers(None) == []
    s3_server.fails = lambda method, path: "AccessDenied"
    (problem,) = bucket_answers(None)
    assert problem.id == "repick.E006" and "REPICK_BUCKET" in problem.msg
    s3_server.fails = NOTHING
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert "No credentials are set" in bucket_answers(None)[0].msg
