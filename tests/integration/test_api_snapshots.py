"""Workspaces, members, snapshots, exports and runs over the API."""

from __future__ import annotations

from uuid import uuid4

import pytest

from labeling.files import exports_folder
from labeling.models import Export
from tests import factories
from tests.integration.api import ROOT, client_of
from training.models import EpochMetric, FoldResult, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(workspace):
    return f"{ROOT}/workspaces/{workspace.slug}"


@pytest.fixture
def pick(workspace):
    return factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))


def test_who_makes_a_workspace_is_its_admin():
    client = client_of(factories.make_user("new"))
    made = client.post(f"{ROOT}/workspaces/", {"name": "Southern Alps"})
    assert (made.status_code, made.json()["slug"], made.json()["role"]) == (201, "southern-alps", "admin")
    again = client.post(f"{ROOT}/workspaces/", {"name": "Southern Alps"})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")


def test_the_threshold_is_set_and_says_what_is_flagged(home, analyst, pick):
    factories.make_flag(pick, p_mislabelled=0.6)
    client = client_of(analyst)
    assert client.patch(f"{home}/", {"flag_threshold": 0.7}).json()["flag_threshold"] == 0.7
    assert client.get(f"{home}/flags/").json()["results"][0]["flagged"] is False
    assert client.patch(f"{home}/", {"flag_threshold": 7}).status_code == 400


def test_an_admin_adds_changes_and_removes_a_member(home, workspace_admin):
    client = client_of(workspace_admin)
    added = client.post(f"{home}/members/", {"username": "eve", "role": "viewer", "password": "waves-and-picks"})
    assert (added.status_code, added.json()["username"], added.json()["role"]) == (201, "eve", "viewer")
    member = f"{home}/members/{added.json()['id']}/"
    assert client.patch(member, {"role": "analyst"}).json()["role"] == "analyst"
    assert client.delete(member).status_code == 204
    assert [row["username"] for row in client.get(f"{home}/members/").json()["results"]] == ["ada"]


def test_the_difference_between_two_snapshots_names_the_pick(home, analyst, pick):
    client = client_of(analyst)
    older = client.post(f"{home}/snapshots/", {"note": "as imported"})
    assert older.status_code == 201
    assert client.post(f"{home}/snapshots/").status_code == 200  # nothing has changed
    client.post(
        f"{home}/decisions/",
        {"client_id": str(uuid4()), "pick": pick.pk, "kind": "move", "time": "2012-09-23T16:22:29.5Z", "seen_revision": 0},
    )
    newer = client.post(f"{home}/snapshots/").json()
    difference = client.get(f"{home}/snapshots/{newer['id']}/compare/?older={older.json()['id']}").json()
    assert (difference["n_changed"], difference["n_added"], difference["n_gone"]) == (1, 0, 0)
    [change] = difference["changes"]
    assert (change["pick"], change["what"], change["shift_s"]) == (pick.pk, "moved", -0.5)
    assert client.get(f"{home}/snapshots/{newer['id']}/compare/").json()["fields"] == {"older": ["This field is required."]}


def test_an_export_is_asked_for_followed_and_downloaded(home, viewer, pick):
    snapshot = factories.make_snapshot(pick.workspace, [pick])
    client = client_of(viewer)
    asked = client.post(f"{home}/exports/", {"snapshot": snapshot.pk, "format": "csv"})
    assert (asked.status_code, asked.json()["state"]) == (201, "queued")
    here = f"{home}/exports/{asked.json()['id']}/"
    assert client.get(f"{here}download/").json()["code"] == "not_ready"
    (exports_folder()).mkdir(parents=True)
    (exports_folder() / "1.csv").write_text("pick_id\n")
    Export.objects.filter(pk=asked.json()["id"]).update(state="done", path="1.csv")
    download = client.get(f"{here}download/")
    assert b"".join(download.streaming_content) == b"pick_id\n"
    assert "northern-california-2012-snapshot-1-csv.csv" in download["Content-Disposition"]


def test_a_form_that_is_not_written_is_refused(home, viewer, pick):
    snapshot = factories.make_snapshot(pick.workspace, [pick])
    answer = client_of(viewer).post(f"{home}/exports/", {"snapshot": snapshot.pk, "format": "xls"})
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"format"})


def test_a_run_is_started_followed_and_cancelled(home, workspace_admin, pick):
    client = client_of(workspace_admin)
    started = client.post(f"{home}/runs/", {"settings": {"epochs": 3}, "seed": 7})
    assert started.status_code == 201
    assert (started.json()["number"], started.json()["seed"], started.json()["configuration"]["epochs"]) == (1, 7, 3)
    second = client.post(f"{home}/runs/")
    assert (second.status_code, second.json()["code"]) == (409, "run_under_way")
    here = f"{home}/runs/{started.json()['id']}/"
    assert client.post(f"{here}promote/").json()["code"] == "no_flags"
    assert client.post(f"{here}cancel/").json()["state"] == "cancelled"


def test_a_setting_that_does_not_exist_is_refused(home, workspace_admin, pick):
    answer = client_of(workspace_admin).post(f"{home}/runs/", {"settings": {"epoch": 3}})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_setting")
    assert "epochs" in answer.json()["message"]


def test_the_curves_of_a_run_come_epoch_by_epoch(home, workspace, viewer, pick):
    run = Run.objects.create(workspace=workspace, number=1, snapshot=factories.make_snapshot(workspace), configuration={}, code_version="1")
    for fold in (0, 1):
        row = FoldResult.objects.create(run=run, fold=fold)
        for epoch in (1, 2, 3):
            EpochMetric.objects.create(fold=row, epoch=epoch, losses={"picking": 1 / epoch})
    answer = client_of(viewer).get(f"{home}/runs/{run.pk}/curves/?fold=1&after=1").json()
    assert [(row["fold"], row["epoch"], row["losses"]) for row in answer["results"]] == [
        (1, 2, {"picking": 0.5}),
        (1, 3, {"picking": 1 / 3}),
    ]


def test_the_run_under_review_is_marked(home, workspace, workspace_admin):
    snapshot = factories.make_snapshot(workspace)
    runs = [
        Run.objects.create(workspace=workspace, number=number, snapshot=snapshot, configuration={}, code_version="1", state="done")
        for number in (1, 2)
    ]
    for run in runs:
        factories.make_flag_set(workspace, run_id=run.pk, snapshot=snapshot)
    client = client_of(workspace_admin)
    assert [row["is_under_review"] for row in client.get(f"{home}/runs/").json()["results"]] == [True, False]
    assert client.post(f"{home}/runs/{runs[0].pk}/promote/").json()["is_under_review"] is True
    assert [row["is_under_review"] for row in client.get(f"{home}/runs/").json()["results"]] == [False, True]
