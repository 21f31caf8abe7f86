"""The event below the waveforms: its stations, and what a decision would change, told before it is made."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from labeling.seismo.event_fit import model_times
from tests import factories
from tests.browser.review_screen import eventually, expect_station, fresh, held_back, let_go
from tests.factories import ORIGIN

NORTH_DEG = tuple(0.02 * number + 0.03 for number in range(14))


@pytest.fixture
def late_pick(workspace):
    """Fourteen stations whose P and S fit; the P of the third lies 1.5 s late, and the run proposes to put it back."""
    catalog = factories.make_catalog(workspace)
    event = factories.make_event(catalog, latitude=38.0, longitude=-122.0, depth_km=2.4)
    for number, north_deg in enumerate(NORTH_DEG):
        factories.make_station(workspace, f"S{number:02d}", latitude=38.0 + north_deg, longitude=-122.0)
        trace = factories.make_trace(catalog, event=event, station_code=f"S{number:02d}", start_time=ORIGIN - timedelta(seconds=5))
        p_s, s_s = (float(model_times(np.array([north_deg * 111.19493]), 2.4, wave)[0]) for wave in ("P", "S"))
        pick = factories.make_pick(trace, offset_s=5 + p_s + (1.5 if number == 2 else 0.0))
        factories.make_pick(trace, offset_s=5 + s_s, phase_hint="S")
        if number == 2:
            late = factories.make_flag(pick, shift_s=-1.5)
    return late


@pytest.fixture
def page(open_page, analyst, workspace, late_pick) -> Page:
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "S02")
    return page


def requested_waveforms(page: Page) -> int:
    count: int = page.evaluate("performance.getEntriesByType('resource').filter(({name}) => name.includes('components=1')).length")
    return count


def test_what_the_proposal_would_change_is_told_before_it_is_accepted(page):
    changes = page.locator("[data-part=event_changes]")
    expect(changes.get_by_role("row", name="travel time")).to_contain_text("+1.50 s")
    expect(changes.get_by_role("row", name="travel time").get_by_role("cell").nth(1)).to_have_text("0.00 s")
    expect(changes.get_by_role("row", name="Wadati").get_by_role("cell").nth(0)).to_contain_text("+1.5")
    expect(page.locator("[data-part=event_words]")).to_contain_text("vp/vs 1.7")


def test_the_cursor_is_judged_while_it_moves(page):
    changes = page.locator("[data-part=event_changes]")
    expect(changes.get_by_role("row", name="travel time")).to_contain_text("+1.50 s")
    page.keyboard.press("ArrowLeft")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    expect(changes.get_by_role("columnheader", name="cursor")).to_be_visible()
    expect(changes.get_by_role("row", name="travel time").get_by_role("cell").nth(2)).to_have_text("+0.99 s")


def test_rows_that_a_larger_window_brings_have_their_waveforms(page):
    expect(page.locator("[data-part=event_title]")).to_contain_text("14 stations")
    page.wait_for_timeout(600)
    before = requested_waveforms(page)
    page.set_viewport_size({"width": 1440, "height": 1500})
    eventually(lambda: requested_waveforms(page) > before)


def test_stations_are_drawn_at_their_distances_if_wanted_and_that_is_kept(page):
    expect(page.locator("[data-part=event_title]")).to_contain_text("14 stations")
    page.get_by_role("button", name="by distance").click()
    expect(page.get_by_role("button", name="by distance")).to_have_attribute("aria-pressed", "true")
    eventually(lambda: requested_waveforms(page) >= len(NORTH_DEG))
    page.reload()
    expect(page.get_by_role("button", name="by distance")).to_have_attribute("aria-pressed", "true")


def test_the_stations_are_a_table_for_who_can_not_see_the_section(page):
    page.get_by_text("stations as a table").click()
    row = page.locator("[data-part=event_stations]").get_by_role("row", name="BG.S02 (this)")
    expect(row).to_contain_text("8")


def test_an_event_that_could_not_be_loaded_says_so_and_stops_no_decision(page, late_pick):
    page.route(f"**/items/{late_pick.pk}/event/", lambda route: route.abort())
    page.reload()
    expect(page.locator("[data-part=event_words]")).to_contain_text("could not be loaded")
    expect(page.locator("[data-part=accept]")).to_be_enabled()


def test_an_event_that_could_not_be_loaded_comes_once_the_network_is_back(page, late_pick):
    page.route(f"**/items/{late_pick.pk}/event/", lambda route: route.abort())
    page.reload()
    expect(page.locator("[data-part=event_words]")).to_contain_text("could not be loaded")
    page.unroute(f"**/items/{late_pick.pk}/event/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-part=event_words]")).to_contain_text("vp/vs 1.7")
    expect(page.locator("[data-part=event_title]")).to_contain_text("14 stations")


def accept_all_that_agree(page: Page) -> None:
    page.get_by_role("button", name="accept all that agree").click()
    page.get_by_role("button", name="Accept 1").click()
    expect(page.locator("[data-part=agreeing_words]")).to_contain_text("1 accepted")


def test_all_that_were_accepted_together_are_taken_back_by_the_key_once_their_list_is_closed(page, late_pick):
    page.keyboard.press("r")
    page.keyboard.press("u")
    eventually(lambda: fresh(late_pick).state == "open")
    page.keyboard.press("c")
    page.get_by_role("textbox", name="Comment").fill("looks late")
    page.keyboard.press("Enter")
    accept_all_that_agree(page)
    assert fresh(late_pick.pick).time == late_pick.proposed_time
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("Undone: batch. 1 taken back")
    expect_station(page, "S02")
    assert fresh(late_pick.pick).time == late_pick.label_time
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("Undone: comment on BG.S02 P")


def test_the_list_waits_for_the_decisions_that_are_on_their_way(page, late_pick):
    held = held_back(page, "**/decisions/")
    page.reload()
    expect_station(page, "S02")
    page.keyboard.press("r")
    eventually(lambda: held)
    page.keyboard.press("b")
    expect_station(page, "S02")
    page.get_by_role("button", name="accept all that agree").click()
    expect(page.locator("[data-part=agreeing_words]")).to_contain_text("Judging")
    let_go(page, "**/decisions/", held)
    expect(page.locator("[data-part=agreeing_words]")).to_contain_text("0 of 0 open proposals")


def test_what_the_list_has_taken_back_is_not_taken_back_again_by_the_key(page, late_pick):
    accept_all_that_agree(page)
    page.get_by_role("button", name="Undo them").click()
    expect(page.locator("[data-part=agreeing_words]")).to_contain_text("1 taken back")
    page.keyboard.press("Escape")
    expect_station(page, "S02")
    expect(page.locator(".evidence-history")).to_contain_text("undid")
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("nothing left to undo")


def test_all_that_agree_are_listed_accepted_together_and_taken_back_together(page, late_pick):
    page.get_by_role("button", name="accept all that agree").click()
    expect(page.locator("[data-part=agreeing_words]")).to_contain_text("1 of 1 open proposals")
    expect(page.locator("[data-part=agreeing_rows]").get_by_role("row", name="BG.S02 P")).to_contain_text("+1.50 s")
    assert fresh(late_pick).state == "open"
    page.get_by_role("button", name="Accept 1").click()
    expect(page.locator("[data-part=agreeing_words]")).to_contain_text("1 accepted")
    assert fresh(late_pick.pick).time == late_pick.proposed_time
    page.get_by_role("button", name="Undo them").click()
    expect(page.locator("[data-part=agreeing_words]")).to_contain_text("1 taken back")
    assert fresh(late_pick).state == "open"
