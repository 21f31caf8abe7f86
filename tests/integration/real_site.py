"""A whole Repick in processes of its own: what `manage.py up` starts, on a free port and a data folder of the tests."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import pytest

from tests.integration.small_uploads import Content
from webapp.process_tree import ProcessTree, children_for, wait_until_ready

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PASSWORD = "waves-and-picks"
Found = TypeVar("Found")


class RealSite:
    """Talks to the site as a program of a user's would: over the REST API."""

    def __init__(self, tree: ProcessTree, port: int, username: str) -> None:
        self.tree = tree
        self.port = port
        self.headers: dict[str, str] = {}
        token = self.post("token/", {"username": username, "password": PASSWORD})["token"]
        self.headers = {"Authorization": f"Token {token}"}

    def get(self, path: str) -> Any:
        return self._answer("GET", path)

    def get_all(self, path: str) -> list[Any]:
        return list(self.get(path)["results"])

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._answer("POST", path, json.dumps(body or {}).encode(), {"Content-Type": "application/json"})

    def send_file(self, path: str, name: str, content: Content) -> Any:
        data = content if isinstance(content, bytes) else content.read_bytes()
        return self._answer("POST", path, data, {"Content-Type": "application/octet-stream", "X-File-Name": quote(name)})

    def download(self, path: str) -> bytes:
        with self._open("GET", path, None, {}) as answer:
            return bytes(answer.read())

    def _answer(self, method: str, path: str, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> Any:
        with self._open(method, path, data, headers or {}) as answer:
            return json.load(answer)

    def _open(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> Any:
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        request = urllib.request.Request(url, data=data, method=method, headers={**self.headers, **headers})
        return urllib.request.urlopen(request, timeout=30)

    def kill(self, name: str) -> None:
        """kill -9 on one of the tree's processes."""
        os.kill(self.pid(name), signal.SIGKILL)

    def pid(self, name: str) -> int:
        (child,) = (child for child in self.tree._children if child.name == name)
        assert child.process is not None
        return child.process.pid

    def until(self, what: str, found: Callable[[], Found | None], within_s: float = 180) -> Found:
        """Keeps the tree alive, as `up` does, until `found` gives something. The site may be away meanwhile."""
        last: object = None
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            self.tree.watch()
            try:
                if result := found():
                    return result
            except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
                last = error
            time.sleep(0.1)
        pytest.fail(f"{what}: not within {within_s:.0f} s (last: {last}). {self.tree._logs}")

    def until_done(self, path: str) -> Any:
        """Waits until the work at an address has ended well, and returns it."""

        def ended() -> Any:
            row = self.get(path)
            assert row["state"] not in ("failed", "cancelled"), row["message"]
            return row if row["state"] == "done" else None

        return self.until(path, ended)

    def import_files(self, workspace: str, files: Mapping[str, Content]) -> Any:
        row = self.post(f"{workspace}imports/", {"name": "upload"})
        for name, content in files.items():
            self.send_file(f"{workspace}imports/{row['id']}/files/", name, content)
        self.post(f"{workspace}imports/{row['id']}/start/")
        return self.until_done(f"{workspace}imports/{row['id']}/")

    def new_workspace(self) -> str:
        """The address of a new workspace."""
        slug = self.post("workspaces/", {"name": f"Workspace {uuid.uuid4().hex[:8]}"})["slug"]
        return f"workspaces/{slug}/"


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealSite]:
    """Started once, for all tests that want real processes."""
    folder = tmp_path_factory.mktemp("site")
    port = _free_port()
    username = f"ada-{uuid.uuid4().hex[:8]}"
    environment = {
        "REPICK_DATA_DIR": str(folder),
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'repick.sqlite3'}",
        "REPICK_STALE_S": "6",
        "REPICK_HEARTBEAT_S": "1",
        "REPICK_RESEND_S": "5",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    _manage(environment, "migrate", "--verbosity", "0")
    _manage(environment, "createsuperuser", "--noinput", "--username", username, "--email", "ada@example.org")
    children = children_for(port, n_training_workers=1, torch_threads=1)
    for child in children:
        child.environment = {**environment, **child.environment}
    tree = ProcessTree(children, data_dir=folder, project_dir=REPOSITORY, report=lambda text: None)
    tree.start()
    try:
        wait_until_ready(port, tree)
        yield RealSite(tree, port, username)
    finally:
        tree.end()


def _manage(environment: Mapping[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=REPOSITORY, env={**os.environ, **environment}, check=True, timeout=300)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
