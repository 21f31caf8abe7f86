"""Decisions over the API: stored exactly once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from labeling.models import Decision
from tests import factories
from tests.integration.api import ROOT, client_of, has_error_shape

pytestmark = pytest.mark.django_db


@pytest.fixture
def pick(workspace):
    return factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))


@pytest.fixture
def address(workspace):
    return f"{ROOT}/workspaces/{workspace.slug}/decisions/"


def test_a_decision_sent_twice_is_stored_once(address, analyst, pick):
    body = {"client_id": str(uuid4()), "pick": pick.pk, "kind": "move", "time": "2012-09-23T16:22:29.500000Z", "seen_revision": 0}
    first, second = (client_of(analyst).post(address, body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    pick.refresh_from_db()
    assert (pick.revision, pick.time.isoformat()) == (1, "2012-09-23T16:22:29.500000+00:00")


def test_a_proposal_is_accepted(address, analyst, pick):
    flag = factories.make_flag(pick)
    answer = client_of(analyst).post(address, {"client_id": str(uuid4()), "pick": pick.pk, "flag": flag.pk, "kind": "accept"})
    assert answer.status_code == 201
    pick.refresh_from_db()
    assert pick.time == flag.proposed_time


def test_what_somebody_else_decided_unseen_is_a_conflict(address, workspace, analyst, pick):
    client_of(factories.make_analyst(workspace)).post(address, {"client_id": str(uuid4()), "pick": pick.pk, "kind": "remove"})
    answer = client_of(analyst).post(address, {"client_id": str(uuid4()), "pick": pick.pk, "kind": "reject", "seen_revision": 0})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    kept = Decision.objects.get(pk=answer.json()["fields"]["decision"])
    assert (kept.analyst, kept.is_conflicting) == (analyst, True)
    pick.refresh_from_db()
    assert pick.in_conflict


@pytest.mark.parametrize("number", ["NaN", "1e999"])
def test_a_number_that_json_does_not_have_is_refused(address, analyst, pick, number):
    body = f'{{"client_id": "{uuid4()}", "pick": {pick.pk}, "kind": "reject", "shown": {{"p": {number}}}}}'
    answer = client_of(analyst).post(address, body, content_type="application/json")
    assert (answer.status_code, has_error_shape(answer.json())) == (400, True)


def test_undo_is_a_decision_and_is_stored_once(address, analyst, pick):
    client = client_of(analyst)
    removed = client.post(address, {"client_id": str(uuid4()), "pick": pick.pk, "kind": "remove"}).json()
    body = {"client_id": str(uuid4())}
    assert [client.post(f"{address}undo/", body).status_code for _ in range(2)] == [201, 200]
    pick.refresh_from_db()
    assert not pick.is_removed
    again = client.post(f"{address}{removed['id']}/undo/", {"client_id": str(uuid4())})
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")


def test_a_pick_of_another_workspace_cannot_be_decided(address, analyst):
    elsewhere = factories.make_pick(catalog=factories.make_catalog(factories.make_workspace("Elsewhere")))
    answer = client_of(analyst).post(address, {"client_id": str(uuid4()), "pick": elsewhere.pk, "kind": "remove"})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"pick"}


def test_the_history_of_a_pick_tells_who_did_what(address, workspace, analyst, pick):
    client_of(analyst).post(address, {"client_id": str(uuid4()), "pick": pick.pk, "kind": "change_phase", "phase": "S", "reason": "late"})
    history = client_of(analyst).get(f"{ROOT}/workspaces/{workspace.slug}/picks/{pick.pk}/history/").json()
    assert [revision["phase_hint"] for revision in history["revisions"]] == ["P", "S"]
    assert [(decision["analyst"], decision["kind"], decision["reason"]) for decision in history["decisions"]] == [
        ("ana", "change_phase", "late")
    ]
