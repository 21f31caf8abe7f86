"""What the queue can be narrowed to: what occurs among the flags above the threshold, and nothing else."""

from __future__ import annotations

import pytest

from labeling.services.catalogs import withdraw_catalog
from labeling.services.queue_choices import choices_of
from tests import factories


@pytest.fixture
def make_flagged(workspace):
    def make(station_code, p_mislabelled, catalog=None, **values):
        trace = factories.make_trace(catalog or factories.make_catalog(workspace), station_code=station_code, network_code="BG")
        return factories.make_flag(factories.make_pick(trace, author=f"of {station_code}"), p_mislabelled=p_mislabelled, **values)

    return make


def test_each_value_is_offered_once_in_order(workspace, make_flagged):
    for station_code in ("ZED", "ABE", "ZED", "MID"):
        make_flagged(station_code, 0.9)
    choices = choices_of(workspace, 0.5)
    assert choices["station"] == ["ABE", "MID", "ZED"]
    assert choices["network"] == ["BG"]
    assert choices["analyst"] == ["of ABE", "of MID", "of ZED"]
    assert choices["month"] == ["2012-09"]


def test_a_station_whose_flags_lie_below_the_threshold_is_not_offered(workspace, make_flagged):
    make_flagged("LOW", 0.3)
    make_flagged("HIGH", 0.5)
    assert choices_of(workspace, 0.5)["station"] == ["HIGH"]
    assert choices_of(workspace, 0.3)["station"] == ["HIGH", "LOW"]


@pytest.mark.parametrize("state", ["open", "decided", "skipped"])
def test_a_station_is_offered_in_whatever_state_its_flags_are(workspace, make_flagged, state):
    make_flagged("FUM", 0.9, state=state)
    assert choices_of(workspace, 0.5)["station"] == ["FUM"]


def test_nothing_is_offered_of_an_older_run_nor_of_another_workspace(workspace, make_flagged):
    make_flagged("OLD", 0.9)
    factories.make_flag_set(workspace)
    assert choices_of(workspace, 0.5)["station"] == []
    assert choices_of(factories.make_workspace("Elsewhere"), 0.5)["station"] == []


def test_what_was_withdrawn_is_not_offered(workspace, workspace_admin, make_flagged):
    gone = factories.make_catalog(workspace)
    make_flagged("GONE", 0.9, gone)
    make_flagged("HERE", 0.9)
    withdraw_catalog(catalog=gone, by=workspace_admin)
    assert choices_of(workspace, 0.5)["station"] == ["HERE"]
