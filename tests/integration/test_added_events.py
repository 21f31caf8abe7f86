"""Which event an arrival that is added in review belongs to."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from labeling.jobs.export_contents import SnapshotContents
from labeling.models import Decision, Event, Pick
from labeling.services.catalogs import restore_catalog, withdraw_catalog
from labeling.services.refusals import Refused
from labeling.services.review import decide, undo
from labeling.services.snapshots import freeze_snapshot
from tests import factories


@pytest.fixture
def flag(workspace):
    catalog = factories.make_catalog(workspace)
    trace = factories.make_trace(catalog, event=factories.make_event(catalog))
    return factories.make_flag(factories.make_pick(trace), kind="missed_arrival", shift_s=1.5, proposed_phase="P")


def add(flag, analyst, kind="add", **more):
    if kind == "add":
        more = {"time": flag.proposed_time, "phase": "P", **more}
    decision = decide(pick=flag.pick, kind=kind, analyst=analyst, client_id=uuid4(), flag=flag, **more)
    return decision, Pick.objects.get(revisions__decision=decision)


def take_back(decision):
    undo(decision=decision, analyst=decision.analyst, client_id=uuid4())


def test_what_is_added_by_hand_belongs_to_this_event(flag, analyst):
    decision, added = add(flag, analyst)
    assert added.event == flag.pick.event == decision.event
    assert not Event.objects.filter(is_added=True).exists()


def test_a_missed_arrival_that_is_accepted_makes_a_second_earthquake(flag, analyst):
    decision, added = add(flag, analyst, kind="accept")
    assert added.event.is_added and added.event.origin_time is None
    assert decision.event == added.event != flag.pick.event


def test_a_second_arrival_of_the_second_earthquake_joins_it(flag, analyst):
    _, first = add(flag, analyst, kind="accept")
    _, second = add(flag, analyst, phase="S", event="second")
    _, alone = add(flag, analyst, event="new")
    assert second.event == first.event
    assert alone.event.is_added and alone.event != first.event


def test_it_may_be_another_event_that_is_known(flag, analyst, workspace):
    other = factories.make_event(flag.pick.catalog)
    _, added = add(flag, analyst, event=str(other.pk))
    assert added.event == other


def test_undo_takes_the_event_back_once_none_of_its_arrivals_stands(flag, analyst):
    first, added = add(flag, analyst, kind="accept")
    second, _ = add(flag, analyst, phase="S", event="second")
    take_back(first)
    assert not Event.objects.get(pk=added.event_id).is_withdrawn
    take_back(second)
    assert Event.objects.get(pk=added.event_id).is_withdrawn


def test_an_event_that_was_taken_back_stays_so_when_its_catalog_is_restored(flag, analyst, workspace_admin):
    first, added = add(flag, analyst, kind="accept")
    take_back(first)
    withdraw_catalog(catalog=flag.pick.catalog, by=workspace_admin)
    restore_catalog(catalog=flag.pick.catalog, by=workspace_admin)
    assert Event.objects.get(pk=added.event_id).is_withdrawn
    assert not Event.objects.get(pk=flag.pick.event_id).is_withdrawn


@pytest.mark.parametrize("choice", ["elsewhere", "-1", "999999", "9" * 30, "١"])
def test_an_event_that_is_none_is_refused_and_nothing_stored(flag, analyst, choice):
    with pytest.raises(Refused) as refused:
        add(flag, analyst, event=choice)
    assert refused.value.code == "event_unknown"
    assert not Decision.objects.exists()


def test_an_event_of_another_workspace_is_none_here(flag, analyst):
    other = factories.make_event(factories.make_catalog(factories.make_workspace("Elsewhere")))
    with pytest.raises(Refused):
        add(flag, analyst, event=str(other.pk))


def test_a_decision_that_adds_nothing_takes_no_event(flag, analyst):
    with pytest.raises(Refused) as refused:
        decide(pick=flag.pick, kind="reject", analyst=analyst, client_id=uuid4(), flag=flag, event="new")
    assert refused.value.code == "event_not_taken"


def test_exports_carry_the_new_event(flag, analyst, workspace):
    _, added = add(flag, analyst, kind="accept")
    contents = SnapshotContents(freeze_snapshot(workspace=workspace, by=analyst))
    of_event = {event.event_id: [pick.pick_id for pick in picks] for event, picks in contents.events_with_picks() if event}
    assert of_event[added.event.source_ref] == [str(added.pk)]
    assert contents.events()[added.event.source_ref].record.origin_time is None
    assert [decision.event for decision in contents.decisions()] == [added.event]


def test_the_screen_offers_events_nearby_and_stores_the_choice(analyst_client, flag, workspace):
    near = factories.make_event(flag.pick.catalog, source_ref="near")
    factories.make_event(flag.pick.catalog, source_ref="far", origin_time=None)
    base = f"/w/{workspace.slug}/review"
    offered = analyst_client.get(f"{base}/items/{flag.pk}/nearby/").json()["events"]
    assert [one["event"] for one in offered] == [near.pk]
    body = {"client_id": str(uuid4()), "kind": "accept", "pick": flag.pick_id, "flag": flag.pk, "event": str(near.pk)}
    answer = analyst_client.post(f"/w/{workspace.slug}/decisions/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 201
    assert Pick.objects.get(is_added=True).event == near
