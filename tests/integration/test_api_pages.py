"""Cursor pages and filters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.integration.api import ROOT, client_of

pytestmark = pytest.mark.django_db


def walk(client, address: str, between=lambda: None) -> list[dict]:
    """All rows, page by page; `between` happens after each page."""
    rows: list[dict] = []
    while address:
        page = client.get(address).json()
        rows += page["results"]
        address = page["next"]
        between()
    return rows


@pytest.fixture
def catalog(workspace):
    return factories.make_catalog(workspace)


def test_pages_hold_every_row_once_in_order(workspace, viewer, catalog):
    # Seven picks at the same microsecond would be lost by a cursor on the time alone.
    made = [factories.make_pick(catalog=catalog, offset_s=offset_s).pk for offset_s in (3, 1, 1, 1, 1, 1, 1, 1, 2)]
    rows = walk(client_of(viewer), f"{ROOT}/workspaces/{workspace.slug}/picks/?page_size=2")
    assert [row["id"] for row in rows] == [*made[1:8], made[8], made[0]]


def test_workspaces_cost_the_same_queries_however_many_one_is_in(workspace, viewer, django_assert_max_num_queries):
    for number, role in enumerate(["admin", "analyst", "viewer"] * 4):
        factories.make_workspace(f"Workspace {number}").memberships.create(user=viewer, role=role)
    with django_assert_max_num_queries(8):
        rows = client_of(viewer).get(f"{ROOT}/workspaces/").json()["results"]
    assert [row["role"] for row in rows] == ["viewer", *["admin", "analyst", "viewer"] * 4]


def test_rows_that_come_meanwhile_shift_nothing(workspace, viewer, catalog):
    made = [factories.make_pick(catalog=catalog, offset_s=offset_s).pk for offset_s in range(6)]
    rows = walk(
        client_of(viewer),
        f"{ROOT}/workspaces/{workspace.slug}/picks/?page_size=2",
        between=lambda: factories.make_pick(catalog=catalog, offset_s=-100),
    )
    assert [row["id"] for row in rows] == made


def test_flags_come_worst_first_and_equal_ones_by_id(workspace, viewer, catalog):
    trace = factories.make_trace(catalog)
    made = [factories.make_flag(factories.make_pick(trace), p_mislabelled=p).pk for p in (0.5, 0.9, 0.5, 1.0, 0.5)]
    rows = walk(client_of(viewer), f"{ROOT}/workspaces/{workspace.slug}/flags/?page_size=1")
    assert [row["id"] for row in rows] == [made[3], made[1], made[0], made[2], made[4]]


@pytest.mark.parametrize("size", ["0", "1001", "-1", "many"])
def test_a_page_is_bounded(size, workspace, viewer):
    answer = client_of(viewer).get(f"{ROOT}/workspaces/{workspace.slug}/picks/?page_size={size}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_page_size")


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WzFd", "WyIyMDEyIiwgbnVsbF0", "W1sxXSwgMV0"])
def test_a_made_up_cursor_is_refused(cursor, workspace, viewer):
    answer = client_of(viewer).get(f"{ROOT}/workspaces/{workspace.slug}/picks/?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_a_filter_that_does_not_exist_is_refused(workspace, viewer):
    answer = client_of(viewer).get(f"{ROOT}/workspaces/{workspace.slug}/picks/?stations=FUM")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_filter")
    assert "station" in answer.json()["message"]


def test_picks_by_their_filters(workspace, viewer, catalog):
    event = factories.make_event(catalog)
    trace = factories.make_trace(catalog, event=event)
    p = factories.make_pick(trace, phase_hint="Pg")
    s = factories.make_pick(trace, phase_hint="S", offset_s=14, is_removed=True)
    lone = factories.make_pick(catalog=catalog, station_code="MINS", network_code="NC", offset_s=60, in_conflict=True)
    hidden = factories.make_pick(catalog=catalog, is_withdrawn=True)
    between = f"time_from={(p.time + timedelta(seconds=1)).isoformat().replace('+00:00', 'Z')}&time_before=2012-09-23T16:23:00Z"
    expected = {
        "": {p, s, lone},
        "station=MINS": {lone},
        "network=BG": {p, s},
        "phase=P": {p, lone},
        "state=unscored": {lone},
        f"event={event.pk}": {p, s},
        f"catalog={catalog.pk}": {p, s, lone},
        "in_conflict=true": {lone},
        "is_removed=true": {s},
        f"source_ref={p.source_ref}": {p},
        between: {s},
    }
    for query, picks in expected.items():
        rows = client_of(viewer).get(f"{ROOT}/workspaces/{workspace.slug}/picks/?{query}").json()["results"]
        assert {row["id"] for row in rows} == {pick.pk for pick in picks}, query
    assert client_of(viewer).get(f"{ROOT}/workspaces/{workspace.slug}/picks/{hidden.pk}/").status_code == 404


def test_flags_by_their_filters(workspace, viewer, catalog):
    trace = factories.make_trace(catalog)
    old = factories.make_flag_set(workspace, is_current=False)
    pick, other = factories.make_pick(trace), factories.make_pick(trace, phase_hint="S", offset_s=14)
    before = factories.make_flag(pick, flag_set=old, p_mislabelled=0.2)
    now = factories.make_flag(pick, flag_set=factories.make_flag_set(workspace), p_mislabelled=0.8)
    low = factories.make_flag(other, p_mislabelled=0.1, kind="phase")
    expected = {
        "": [now, low],
        f"run={old.run_id}": [before],
        "min_p=0.5": [now],
        "kind=phase": [low],
        "phase=S": [low],
        "station=FUM": [now, low],
        "state=decided": [],
    }
    for query, flags in expected.items():
        rows = client_of(viewer).get(f"{ROOT}/workspaces/{workspace.slug}/flags/?{query}").json()["results"]
        assert [row["id"] for row in rows] == [flag.pk for flag in flags], query


def test_times_have_microseconds_and_say_that_they_are_utc(workspace, viewer, catalog):
    factories.make_pick(catalog=catalog, offset_s=0)
    [row] = client_of(viewer).get(f"{ROOT}/workspaces/{workspace.slug}/picks/").json()["results"]
    assert row["time"] == "2012-09-23T16:22:20.000000Z"
    assert (row["location_code"], row["channel_code"]) == ("", None)
