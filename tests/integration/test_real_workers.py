"""Web server, workers and scheduler as processes, and what is left when one of them is killed with `kill -9`."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.real_site import RealSite
from tests.integration.small_uploads import small_files, small_network

pytestmark = pytest.mark.real_workers
SETTINGS = {"epochs": 16, "n_folds": 2, "checkpoint_every_epochs": 1}


@pytest.fixture(scope="module")
def workspace(real_site: RealSite) -> str:
    """The address of a workspace with the small network in it, imported by a worker."""
    address = real_site.new_workspace()
    imported = real_site.import_files(address, small_files())
    assert imported["counts"]["picks_with_waveform"] == len(small_network().picks)
    return address


@pytest.fixture(scope="module")
def run(real_site: RealSite, workspace: str) -> dict[str, Any]:
    """A run whose worker was killed in mid-fold. `before`: the curves that it had drawn until then."""
    number = real_site.post(f"{workspace}runs/", {"settings": SETTINGS})["id"]
    curves = f"{workspace}runs/{number}/curves/"
    before = real_site.until("three epochs", lambda: rows if len(rows := real_site.get_all(curves)) >= 3 else None)
    real_site.kill("worker-training-1")
    done = real_site.until_done(f"{workspace}runs/{number}/")
    return {**done, "before": before, "after": real_site.get_all(curves)}


def test_a_run_finishes_although_its_worker_was_killed_in_mid_fold(run):
    assert [fold["state"] for fold in run["folds"]] == ["done", "done"]
    assert sum(fold["n_scored_labels"] for fold in run["folds"]) == run["n_labels"]
    assert run["summary"]["n_scored"] == len(small_network().picks)


def test_the_next_worker_goes_on_from_the_last_checkpoint(run):
    assert len(run["before"]) < SETTINGS["epochs"] * 2
    epochs = {(row["fold"], row["epoch"]): row for row in run["after"]}
    assert sorted(epochs) == [(fold, epoch) for fold in range(2) for epoch in range(1, SETTINGS["epochs"] + 1)]
    for row in run["before"]:
        # An epoch trained again would have taken another time.
        assert epochs[row["fold"], row["epoch"]] == row


def test_a_decision_outlives_the_web_server(real_site: RealSite, workspace: str, run):
    flag = real_site.get_all(f"{workspace}flags/")[0]
    pick = flag["pick"]["id"] if isinstance(flag["pick"], dict) else flag["pick"]
    decision = {"client_id": str(uuid4()), "pick": pick, "kind": "remove"}
    stored = real_site.post(f"{workspace}decisions/", decision)
    killed = real_site.pid("web")
    real_site.kill("web")
    real_site.until("another web server", lambda: real_site.pid("web") != killed)
    found = real_site.until("the decision", lambda: real_site.get(f"{workspace}decisions/{stored['id']}/"))
    assert found == stored
    assert real_site.get(f"{workspace}picks/{pick}/")["is_removed"]
    assert real_site.post(f"{workspace}decisions/", decision)["id"] == stored["id"], "sent again, it is stored once"


def test_a_scheduler_and_a_data_worker_that_were_killed_come_back_and_do_what_was_asked_meanwhile(real_site: RealSite, workspace: str):
    pids = {name: real_site.pid(name) for name in ("scheduler", "worker-data")}
    for name in pids:
        real_site.kill(name)
    snapshot = real_site.post(f"{workspace}snapshots/")["id"]
    export = real_site.post(f"{workspace}exports/", {"snapshot": snapshot, "format": "csv"})
    done = real_site.until_done(f"{workspace}exports/{export['id']}/")
    assert done["size_bytes"] > 0
    assert real_site.download(f"{workspace}exports/{export['id']}/download/").startswith(b"pick_id")
    for name, pid in pids.items():
        assert real_site.pid(name) != pid
