"""A server of S3 for tests, and hosts that share nothing but it and the database."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "repick",
    "AWS_SECRET_ACCESS_KEY": "of-a-test",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


class S3Server:
    """fails: by a request's method and path, the code of the error that it is answered with, or None. requests: all there were."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.fails: Callable[[str, str], str | None] = lambda method, path: None
        self.requests: list[tuple[str, str]] = []
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def fail(self, method: str, part: str, code: str = "SlowDown") -> None:
        """From now on each request of that method whose path has that part."""
        self.fails = lambda of_request, path: code if of_request == method and part in path else None

    def count(self, method: str, part: str) -> int:
        return sum(of_request == method and part in path for of_request, path in self.requests)

    def stop(self) -> None:
        self._server.shutdown()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.requests.append((method, path))
        code = self.fails(method, path)
        if code is None:
            return self._moto(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("503 Slow Down" if code == "SlowDown" else "403 Forbidden", [("Content-Type", "application/xml")])
        return [b"" if method == "HEAD" else f"<Error><Code>{code}</Code></Error>".encode()]


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3_server, settings, monkeypatch) -> str:
    """The address of an empty bucket, which the data folder is a cache of."""
    s3_server.fails = lambda method, path: None
    s3_server.requests.clear()
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": s3_server.address}.items():
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
