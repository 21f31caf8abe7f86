"""A server of S3 for tests, and hosts that share nothing but it and the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "repick",
    "AWS_SECRET_ACCESS_KEY": "of-a-test",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


@pytest.fixture(scope="session")
def s3_server() -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3_server, settings, monkeypatch) -> str:
    """The address of an empty bucket, which the data folder is a cache of."""
    host, port = s3_server.get_host_and_port()
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}.items():
        monkeypatch.setenv(name, value)
    name = f"test-{uuid.uuid4().hex}"
    boto3.session.Session().client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    settings.BUCKET = f"s3://{name}/repick"
    return settings.BUCKET


@pytest.fixture
def on_host(settings, tmp_path: Path):
    """`with on_host("a"):` works in the data folder of that host."""

    @contextmanager
    def on(name: str) -> Iterator[Path]:
        before, settings.DATA_DIR = settings.DATA_DIR, tmp_path / name
        settings.DATA_DIR.mkdir(exist_ok=True)
        try:
            yield settings.DATA_DIR
        finally:
            settings.DATA_DIR = before

    return on
