"""The data folder as a cache of a bucket: what is fetched, when room is made, and what happens where the bucket or the disk fails."""

from __future__ import annotations

import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from botocore.exceptions import ClientError
from django.test import Client

from labeling.bucket import Bucket, StorageUnreachable
from labeling.files import shared_files, waveform_store
from labeling.shared_files import FETCHING, SharedFiles
from labeling.waveform_store import StoreProblem
from tests.integration.s3 import bucket, s3_server  # noqa: F401  fixtures
from webapp import checks

A_DAY_S = 86_400


@pytest.fixture
def files(bucket, tmp_path):  # noqa: F811
    """Of another host than the one whose files the tests publish."""
    return SharedFiles(tmp_path / "other", Bucket(bucket))


def published(name: str, content: bytes):
    path = shared_files()._folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    shared_files().publish(path)
    return path


def on(files: SharedFiles, name: str):
    return files._folder / name


def test_a_file_is_fetched_once_and_whole(files, monkeypatch):
    published("exports/1/1/picks.csv", b"station,time\n")
    path = files.fetch(on(files, "exports/1/1/picks.csv"))
    assert path.read_bytes() == b"station,time\n"
    monkeypatch.setattr(Bucket, "get", None)
    assert files.fetch(path).exists()
    assert list(on(files, FETCHING).iterdir()) == []


def test_what_the_bucket_does_not_hold_is_not_there(files):
    assert not files.fetch(on(files, "exports/1/1/picks.csv")).exists()


def test_many_who_fetch_one_file_at_once_all_get_it(files):
    content = os.urandom(300_000)
    published("exports/1/1/picks.csv", content)
    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(lambda _: files.fetch(on(files, "exports/1/1/picks.csv")).read_bytes(), range(8)))
    assert read == [content] * 8


def test_what_was_not_used_for_longest_makes_room(files):
    files._most_bytes = 2500
    for number in range(3):
        published(f"exports/{number}/1/picks.csv", bytes(1000))
    for number in (1, 0):
        path = files.fetch(on(files, f"exports/{number}/1/picks.csv"))
        os.utime(path, (time.time() - (3 - number) * A_DAY_S,) * 2)
    files.fetch(on(files, "exports/2/1/picks.csv"))
    assert [on(files, f"exports/{number}/1/picks.csv").exists() for number in range(3)] == [False, True, True]


def test_what_the_bucket_lacks_or_is_in_use_stays_however_little_room_there_is(files):
    files._most_bytes = 10
    own = on(files, "waveforms/shards/own.f32")
    own.parent.mkdir(parents=True)
    own.write_bytes(bytes(1000))
    os.utime(own, (time.time() - A_DAY_S,) * 2)
    published("exports/1/1/picks.csv", bytes(1000))
    published("exports/2/1/picks.csv", bytes(1000))
    for number in (1, 2):
        files.fetch(on(files, f"exports/{number}/1/picks.csv"))
    assert own.exists() and on(files, "exports/1/1/picks.csv").exists()


def test_a_window_is_read_on_after_its_shard_was_taken_from_the_cache(bucket, settings):  # noqa: F811
    store = waveform_store()
    with store.writer() as writer:
        address = writer.append(np.arange(1000, dtype=np.float32))
    window = store.read(address, 10, 5)
    shard = store.folder / "shards" / f"{address.shard}.f32"
    shard.unlink()
    np.testing.assert_array_equal(store.read(address, 10, 5), window)
    assert shard.exists()
    shard.unlink()
    shared_files().forget(shard)
    with pytest.raises(StoreProblem, match="not in the data folder"):
        store.read(address, 10, 5)


def test_an_object_that_is_cut_short_is_told(bucket):  # noqa: F811
    store = waveform_store()
    with store.writer() as writer:
        address = writer.append(np.arange(1000, dtype=np.float32))
    shard = store.folder / "shards" / f"{address.shard}.f32"
    shard.write_bytes(shard.read_bytes()[:400])
    shared_files().publish(shard)
    shard.unlink()
    with pytest.raises(StoreProblem, match="cut short"):
        store.read(address, 500, 5)


def test_what_comes_cut_short_is_not_kept(files, monkeypatch):
    published("exports/1/1/picks.csv", bytes(1000))
    monkeypatch.setattr(Bucket, "get", lambda self, name, path: path.write_bytes(bytes(400)))
    with pytest.raises(StorageUnreachable, match="400 of 1000 bytes came"):
        files.fetch(on(files, "exports/1/1/picks.csv"))
    assert not on(files, "exports/1/1/picks.csv").exists()


def test_a_full_disk_is_told(files, monkeypatch):
    published("exports/1/1/picks.csv", bytes(1000))

    def full(self, name, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Bucket, "get", full)
    with pytest.raises(StorageUnreachable, match=r"No space left on device.*REPICK_DATA_DIR"):
        files.fetch(on(files, "exports/1/1/picks.csv"))


def test_wrong_credentials_are_told(files, monkeypatch):
    denied = ClientError({"Error": {"Code": "AccessDenied"}}, "HeadObject")

    class Denied:
        def head_object(self, **_):
            raise denied

    monkeypatch.setattr(Bucket, "_s3", lambda self: Denied())
    with pytest.raises(StorageUnreachable, match=r"answered AccessDenied.*AWS_ACCESS_KEY_ID"):
        files.fetch(on(files, "exports/1/1/picks.csv"))


@pytest.mark.django_db
def test_health_tells_whether_the_bucket_answers(bucket, settings, monkeypatch):  # noqa: F811
    assert Client().get("/healthz").json()["bucket"] == "ok"
    settings.BUCKET = "s3://no-such-bucket"
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["bucket"]) == (503, "no answer; look at REPICK_BUCKET and the AWS_ variables")


def test_a_bucket_without_boto3_is_told_at_the_start(settings, monkeypatch):
    assert checks.bucket_can_be_used(None) == []
    settings.BUCKET = "s3://bucket"
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    assert "boto3" in checks.bucket_can_be_used(None)[0].msg


@pytest.mark.parametrize("address", ["bucket", "http://bucket", "s3://", "s3://bucket?region=x"])
def test_what_is_no_bucket_is_refused(address):
    with pytest.raises(ValueError, match="is no bucket"):
        Bucket(address)
