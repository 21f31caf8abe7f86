"""Looking for a station, an event or a pick by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from labeling.models import KeyBindings
from tests.browser.review_screen import expect_station


@pytest.mark.parametrize("key_set", ["repick", "desktop"])
def test_a_station_is_looked_for_and_left_by_keyboard(open_page, analyst, workspace, flags, key_set):
    KeyBindings.objects.create(user=analyst, key_set=key_set)
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Search the queue")
    expect(field).to_be_focused()
    page.keyboard.type("bg.mcv")
    page.keyboard.press("Enter")
    expect_station(page, "MCV")
    expect(page.locator(".queue-row")).to_have_count(1)
    assert page.url.endswith("?station=BG.MCV")
    expect(field).not_to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(page.locator(".queue-row")).to_have_count(4)


def test_a_pick_comes_onto_the_screen_and_what_is_unknown_is_said(page, flags):
    page.keyboard.press("/")
    page.keyboard.type(str(flags[2].pick_id))
    page.keyboard.press("Enter")
    expect_station(page, "MCV")
    page.keyboard.press("/")
    page.keyboard.type("GAMB")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("No station, event or pick under review is called GAMB.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    expect_station(page, "MCV")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("search: station, event or pick")
