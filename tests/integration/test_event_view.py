"""What the review screen shows of an event: its stations, and where they expect the pick that is judged."""

from __future__ import annotations

import uuid
from datetime import timedelta

import numpy as np
import pytest

from labeling.models import Pick
from labeling.seismo.event_fit import model_times
from tests import factories
from tests.factories import ORIGIN

DEPTH_KM = 2.4
NORTH_DEG = (0.03, 0.07, 0.12, 0.18, 0.25, 0.33)
KM_PER_DEGREE = 111.19493


@pytest.fixture
def catalog(workspace):
    return factories.make_catalog(workspace)


@pytest.fixture
def network(workspace, catalog):
    """Six stations north of an event with P and S where the model has them: (event, picks by station and phase)."""
    event = factories.make_event(catalog, latitude=38.0, longitude=-122.0, depth_km=DEPTH_KM)
    picks = {}
    for number, north_deg in enumerate(NORTH_DEG):
        station = f"S{number}"
        factories.make_station(workspace, station, latitude=38.0 + north_deg, longitude=-122.0)
        trace = factories.make_trace(catalog, event=event, station_code=station, start_time=ORIGIN - timedelta(seconds=1))
        for phase in ("P", "S"):
            time_s = float(model_times(np.array([north_deg * KM_PER_DEGREE]), DEPTH_KM, phase)[0])
            picks[station, phase] = factories.make_pick(trace, offset_s=1 + time_s, phase_hint=phase)
    return event, picks


def event_of(client, flag):
    return client.get(f"/w/{flag.workspace.slug}/review/items/{flag.pk}/event/").json()


def test_all_stations_are_shown_the_nearest_first_with_their_own_among_them(analyst_client, network):
    _, picks = network
    shown = event_of(analyst_client, factories.make_flag(picks["S2", "P"]))
    assert [(station["station"], station["is_here"]) for station in shown["stations"]] == [(f"BG.S{n}", n == 2) for n in range(6)]
    assert [round(station["distance_km"]) for station in shown["stations"]] == [round(deg * KM_PER_DEGREE) for deg in NORTH_DEG]
    assert [pick["phase"] for pick in shown["stations"][0]["picks"]] == ["P", "S"]


@pytest.mark.parametrize("phase", ["P", "S"])
def test_the_other_stations_expect_a_late_pick_where_it_belongs(analyst_client, network, phase):
    _, picks = network
    pick = picks["S3", phase]
    true_s = (pick.time - ORIGIN).total_seconds()
    pick.time += timedelta(seconds=1.4)
    pick.save()
    expected = event_of(analyst_client, factories.make_flag(pick))["expected"][phase]
    assert expected["by_model"]["time_s"] == pytest.approx(true_s, abs=0.02)
    assert expected["by_wadati"]["time_s"] == pytest.approx(true_s, abs=0.1)


def test_a_pick_that_is_said_to_be_an_s_is_not_its_own_p(analyst_client, network):
    """S5's P is taken away: what is left of the station is a label that reads P and may be its S."""
    _, picks = network
    picks["S5", "P"].is_removed = True
    picks["S5", "P"].save()
    label = picks["S5", "S"]
    label.phase_hint = "P"
    label.save()
    expected = event_of(analyst_client, factories.make_flag(label))["expected"]["S"]
    assert expected["by_wadati"] is None
    assert expected["by_model"]["time_s"] == pytest.approx((label.time - ORIGIN).total_seconds(), abs=0.02)


def test_removed_and_withdrawn_picks_have_no_voice(analyst_client, network):
    _, picks = network
    for station in ("S0", "S1", "S2", "S4", "S5"):
        picks[station, "P"].is_removed = True
        picks[station, "P"].save()
    expected = event_of(analyst_client, factories.make_flag(picks["S3", "P"]))["expected"]["P"]
    assert expected == {"by_model": None, "by_wadati": None}


def test_without_an_origin_only_the_wadati_line_is_left_and_the_page_says_so(analyst_client, network):
    event, picks = network
    event.origin_time = event.latitude = event.longitude = event.depth_km = None
    event.save()
    shown = event_of(analyst_client, factories.make_flag(picks["S3", "S"]))
    assert (shown["counts_from"], shown["moveout"], shown["expected"]["S"]["by_model"]) == ("the first pick", None, None)
    assert shown["wadati"]["n"] == 6
    assert shown["expected"]["S"]["by_wadati"] is not None
    assert shown["notes"] == ["No travel times: origin and depth and station coordinates not known."]


