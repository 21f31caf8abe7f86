"""What the process tree starts, and what becomes of it when the tree's own process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from webapp.process_tree import CannotStart, ProcessTree, children_for

REPOSITORY = Path(__file__).parents[2]
TREE = """
import sys, time
from pathlib import Path
from webapp.process_tree import Child, ProcessTree
import signal
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
child = Child("worker", [sys.executable, "-c", stubborn], orphan_signal=signal.SIGKILL)
tree = ProcessTree([child], data_dir=Path(sys.argv[1]), project_dir=Path.cwd(), report=print)
tree.start()
while "up" not in (Path(sys.argv[1]) / "logs" / "worker.log").read_text():
    time.sleep(0.05)
print(child.process.pid, flush=True)
time.sleep(60)
"""


def test_a_second_tree_on_one_data_folder_is_refused_before_it_touches_anything(tmp_path: Path) -> None:
    first, second = (ProcessTree([], data_dir=tmp_path, project_dir=tmp_path, report=print) for _ in range(2))
    first.claim()
    with pytest.raises(CannotStart, match="is running on"):
        second.claim()
    first.end()
    second.claim()
    second.end()


def test_training_workers_are_killed_with_the_tree_and_the_others_are_asked_to_end() -> None:
    tree = children_for(8000, n_training_workers=2, torch_threads=1)
    assert {child.name: child.orphan_signal for child in tree} == {
        "web": signal.SIGTERM,
        "worker-data": signal.SIGTERM,
        "scheduler": signal.SIGTERM,
        "worker-training-1": signal.SIGKILL,
        "worker-training-2": signal.SIGKILL,
    }


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_busy_worker_does_not_outlive_a_killed_tree(tmp_path: Path) -> None:
    tree = subprocess.Popen([sys.executable, "-c", TREE, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert tree.stdout is not None
    worker = int(tree.stdout.readline())
    tree.kill()
    tree.wait()
    until = time.monotonic() + 10
    while _runs(worker):
        assert time.monotonic() < until, "the worker still runs"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
