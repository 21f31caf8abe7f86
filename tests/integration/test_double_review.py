"""Items that two analysts decide unseen of each other, and who settles what they differ on."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from labeling.models import Decision, Flag
from labeling.services.adjudication import cases_in_conflict, cases_read_once, settle
from labeling.services.pick_story import tell_story
from labeling.services.queue_page import queue_page
from labeling.services.refusals import Conflict, Forbidden
from labeling.services.review import undo
from labeling.services.review_queue import QueueFilter, progress_of
from tests.integration.conftest import signed_in
from tests.integration.deciding import fresh, take


def later(flag, seconds):
    return flag.label_time + timedelta(seconds=seconds)


def shown_to(analyst, workspace):
    return queue_page(workspace=workspace, narrowed=QueueFilter.from_query({}, workspace), analyst=analyst).flags


def test_the_first_reading_is_kept_and_nobody_else_can_tell(twice, workspace, analyst, second_analyst):
    reading = take(twice, analyst, "move", time=later(twice, -0.6))
    assert (reading.is_reading, fresh(twice).state, fresh(twice.pick).revision) == (True, "open", 0)
    assert shown_to(analyst, workspace) == []
    assert shown_to(second_analyst, workspace) == [twice]
    assert [chapter.what for chapter in tell_story(twice.pick, threshold=0.5, viewer=second_analyst)] == ["import", "flag"]
    item = signed_in(second_analyst).get(f"/w/{workspace.slug}/review/items/{twice.pk}/").json()
    assert (item["last_decision"], len(item["history"])) == (0, 1)


def test_what_waits_for_somebody_else_is_not_left_for_its_first_reader(twice, workspace, analyst, second_analyst):
    take(twice, analyst, "reject")
    left = [progress_of(workspace=workspace, analyst=person, threshold=0.5).n_left for person in (analyst, second_analyst)]
    assert left == [0, 1]


def test_the_api_tells_a_waiting_reading_to_its_reader_only(twice, workspace, analyst, second_analyst, analyst_client, client):
    take(twice, analyst, "reject")
    client.force_login(second_analyst)
    address = f"/api/v1/workspaces/{workspace.slug}/decisions/"
    assert len(analyst_client.get(address).json()["results"]) == 1
    assert client.get(address).json()["results"] == []
    assert client.get(f"/api/v1/workspaces/{workspace.slug}/picks/{twice.pick.pk}/history/").json()["decisions"] == []


def test_a_second_reading_that_agrees_becomes_the_label(twice, analyst, second_analyst):
    take(twice, analyst, "move", time=later(twice, -0.60))
    second = take(twice, second_analyst, "move", time=later(twice, -0.55), seen_revision=0, shown={"last_decision": 0})
    assert (second.is_reading, second.is_conflicting) == (False, False)
    assert fresh(twice.pick).time == later(twice, -0.55)
    assert (fresh(twice).state, fresh(twice.pick).in_conflict) == ("decided", False)


def test_a_second_reading_that_differs_is_kept_and_an_admin_settles_it(twice, workspace, analyst, second_analyst, workspace_admin):
    first = take(twice, analyst, "move", time=later(twice, -0.60))
    take(twice, second_analyst, "remove", seen_revision=0, shown={"last_decision": 0})
    pick = fresh(twice.pick)
    assert (pick.in_conflict, pick.revision, fresh(twice).state) == (True, 0, "decided")
    page = cases_in_conflict(workspace=workspace)
    assert [[one.decision.analyst for one in case.choices] for case in page.cases] == [[analyst, second_analyst]]
    settled = settle(decision=first, admin=workspace_admin, client_id=uuid.uuid4())
    assert (fresh(twice.pick).in_conflict, fresh(twice.pick).time) == (False, later(twice, -0.60))
    undo(decision=settled, analyst=workspace_admin, client_id=uuid.uuid4())
    assert (fresh(twice.pick).in_conflict, fresh(twice.pick).time) == (True, twice.label_time)


def test_an_analyst_settles_nothing(twice, analyst, second_analyst):
    first = take(twice, analyst, "reject")
    take(twice, second_analyst, "remove")
    with pytest.raises(Forbidden, match="Only admins"):
        settle(decision=first, admin=second_analyst, client_id=uuid.uuid4())


def test_a_reading_that_was_taken_back_is_not_settled_on(twice, analyst, second_analyst, workspace_admin):
    first = take(twice, analyst, "reject")
    take(twice, second_analyst, "remove")
    undo(decision=first, analyst=analyst, client_id=uuid.uuid4())
    assert (fresh(twice.pick).in_conflict, fresh(twice).state) == (False, "open")
    with pytest.raises(Conflict, match="taken back meanwhile"):
        settle(decision=first, admin=workspace_admin, client_id=uuid.uuid4())


def test_taking_back_the_second_reading_leaves_the_first_waiting(twice, workspace, analyst, second_analyst, workspace_admin):
    take(twice, analyst, "remove")
    second = take(twice, second_analyst, "remove")
    assert fresh(twice.pick).is_removed
    undo(decision=second, analyst=second_analyst, client_id=uuid.uuid4())
    assert not fresh(twice.pick).is_removed
    assert [case.pick for case in cases_read_once(workspace=workspace, admin=workspace_admin).cases] == [twice.pick]


def test_an_admin_lets_a_lone_reading_count(twice, workspace, analyst, workspace_admin):
    reading = take(twice, analyst, "remove")
    settle(decision=reading, admin=workspace_admin, client_id=uuid.uuid4())
    assert fresh(twice.pick).is_removed
    assert cases_read_once(workspace=workspace, admin=workspace_admin).cases == []
    assert Decision.objects.count() == 2


def test_an_admin_who_may_be_the_second_reader_is_not_told_the_first_reading(twice, workspace, analyst, workspace_admin):
    reading = take(twice, analyst, "move", time=later(twice, -0.60))
    address, admin = f"/w/{workspace.slug}/review/adjudication/", signed_in(workspace_admin)
    answer = admin.get(address)
    page = answer.content.decode()
    assert "Let it count alone" in page and str(twice.pick) in page
    assert "Not told to you" in page
    assert not any(told in page for told in ("−0.60 s", ">ana<", ": ana,", "<td>move"))
    assert answer.context["samples"] == {}
    admin.post(f"{address}{reading.pk}/settle/")  # so that it waits for nobody
    assert fresh(twice.pick).time == later(twice, -0.60)


def test_an_admin_who_was_the_first_reader_sees_their_own_reading(twice, workspace, workspace_admin):
    take(twice, workspace_admin, "move", time=later(twice, -0.60))
    page = signed_in(workspace_admin).get(f"/w/{workspace.slug}/review/adjudication/").content.decode()
    assert "−0.60 s" in page and "Not told to you" not in page


def test_an_arrival_added_where_one_is_missed_leaves_its_pick_to_be_read_by_two(twice, workspace, analyst, second_analyst):
    Flag.objects.filter(pk=twice.pk).update(kind="missed_arrival")
    take(twice, analyst, "add", time=later(twice, 1.5), phase="S")
    assert fresh(twice).state == "open"
    assert progress_of(workspace=workspace, analyst=analyst, threshold=0.5).decided_today == 0
    assert take(twice, analyst, "reject").is_reading
    assert fresh(twice).state == "open"
    take(twice, second_analyst, "reject")
    assert fresh(twice).state == "decided"
    assert progress_of(workspace=workspace, analyst=analyst, threshold=0.5).decided_today == 1


def test_changing_ones_own_mind_makes_no_second_reading(twice, analyst):
    take(twice, analyst, "remove")
    again = take(twice, analyst, "reject")
    assert again.is_reading
    assert not fresh(twice.pick).in_conflict


def test_a_conflict_of_two_ordinary_decisions_is_settled_on_the_same_page(flag, workspace, analyst, second_analyst, workspace_admin):
    first = take(flag, analyst, "accept", seen_revision=0)
    with pytest.raises(Conflict):
        take(flag, second_analyst, "remove", seen_revision=0)
    case = cases_in_conflict(workspace=workspace).cases[0]
    assert [one.decision.kind for one in case.choices] == ["accept", "remove"]
    settle(decision=case.choices[1].decision, admin=workspace_admin, client_id=uuid.uuid4())
    assert fresh(flag.pick).is_removed
    assert first.pk == case.choices[0].decision.pk


def test_the_page_offers_each_decision_and_settles_by_it(twice, workspace, analyst, second_analyst, workspace_admin_client):
    take(twice, analyst, "move", time=later(twice, -0.60))
    second = take(twice, second_analyst, "remove")
    address = f"/w/{workspace.slug}/review/adjudication/"
    page = workspace_admin_client.get(address).content.decode()
    assert "−0.60 s" in page
    assert 'Let this count<span class="visually-hidden">: ben' in page
    workspace_admin_client.post(f"{address}{second.pk}/settle/")
    assert fresh(twice.pick).is_removed
    settled = Decision.objects.latest("id")
    assert "You settled" in workspace_admin_client.get(address).content.decode()
    workspace_admin_client.post(f"{address}{settled.pk}/undo/")
    assert fresh(twice.pick).in_conflict
