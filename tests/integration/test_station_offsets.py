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
    assert found == {"stations": [{"station": "BG.NOCE", "n_flags": 8, "late_s": pytest.approx(0.295)}]}
    assert signed_in(analyst).get(f"/w/{workspace.slug}/review/station-offsets/", {"kind": "x"}).json()["code"] == "filter_unknown"


def test_a_mean_of_both_signs_is_a_mean(workspace, late_station):
    Flag.objects.filter(pk__in=[flag.pk for flag in late_station]).update(proposed_time=late_station[0].label_time + timedelta(seconds=1))
    assert offsets(workspace)[0].late_s == pytest.approx(2.5)  # labels lie one second apart, from 0 to 7 after the first
