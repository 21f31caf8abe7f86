"""Stations that are late as a whole, as the review screen offers them at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from labeling.models import Flag, ReviewAssignment, ReviewDraw
from labeling.services.review_queue import QueueFilter
from labeling.services.station_offsets import StationOffset, station_offsets
from tests import factories
from tests.integration.conftest import signed_in
from tests.integration.deciding import take


@pytest.fixture
def late_station(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace), station_code="NOCE")
    picks = [factories.make_pick(trace, offset_s=5.0 + n) for n in range(8)]
    return [factories.make_flag(pick, shift_s=-0.3 + 0.01 * (n % 2), kind="group_offset") for n, pick in enumerate(picks)]


DRAW = {"seed": 1, "threshold": 0.5, "blind_share": 0.0, "double_share": 0.0, "hidden_share": 0.05, "n_flagged": 8, "n_unflagged": 0}


def offsets(workspace, **narrowed):
    return station_offsets(workspace=workspace, narrowed=QueueFilter(**{"threshold": 0.5, **narrowed}))


def test_a_late_station_is_told_once_for_all_its_flags(late_station, workspace):
    assert offsets(workspace) == [StationOffset("BG", "NOCE", 8, pytest.approx(0.295))]


def test_few_flags_are_decided_one_by_one(late_station, workspace, analyst):
    for flag in late_station[:3]:
        take(flag, analyst, "reject")
    assert offsets(workspace) == []


def test_flags_of_other_kinds_without_a_time_or_under_another_filter_do_not_count(late_station, workspace):
    Flag.objects.filter(pk=late_station[0].pk).update(kind="timing")
    Flag.objects.filter(pk=late_station[1].pk).update(proposed_time=None)
    assert [one.n_flags for one in offsets(workspace)] == [6]
    assert offsets(workspace, kind="timing") == offsets(workspace, state="all") == offsets(workspace, station="FUM") == []


def test_what_was_drawn_to_be_judged_by_itself_is_not_among_them(late_station, workspace):
    Flag.objects.filter(pk=late_station[0].pk).update(drawn_place=0.99)
    draw = ReviewDraw.objects.create(flag_set=late_station[1].flag_set, **DRAW)
    ReviewAssignment.objects.create(draw=draw, flag=late_station[1], purpose="hidden", is_flagged=True, inclusion_probability=0.05)
    assert [one.n_flags for one in offsets(workspace)] == [6]


def test_the_stations_with_most_flags_are_told(workspace):
    catalog = factories.make_catalog(workspace)
    for station, n in (("AAA", 6), ("BBB", 9), ("CCC", 7), ("DDD", 8)):
        trace = factories.make_trace(catalog, station_code=station)
        for number in range(n):
            factories.make_flag(factories.make_pick(trace, offset_s=5.0 + number), kind="group_offset", shift_s=0.4)
    assert [(one.station_code, one.late_s) for one in offsets(workspace)] == [("BBB", -0.4), ("DDD", -0.4), ("CCC", -0.4)]


def test_the_screen_asks_for_them_under_its_filter(late_station, workspace, analyst):
    found = signed_in(analyst).get(f"/w/{workspace.slug}/review/station-offsets/", {"phase": "P"}).json()
    assert found == {"stations": [{"station": "BG.NOCE", "n_flags": 8, "late_s": pytest.approx(0.295)}], "come_last": True}
    assert signed_in(analyst).get(f"/w/{workspace.slug}/review/station-offsets/", {"kind": "x"}).json()["code"] == "filter_unknown"


@pytest.fixture
def others(late_station, workspace):
    """Less sure than the late station's."""
    trace = factories.make_trace(factories.make_catalog(workspace, "Other"), station_code="FUM")
    return [factories.make_flag(factories.make_pick(trace, offset_s=5.0 + n), p_mislabelled=0.6) for n in range(3)]


def rows_of(user, workspace, query=""):
    """All pages of a queue, and what each begins with."""
    found, after = [], None
    while after != "":
        address = f"/w/{workspace.slug}/review/queue/?{query}" + ("" if after is None else f"&after={after}")
        page = signed_in(user).get(address).json()
        found += [row["flag"] for row in page["items"]]
        after = page["next_after"]
    return found


def test_the_flags_of_a_late_station_come_after_all_others_and_none_is_missing(late_station, others, workspace, analyst, viewer):
    expected = [flag.pk for flag in (*others, *late_station)]
    assert rows_of(analyst, workspace) == expected
    assert rows_of(viewer, workspace) == [*expected[3:], *expected[:3]]


def test_who_asks_for_the_station_or_the_kind_gets_its_flags_in_their_place(late_station, others, workspace, analyst):
    late = [flag.pk for flag in late_station]
    assert rows_of(analyst, workspace, "station=NOCE") == rows_of(analyst, workspace, "kind=group_offset") == late


def test_what_was_drawn_to_be_judged_by_itself_keeps_its_place(late_station, others, workspace, analyst):
    Flag.objects.filter(pk=late_station[0].pk).update(drawn_place=0.99)
    assert rows_of(analyst, workspace)[0] == late_station[0].pk


def test_a_station_that_is_decided_meanwhile_leaves_its_rest_at_the_end(late_station, others, workspace, analyst):
    for number in range(20):
        factories.make_flag(factories.make_pick(others[0].pick.trace, offset_s=9.0 + number), p_mislabelled=0.55)
    first = signed_in(analyst).get(f"/w/{workspace.slug}/review/queue/").json()
    for flag in late_station[:4]:
        take(flag, analyst, "reject")
    second = signed_in(analyst).get(f"/w/{workspace.slug}/review/queue/?after={first['next_after']}").json()
    assert second["next_after"] == "late"
    last = signed_in(analyst).get(f"/w/{workspace.slug}/review/queue/?after=late").json()
    assert [row["flag"] for row in last["items"]] == [flag.pk for flag in late_station[4:]]


def test_more_late_flags_than_a_page_holds_come_page_by_page(late_station, workspace, analyst):
    trace = late_station[0].pick.trace
    more = [
        factories.make_flag(factories.make_pick(trace, offset_s=20.0 + n / 10), shift_s=-0.3, kind="group_offset", p_mislabelled=0.8)
        for n in range(40)
    ]
    assert rows_of(analyst, workspace) == [flag.pk for flag in (*late_station, *more)]


def test_a_mean_of_both_signs_is_a_mean(workspace, late_station):
    Flag.objects.filter(pk__in=[flag.pk for flag in late_station]).update(proposed_time=late_station[0].label_time + timedelta(seconds=1))
    assert offsets(workspace)[0].late_s == pytest.approx(2.5)  # labels lie one second apart, from 0 to 7 after the first