def test_stations_of_a_catalog_without_absolute_times_are_not_compared(analyst_client, catalog):
    event = factories.make_event(catalog, origin_time=None)
    for station in ("S0", "S1"):
        trace = factories.make_trace(catalog, event=event, station_code=station, time_is_relative=True)
        flag = factories.make_flag(factories.make_pick(trace))
    shown = event_of(analyst_client, flag)
    assert (shown["counts_from"], shown["wadati"], len(shown["stations"])) == (None, None, 2)
    assert shown["notes"] == ["This catalog has no absolute times, so its stations can't be compared."]


def test_a_pick_without_an_event_has_none_to_show(analyst_client, catalog):
    flag = factories.make_flag(factories.make_pick(factories.make_trace(catalog)))
    answer = analyst_client.get(f"/w/{flag.workspace.slug}/review/items/{flag.pk}/event/")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_event")


def test_an_event_takes_as_many_queries_with_six_stations_as_with_two(analyst_client, network, catalog, django_assert_num_queries):
    _, picks = network
    small = factories.make_event(catalog)
    two = [factories.make_pick(factories.make_trace(catalog, event=small, station_code=f"S{n}")) for n in range(2)]
    flags = [factories.make_flag(picks["S3", "P"]), factories.make_flag(two[0])]
    event_of(analyst_client, flags[0])
    for flag in flags:
        with django_assert_num_queries(8):
            event_of(analyst_client, flag)


def test_people_of_other_workspaces_see_no_event(client, network):
    _, picks = network
    client.force_login(factories.make_user())
    flag = factories.make_flag(picks["S0", "P"])
    assert client.get(f"/w/{flag.workspace.slug}/review/items/{flag.pk}/event/").status_code == 404


def agreeing_of(client, flag):
    return client.get(f"/w/{flag.workspace.slug}/review/items/{flag.pk}/agreeing/").json()


def moved_away(pick, by_s, **values):
    """A pick set by_s too late, with a flag that proposes to put it back."""
    pick.time += timedelta(seconds=by_s)
    pick.save()
    pick.revisions.update(time=pick.time)
    return factories.make_flag(pick, **{"shift_s": -by_s, **values})


def test_proposals_that_bring_picks_to_where_the_event_expects_them_agree_and_others_do_not(analyst_client, network):
    _, picks = network
    good = moved_away(picks["S3", "P"], 1.4)
    wrong = factories.make_flag(picks["S4", "S"], shift_s=2.0)
    found = agreeing_of(analyst_client, good)
    assert [(one["flag"], one["station"], round(one["now_s"], 1), abs(round(one["then_s"], 1))) for one in found["agreeing"]] == [
        (good.pk, "BG.S3", 1.4, 0.0)
    ]
    assert [one["flag"] for one in found["others"]] == [wrong.pk]
    assert found["tolerance_s"] == {"P": 0.3, "S": 0.5}


def test_a_proposal_within_the_tolerance_that_makes_the_residual_larger_does_not_agree(analyst_client, network):
    _, picks = network
    flag = factories.make_flag(picks["S3", "P"], shift_s=0.25)
    assert [one["flag"] for one in agreeing_of(analyst_client, flag)["others"]] == [flag.pk]


def test_what_is_decided_below_the_threshold_or_of_another_event_is_not_offered(analyst_client, network, catalog):
    _, picks = network
    flag = moved_away(picks["S0", "P"], 1.0, state="decided")
    moved_away(picks["S1", "P"], 1.0, p_mislabelled=0.2)
    elsewhere = factories.make_trace(catalog, event=factories.make_event(catalog))
    factories.make_flag(factories.make_pick(elsewhere))
    found = agreeing_of(analyst_client, flag)
    assert (found["agreeing"], found["others"], found["n_not_judged"]) == ([], [], 0)


def test_what_agrees_is_accepted_as_one_batch_and_taken_back_by_one_undo(analyst_client, network):
    _, picks = network
    flags = [moved_away(picks[station, "P"], 1.2) for station in ("S1", "S4")]
    late = [flag.pick.time for flag in flags]
    chosen = [one["flag"] for one in agreeing_of(analyst_client, flags[0])["agreeing"]]
    assert sorted(chosen) == [flag.pk for flag in flags]
    address = f"/w/{flags[0].workspace.slug}/batches/"
    body = {"client_id": str(uuid.uuid4()), "flags": chosen, "criteria": {"agrees_with_event": "nc1"}}
    assert analyst_client.post(address, body, content_type="application/json").json()["n_decided"] == 2
    assert [Pick.objects.get(pk=flag.pick_id).time for flag in flags] == [flag.proposed_time for flag in flags]
    undo = {"client_id": str(uuid.uuid4()), "undoes": body["client_id"]}
    assert analyst_client.post(address, undo, content_type="application/json").json()["n_decided"] == 2
    assert [Pick.objects.get(pk=flag.pick_id).time for flag in flags] == late
