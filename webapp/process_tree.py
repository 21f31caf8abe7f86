"""Web server, workers and scheduler as one process tree: started together, started again if one dies, ended together."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

RESTART_WAIT_S = 2.0
END_WAIT_S = 15.0
READY_WAIT_S = 60.0


class CannotStart(Exception):
    """The tree can't be started; the text says why and what to do."""


@dataclass
class Child:
    """One process of the tree. orphan_signal: what Linux sends it if the tree's own process is killed."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    orphan_signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    died_at: float = 0.0


def children_for(port: int, *, n_training_workers: int, torch_threads: int) -> list[Child]:
    """The processes of an embedded Repick."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "webapp", "--quiet"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    gunicorn = ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--graceful-timeout", "5", "--timeout", "120"]
    tree = [
        Child("web", [python, "-m", "gunicorn", "webapp.wsgi", "--bind", f"127.0.0.1:{port}", *gunicorn]),
        Child("worker-data", [*celery, "worker", "--queues", "data", "--concurrency", "2", "--hostname", "data@%h", *quiet]),
        Child("scheduler", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"]),
    ]
    for number in range(1, n_training_workers + 1):
        arguments = [*celery, "worker", "--queues", "training", "--pool", "solo", "--hostname", f"training{number}@%h", *quiet]
        threads = {"REPICK_TORCH_THREADS": str(torch_threads), "OMP_NUM_THREADS": str(torch_threads)}
        # Asked to end, a worker first finishes its task: a fold, for hours. Killed, its fold goes on from a checkpoint at the next start.
        tree.append(Child(f"worker-training-{number}", arguments, threads, orphan_signal=signal.SIGKILL))
    return tree


class ProcessTree:
    """Runs children until `end`; their output goes to one log file each."""

    def __init__(self, children: list[Child], *, data_dir: Path, project_dir: Path, report: Callable[[str], None]) -> None:
        self._children = children
        self._logs = data_dir / "logs"
        self._data_dir = data_dir
        self._project_dir = project_dir
        self._report = report
        self._lock: IO[str] | None = None
        self.ending = False

    def claim(self) -> None:
        """Takes the data folder for this tree; before anything in it is touched. Raises CannotStart where another tree has it."""
        self._lock = self._lock or take_lock(self._data_dir)

    def start(self) -> None:
        self.claim()
        self._logs.mkdir(parents=True, exist_ok=True)
        for child in self._children:
            self._start(child)

    def watch(self) -> None:
        """Starts again whatever died. To be called every second or so."""
        for child in self._children:
            if self.ending or child.process is None or child.process.poll() is None:
                continue
            now = time.monotonic()
            if child.died_at == 0.0:
                child.died_at = now
                _kill_group(child.process)  # what a killed parent left behind may hold the port
                self._report(f"{child.name} ended with {child.process.returncode}; it is started again. Its log: {self._log(child)}")
            if now - child.died_at >= RESTART_WAIT_S:
                self._start(child)

    def end(self) -> None:
        """Asks every child to stop, waits, and kills what does not."""
        self.ending = True
        running = [child for child in self._children if child.process is not None and child.process.poll() is None]
        for child in running:
            assert child.process is not None
            child.process.send_signal(signal.SIGTERM)  # to the parent only: it ends its own children in order
        until = time.monotonic() + END_WAIT_S
        for child in running:
            assert child.process is not None
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._report(f"{child.name} is in the middle of something and is ended; its work is taken up at the next start.")
            _kill_group(child.process)
        if self._lock is not None:
            self._lock.close()

    def _start(self, child: Child) -> None:
        child.died_at = 0.0
        with self._log(child).open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603  our own command lines
                child.arguments,
                cwd=self._project_dir,
                env={**os.environ, **child.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this process only, which ends the others in order
                preexec_fn=partial(_die_with_parent, child.orphan_signal),
            )

    def _log(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"


def take_lock(data_dir: Path) -> IO[str]:
    """Two trees on one data folder would do every job twice. The lock goes with the process, however that ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = (data_dir / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotStart(
            f"Repick is running on {data_dir} already. Stop it there (Ctrl-C), or set REPICK_DATA_DIR to another folder."
        ) from None
    return lock


def require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotStart(f"Port {port} may not be used by this user. Choose one above 1023: --port 8000.") from None
        except OSError:
            raise CannotStart(
                f"Port {port} is in use. Stop what uses it, or choose another: --port {port + 1}, or make demo PORT={port + 1}."
            ) from None


def wait_until_ready(port: int, tree: ProcessTree) -> None:
    """Until the web server answers. Raises CannotStart if it does not."""
    until = time.monotonic() + READY_WAIT_S
    while time.monotonic() < until:
        tree.watch()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise CannotStart(f"The web server did not answer within {READY_WAIT_S:.0f} s. Its log: {tree._logs / 'web.log'}")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _die_with_parent(orphan_signal: int) -> None:
    """Linux: a child whose parent was killed gets a signal, so that no orphan holds the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, orphan_signal)
