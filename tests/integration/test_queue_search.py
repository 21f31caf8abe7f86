"""What the queue's search field finds."""

from __future__ import annotations

import pytest

from labeling.models import Event, Pick
from labeling.services.queue_search import find_in_queue
from labeling.services.refusals import Refused
from tests import factories
from tests.integration.conftest import signed_in


@pytest.fixture
def flag(workspace):
    catalog = factories.make_catalog(workspace)
    event = factories.make_event(catalog, source_ref="smi:local/event/012")
    trace = factories.make_trace(catalog, event=event, station_code="NOCE")
    return factories.make_flag(factories.make_pick(trace, event=event, source_ref="smi:local/pick/77"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NOCE", {"station": "NOCE"}),
        (" bg.noce ", {"station": "BG.NOCE"}),
        ("smi:local/event/012", {"event": "smi:local/event/012"}),
        ("012", {"event": "smi:local/event/012"}),
    ],
)
def test_a_station_or_an_event_is_what_the_queue_is_narrowed_to(text, found, flag, analyst, workspace):
    answer = signed_in(analyst).get(f"/w/{workspace.slug}/review/search/", {"q": text})
    assert answer.json() == {"filter": {"station": "", "event": ""} | found, "row": None, "also": ""}


def test_a_pick_is_found_by_its_name_and_by_its_number_and_comes_as_a_row(flag, analyst, workspace):
    for text in ("smi:local/pick/77", str(flag.pick_id)):
        row = signed_in(analyst).get(f"/w/{workspace.slug}/review/search/", {"q": text}).json()["row"]
        assert (row["flag"], row["station"], row["p"]) == (flag.pk, "BG.NOCE", pytest.approx(0.9))


def test_a_pick_that_is_shown_blind_is_found_blind(flag, analyst, workspace):
    type(flag).objects.filter(pk=flag.pk).update(drawn_place=0.7)
    row = signed_in(analyst).get(f"/w/{workspace.slug}/review/search/", {"q": str(flag.pick_id)}).json()["row"]
    assert row["p"] is None


@pytest.mark.parametrize(
    ("text", "code"), [("", "nothing_to_find"), ("GAMB", "nothing_found"), ("XX.NOCE", "nothing_found"), ("9" * 30, "nothing_found")]
)
def test_what_is_not_there_is_said(text, code, flag, analyst, workspace):
    answer = signed_in(analyst).get(f"/w/{workspace.slug}/review/search/", {"q": text})
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, code, ["q"])


def test_an_end_that_fits_two_events_is_not_guessed(flag, workspace):
    factories.make_event(flag.pick.catalog, source_ref="smi:other/event/012")
    with pytest.raises(Refused, match="Several events"):
        find_in_queue(workspace=workspace, text="012")


def test_what_was_withdrawn_or_is_in_another_workspace_is_not_found(flag, workspace):
    with pytest.raises(Refused):
        find_in_queue(workspace=factories.make_workspace("Elsewhere"), text=str(flag.pick_id))
    Pick.objects.update(is_withdrawn=True)
    Event.objects.update(is_withdrawn=True)
    with pytest.raises(Refused):
        find_in_queue(workspace=workspace, text="smi:local/pick/77")
    with pytest.raises(Refused):
        find_in_queue(workspace=workspace, text="012")


def test_of_several_picks_with_one_name_the_others_are_named(flag, workspace):
    again = factories.make_pick(factories.make_trace(factories.make_catalog(workspace, "Relocated")))
    Pick.objects.filter(pk=again.pk).update(source_ref="smi:local/pick/77")
    second = factories.make_flag(again, flag_set=flag.flag_set)
    found = find_in_queue(workspace=workspace, text="smi:local/pick/77")
    assert (found.flag, found.also) == (flag, f"2 picks have that name or number. Find the others by number: {again.pk}.")
    assert find_in_queue(workspace=workspace, text=str(again.pk)).flag == second


def test_of_several_events_with_one_name_all_are_in_the_queue_and_that_is_said(flag, workspace):
    again = factories.make_event(factories.make_catalog(workspace, "Relocated"))
    Event.objects.filter(pk=again.pk).update(source_ref="smi:local/event/012")
    found = find_in_queue(workspace=workspace, text="smi:local/event/012")
    assert found.also == "2 events are called smi:local/event/012; the queue holds the picks of all."


def test_a_station_in_two_networks_and_events_and_picks_of_its_name_are_said(flag, workspace):
    trace = factories.make_trace(flag.pick.catalog, station_code="NOCE", network_code="NZ")
    pick = factories.make_pick(trace, source_ref="NOCE")
    factories.make_flag(pick, flag_set=flag.flag_set)
    factories.make_event(flag.pick.catalog, source_ref="NOCE")
    found = find_in_queue(workspace=workspace, text="NOCE")
    assert found.station == "NOCE"
    assert found.also == (
        "NOCE is in the networks BG, NZ; the queue holds all of them. An event is called NOCE, too; set it as the filter's event. "
        f"A pick is called NOCE, too; find it by its number: {pick.pk}."
    )
    assert find_in_queue(workspace=workspace, text="NZ.NOCE").also.startswith("A pick") is False
