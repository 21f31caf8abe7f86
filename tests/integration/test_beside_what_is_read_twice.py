"""What one reader adds and writes beside an item that a second one is still to read: nobody else sees it until both have decided."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from labeling.models import Decision, Event, Pick, ReviewDraw
from labeling.services.pick_story import tell_story
from labeling.services.queue_page import queue_page
from labeling.services.review import decide, undo
from labeling.services.review_queue import QueueFilter
from labeling.services.snapshots import freeze_snapshot
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import fresh, take
from training.models import Run
from training.services.comparison import _flag_difference


def added(twice, analyst, offset_s=1.5, **more):
    decision = take(twice, analyst, "add", time=twice.label_time + timedelta(seconds=offset_s), phase="S", **more)
    return Pick.objects.get(revisions__decision=decision, revisions__number=0)


def places_of(person, workspace, flag):
    """Every address that shows picks, by what it says of them."""
    client, web, api = signed_in(person), f"/w/{workspace.slug}", f"/api/v1/workspaces/{workspace.slug}"
    item = client.get(f"{web}/review/items/{flag.pk}/").json()
    return {
        "item": [other["pick"] for other in item["others"]],
        "history": [told["words"] for told in item["history"]],
        "list": [pick.pk for pick, *_ in client.get(f"{web}/picks/").context["rows"]],
        "api": [pick["id"] for pick in client.get(f"{api}/picks/").json()["results"]],
        "decisions": [told["kind"] for told in client.get(f"{api}/decisions/").json()["results"]],
        "overview": [decision.kind for decision in client.get(f"{web}/").context["recent"]],
        "nearby": [event["event"] for event in client.get(f"{web}/review/items/{flag.pk}/nearby/").json()["events"]],
        "events": [event["id"] for event in client.get(f"{api}/events/").json()["results"] if event["is_added"]],
    }


def test_nobody_but_who_added_an_arrival_sees_it_while_a_second_reading_is_to_come(
    twice, workspace, analyst, second_analyst, workspace_admin
):
    before = places_of(second_analyst, workspace, twice)
    pick = added(twice, analyst, event="new")
    take(twice, analyst, "comment", reason="There is an S behind it.")
    for person in (second_analyst, workspace_admin):
        assert places_of(person, workspace, twice) == before
        assert signed_in(person).get(f"/w/{workspace.slug}/picks/{pick.pk}/").status_code == 404
        assert signed_in(person).get(f"/api/v1/workspaces/{workspace.slug}/picks/{pick.pk}/history/").status_code == 404
    own = places_of(analyst, workspace, twice)
    assert own["item"] == [pick.pk] and pick.pk in own["list"] and pick.pk in own["api"]
    assert own["decisions"] == own["overview"] == ["comment", "add"]
    assert own["nearby"] == own["events"] == [pick.event_id]


def test_taken_back_it_is_not_told_either(twice, workspace, analyst, second_analyst):
    before = places_of(second_analyst, workspace, twice)
    added(twice, analyst)
    undo(decision=Decision.objects.get(), analyst=analyst, client_id=uuid.uuid4())
    assert places_of(second_analyst, workspace, twice) == before


@pytest.mark.parametrize("second", ["reject", "remove"])
def test_it_shows_once_both_have_decided_alike_or_not(second, twice, workspace, analyst, second_analyst):
    pick = added(twice, analyst)
    take(twice, analyst, "reject")
    take(twice, second_analyst, second)
    shown = places_of(second_analyst, workspace, twice)
    assert shown["item"] == [pick.pk] and pick.pk in shown["list"] and "add" in shown["decisions"]


def test_what_was_added_before_the_draw_is_seen(twice, workspace, analyst, second_analyst):
    pick = added(twice, analyst)
    ReviewDraw.objects.update(drawn_at=Decision.objects.get().made_at + timedelta(seconds=1))
    assert places_of(second_analyst, workspace, twice)["item"] == [pick.pk]


def test_the_event_view_leaves_it_out_too(twice, workspace, analyst, second_analyst):
    Pick.objects.filter(pk=twice.pick_id).update(
        event=Event.objects.create(workspace=workspace, catalog=twice.pick.catalog, source_ref="1", identity="1")
    )
    twice = fresh(twice)
    added(twice, analyst)
    address = f"/w/{workspace.slug}/review/items/{twice.pk}/event/"
    n_picks = [sum(len(one["picks"]) for one in signed_in(who).get(address).json()["stations"]) for who in (analyst, second_analyst)]
    assert n_picks == [2, 1]


def test_an_arrival_that_both_add_is_taken_for_one_when_both_have_decided(twice, analyst, second_analyst):
    first, second = added(twice, analyst), added(twice, second_analyst, offset_s=1.53)
    take(twice, analyst, "reject")
    completing = take(twice, second_analyst, "reject")
    assert (fresh(first).is_removed, fresh(second).is_removed) == (False, True)
    *_, last = tell_story(fresh(second), threshold=0.5, viewer=analyst)
    assert (last.title, last.details) == (
        "Removed: the other reader had added the same arrival, which shows now that both have decided", ["Revision 1: removed"]
    )  # fmt: skip
    undo(decision=completing, analyst=second_analyst, client_id=uuid.uuid4())
    assert not fresh(second).is_removed


@pytest.mark.parametrize(("offset_s", "who"), [(3.0, "second"), (1.53, "first")])
def test_arrivals_apart_and_two_of_one_analyst_stay(offset_s, who, twice, analyst, second_analyst):
    picks = [added(twice, analyst), added(twice, second_analyst if who == "second" else analyst, offset_s=offset_s)]
    take(twice, analyst, "reject")
    take(twice, second_analyst, "reject")
    assert not any(fresh(pick).is_removed for pick in picks)


def test_a_second_event_is_not_joined_unseen(twice, analyst, second_analyst):
    first = added(twice, analyst, event="second")
    second = added(twice, second_analyst, event="second", offset_s=1.53)
    assert first.event_id != second.event_id
    take(twice, analyst, "reject")
    take(twice, second_analyst, "reject")
    assert [event.is_withdrawn for event in Event.objects.order_by("pk")] == [False, True]


def test_one_learns_of_ones_own_reading_made_in_another_tab(twice, workspace, analyst):
    reading = take(twice, analyst, "remove")
    item = signed_in(analyst).get(f"/w/{workspace.slug}/review/items/{twice.pk}/").json()
    assert item["last_decision"] == reading.pk


@pytest.mark.parametrize("kind", ["describe", "add", "comment", "skip"])
def test_beside_any_other_item_all_is_told(kind, flag, workspace, analyst, second_analyst):
    more = {"describe": {"onset": "emergent"}, "add": {"time": flag.label_time + timedelta(seconds=1.5), "phase": "S"}}
    decision = take(flag, analyst, kind, reason="Unclear.", **more.get(kind, {}))
    undo(decision=decision, analyst=analyst, client_id=uuid.uuid4())
    shown = places_of(second_analyst, workspace, flag)
    assert shown["decisions"] == shown["overview"] == ["undo", kind]
    assert len(shown["history"]) == 3


def test_who_takes_back_theirs_leaves_the_others_same_arrival_standing(twice, analyst, second_analyst):
    first, second = added(twice, analyst), added(twice, second_analyst, offset_s=1.53)
    take(twice, analyst, "reject")
    take(twice, second_analyst, "reject")
    undo(decision=Decision.objects.get(kind="add", analyst=analyst), analyst=analyst, client_id=uuid.uuid4())
    assert (fresh(first).is_removed, fresh(second).is_removed) == (True, False)


def test_an_arrival_that_was_taken_back_stays_so_when_the_reading_after_it_is_undone_too(twice, analyst, second_analyst):
    added(twice, analyst)
    second = added(twice, second_analyst, offset_s=1.53)
    take(twice, analyst, "reject")
    completing = take(twice, second_analyst, "reject")
    for decision in (Decision.objects.get(kind="add", analyst=second_analyst), completing):
        undo(decision=decision, analyst=second_analyst, client_id=uuid.uuid4())
    assert fresh(second).is_removed


def test_what_is_decided_on_an_added_arrival_is_not_told_either(twice, workspace, analyst, second_analyst):
    before = places_of(second_analyst, workspace, twice)
    pick = added(twice, analyst)
    moved = decide(pick=pick, kind="move", time=pick.time + timedelta(seconds=0.2), analyst=analyst, client_id=uuid.uuid4())
    assert places_of(second_analyst, workspace, twice) == before
    undo(decision=moved, analyst=analyst, client_id=uuid.uuid4())
    assert places_of(second_analyst, workspace, twice) == before


def test_what_changed_between_snapshots_leaves_it_out(twice, workspace, analyst, second_analyst):
    older = freeze_snapshot(workspace=workspace, by=analyst)
    pick = added(twice, analyst)
    newer = freeze_snapshot(workspace=workspace, by=analyst)
    api = f"/api/v1/workspaces/{workspace.slug}/snapshots/{newer.pk}/compare/?older={older.pk}"
    page = f"/w/{workspace.slug}/snapshots/compare/?a={older.number}&b={newer.number}"
    for person, expected in ((analyst, [pick.pk]), (second_analyst, [])):
        told = signed_in(person).get(api).json()
        assert ([change["pick"] for change in told["changes"]], told["n_added"]) == (expected, len(expected))
        shown = signed_in(person).get(page).context
        assert ([change.pick.pk for change in shown["changes"]], shown["total"]) == (expected, len(expected))


def test_an_added_event_with_other_arrivals_too_stays_for_the_others(twice, workspace, analyst, second_analyst):
    beside = factories.make_pick(twice.pick.trace, offset_s=11.0)
    seen = decide(
        pick=beside, kind="add", time=beside.time + timedelta(seconds=2), phase="P", event="new", analyst=analyst, client_id=uuid.uuid4()
    ).event
    added(twice, analyst, event=str(seen.pk))
    shown = places_of(second_analyst, workspace, twice)
    assert shown["events"] == shown["nearby"] == [seen.pk]


def test_a_run_that_is_not_under_review_does_not_tell_of_it(twice, workspace, analyst, second_analyst):
    pick = added(twice, analyst)
    later = factories.make_flag(pick, flag_set=factories.make_flag_set(workspace, is_current=False))
    address = f"/api/v1/workspaces/{workspace.slug}/flags/"
    for person, status in ((analyst, 200), (second_analyst, 404)):
        assert signed_in(person).get(f"{address}{later.pk}/").status_code == status
    narrowed = QueueFilter.from_query({"run": str(later.flag_set.run_id)}, workspace)
    assert queue_page(workspace=workspace, narrowed=narrowed, analyst=second_analyst).flags == []


def test_a_verdict_that_had_completed_the_item_and_was_taken_back_is_not_told(twice, workspace, analyst, second_analyst, workspace_admin):
    before = places_of(workspace_admin, workspace, twice)
    for person in (analyst, second_analyst):
        completing = take(twice, person, "move", time=twice.label_time - timedelta(seconds=0.5))
    undo(decision=completing, analyst=second_analyst, client_id=uuid.uuid4())
    assert places_of(workspace_admin, workspace, twice) == before
    history = signed_in(workspace_admin).get(f"/api/v1/workspaces/{workspace.slug}/picks/{twice.pick_id}/history/").json()
    assert ([one["number"] for one in history["revisions"]], history["decisions"]) == ([0], [])


def test_a_comparison_of_runs_does_not_tell_of_it(twice, workspace, analyst):
    pick = added(twice, analyst)
    older, newer = (factories.make_flag_set(workspace, is_current=False) for _ in range(2))
    factories.make_flag(pick, flag_set=newer, p_mislabelled=0.95)
    factories.make_flag(twice.pick, flag_set=newer, p_mislabelled=0.95)
    runs = [Run(pk=flag_set.run_id, workspace=workspace) for flag_set in (newer, older)]
    difference = _flag_difference(*runs, threshold=0.5)
    assert (difference.n_both, [flag.pick for flag in difference.only_a]) == (0, [twice.pick])
