"""The review screen as an analyst uses it: by keyboard, in a real browser."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from labeling.models import Decision, Flag, Pick
from labeling.services.review import decide
from tests import factories
from tests.browser.review_screen import (
    STATIONS,
    eventually,
    expect_saved,
    expect_station,
    fresh,
    has_waveform,
    reloaded_without,
)


def test_accepting_by_key_stores_the_decision_and_shows_the_next_pick(page, flags):
    page.keyboard.press("a")
    expect_station(page, "LTC")
    expect_saved(page)
    assert fresh(flags[0].pick).time == flags[0].proposed_time
    assert fresh(flags[0]).state == "decided"
    expect(page.locator("[data-part=today]")).to_have_text("1 decided today")


def test_each_key_takes_its_decision(page, flags):
    page.keyboard.press("r")
    expect_station(page, "LTC")
    page.keyboard.press("s")
    expect_station(page, "MCV")
    page.keyboard.press("x")
    expect_station(page, "NEG")
    page.keyboard.press("n")
    expect(page.locator("[data-part=empty]")).to_be_visible()
    eventually(lambda: Decision.objects.count() == 4)
    assert list(Decision.objects.values_list("kind", "pick")) == [
        ("reject", flags[0].pick.pk),
        ("change_phase", flags[1].pick.pk),
        ("remove", flags[2].pick.pk),
        ("skip", flags[3].pick.pk),
    ]
    assert fresh(flags[1].pick).phase_hint == "S"


def test_moving_to_the_cursor_goes_by_samples(page, flags):
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("m")
    expect_station(page, "LTC")
    eventually(Decision.objects.exists)
    assert (fresh(flags[0].pick).time - flags[0].label_time).total_seconds() == pytest.approx(-0.09)


def test_a_click_sets_the_cursor_where_the_arrival_is(page, flags):
    box = page.locator("[data-part=overlay]").bounding_box()
    # The view is ten seconds wide, with label and proposal about 4 s from its left edge.
    page.mouse.click(box["x"] + 70 + 0.8 * (box["width"] - 70), box["y"] + 100)
    page.get_by_role("button", name="Move here").click()
    expect_station(page, "LTC")
    eventually(Decision.objects.exists)
    assert (fresh(flags[0].pick).time - flags[0].label_time).total_seconds() == pytest.approx(3.69, abs=0.05)


def test_moving_without_a_cursor_says_what_to_do(page):
    page.keyboard.press("m")
    expect(page.locator("#toasts")).to_contain_text("click on the waveform")
    assert not Decision.objects.exists()


def test_undo_goes_back_and_restores_the_label(page, flags):
    page.keyboard.press("a")
    expect_station(page, "LTC")
    page.keyboard.press("r")
    expect_station(page, "MCV")
    page.keyboard.press("u")
    expect_station(page, "LTC")
    page.keyboard.press("u")
    expect_station(page, "FUM")
    eventually(lambda: Decision.objects.filter(kind="undo").count() == 2)
    assert fresh(flags[0].pick).time == flags[0].label_time
    assert set(Flag.objects.values_list("state", flat=True)) == {"open"}


def test_an_arrival_is_added_at_the_cursor_and_the_flag_stays(page, flags):
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+S")
    eventually(lambda: Pick.objects.filter(is_added=True).exists())
    assert Pick.objects.get(is_added=True).phase_hint == "S"
    expect_station(page, "FUM")


def test_a_decision_without_a_server_is_kept_and_sent_once_it_is_back(page, flags):
    expect(page.locator("[data-part=ready]")).to_have_text("next waveform ready")
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect_station(page, "LTC")
    expect(page.locator("[data-part=saved]")).to_contain_text("can't be reached. 1 decision kept here")
    assert not Decision.objects.exists()
    page.context.set_offline(False)
    expect_saved(page)
    assert Decision.objects.count() == 1
    assert fresh(flags[0].pick).time == flags[0].proposed_time


def test_an_answer_that_was_lost_stores_nothing_twice(page, flags):
    lost = []

    def lose_the_first_answer(route):
        route.fetch()
        if not lost:
            lost.append(route)
            route.abort()
        else:
            route.fallback()

    page.route("**/decisions/", lose_the_first_answer)
    page.keyboard.press("a")
    expect_saved(page)
    assert Decision.objects.count() == 1


def test_a_decision_outlives_a_reload_without_a_server(page, flags):
    page.route("**/decisions/", lambda route: route.abort())
    page.keyboard.press("x")
    expect(page.locator("[data-part=saved]")).to_contain_text("kept here")
    page.reload()
    expect(page.locator("[data-part=saved]")).to_contain_text("kept here")
    assert not Decision.objects.exists()
    page.unroute("**/decisions/")
    expect_saved(page)
    assert fresh(flags[0].pick).is_removed


def test_a_decision_that_the_server_fails_on_holds_up_no_other(page, flags):
    def fail_on_the_first(route):
        if route.request.post_data_json["pick"] == flags[0].pick.pk:
            route.fulfill(status=500, body="")
        else:
            route.fallback()

    page.route("**/decisions/", fail_on_the_first)
    page.keyboard.press("a")
    expect_station(page, "LTC")
    page.keyboard.press("r")
    expect(page.locator("[data-part=saved]")).to_contain_text("The server fails on 1 decision, kept here")
    eventually(lambda: list(Decision.objects.values_list("kind", "pick")) == [("reject", flags[1].pick.pk)])
    page.unroute("**/decisions/")
    expect_saved(page)
    assert fresh(flags[0].pick).time == flags[0].proposed_time


def test_a_conflict_is_said_and_both_decisions_are_kept(page, flags, workspace):
    somebody = factories.make_analyst(workspace, "ben")
    decide(pick=flags[0].pick, flag=flags[0], kind="remove", analyst=somebody, client_id=uuid4())
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("Somebody else decided on BG.FUM")
    assert Decision.objects.count() == 2
    assert fresh(flags[0].pick).in_conflict


def test_the_waveform_is_drawn_and_dead_components_are_named(page):
    page.keyboard.press("r")
    expect_station(page, "LTC")
    page.wait_for_timeout(300)
    assert has_waveform(page)


def test_a_waveform_that_failed_once_is_drawn_when_it_comes(page):
    reloaded_without(page, "**/waveform?*")
    expect_station(page, "FUM")
    page.wait_for_timeout(300)
    assert not has_waveform(page)
    page.unroute("**/waveform?*")
    page.keyboard.press("Shift+ArrowDown")
    eventually(lambda: has_waveform(page))


def test_a_waveform_that_failed_is_fetched_again_by_itself(page):
    reloaded_without(page, "**/waveform?*")
    expect_station(page, "FUM")
    eventually(lambda: not has_waveform(page))
    page.unroute("**/waveform?*")
    eventually(lambda: has_waveform(page), within_s=20)


def test_waveforms_that_failed_are_fetched_once_the_network_is_back(page):
    reloaded_without(page, "**/waveform?*")
    expect_station(page, "FUM")
    page.wait_for_timeout(300)
    assert not has_waveform(page)
    page.unroute("**/waveform?*")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    eventually(lambda: has_waveform(page))


def test_evidence_is_told_in_words(page):
    panel = page.locator("[data-part=evidence]")
    expect(panel).to_contain_text("0.98")
    expect(panel).to_contain_text("Arrival seen 0.62 s earlier than the label.")
    expect(panel).to_contain_text("SNR after / before label")
    expect(panel).to_contain_text("−0.05 … +0.05 s")


def test_the_buttons_stay_in_one_place_from_pick_to_pick(page):
    places = []
    for station in STATIONS[:3]:  # the third has no proposal, so less to tell
        expect_station(page, station)
        expect(page.locator("[data-part=reject]")).to_be_enabled()
        places.append(page.locator("[data-part=reject]").bounding_box())
        page.keyboard.press("r")
    assert places[0] == places[1] == places[2]


def test_what_was_undone_is_not_told_as_a_change(page):
    page.keyboard.press("a")
    expect_station(page, "LTC")
    page.keyboard.press("u")
    expect_station(page, "FUM")
    expect_saved(page)
    expect(page.locator(".evidence-facts dt", has_text="catalog pick")).to_be_visible()
    expect(page.locator(".evidence-facts dt").get_by_text("now", exact=True)).to_have_count(0)


def test_all_keys_are_shown_by_one(page):
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("accept the proposal")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert not Decision.objects.exists()


def test_every_decision_can_be_reached_by_tab(page):
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.dataset.action ?? ''"))
    assert {"accept", "reject", "move", "remove", "next"} <= seen


def test_a_viewer_looks_and_does_not_decide(open_page, workspace, flags):
    page = open_page(factories.make_viewer(workspace, "vic"), f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    expect(page.get_by_role("button", name="Accept")).to_be_disabled()
    page.keyboard.press("a")
    expect_station(page, "FUM")
    assert not Decision.objects.exists()


def test_without_a_run_the_page_says_what_to_do_next(open_page, workspace, analyst):
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect(page.get_by_role("link", name="Import a catalog")).to_be_visible()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nothing_is_cut_off_at_the_usual_sizes(open_page, workspace, analyst, flags, scheme):
    for width, height in ((1440, 900), (1920, 1080)):
        page = open_page(analyst, f"/w/{workspace.slug}/review/", viewport={"width": width, "height": height}, color_scheme=scheme)
        expect_station(page, "FUM")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("[data-part=undo]").bounding_box()["y"] + 30 < height
