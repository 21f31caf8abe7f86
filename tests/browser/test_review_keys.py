"""One's own keys, chosen without the mouse in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from labeling.models import KeyBindings
from tests.browser.review_screen import eventually, expect_station, fresh


@pytest.fixture
def dialog(page: Page):
    page.keyboard.press("?")
    page.get_by_role("button", name="Keys …").press("Enter")
    found = page.get_by_role("dialog", name="Your keys")
    expect(found).to_be_visible()
    return found


def choose(dialog, words, key):
    dialog.get_by_role("button", name=f": {words}. Change").press("Enter")
    dialog.page.keyboard.press(key)


def test_a_key_that_was_pressed_for_an_action_is_its_key_and_survives_a_reload(page, dialog, analyst, flags):
    choose(dialog, "accept the proposal", "y")
    expect(dialog.get_by_role("status")).to_have_text("Y: accept the proposal.")
    expect(page.locator("[data-part=accept] kbd")).to_have_text("Y")
    eventually(lambda: KeyBindings.objects.filter(user=analyst, keys={"repick": {"accept": "y"}}).exists())
    page.reload()
    expect(page.locator("[data-part=accept] kbd")).to_have_text("Y")
    expect(page.locator("[data-part=accept]")).to_have_attribute("aria-keyshortcuts", "Y")
    expect_station(page, "FUM")
    page.keyboard.press("a")
    page.keyboard.press("y")
    expect_station(page, "LTC")
    eventually(lambda: fresh(flags[0]).state == "decided")


def test_a_key_that_is_taken_is_swapped_and_said(page, dialog):
    choose(dialog, "accept the proposal", "n")
    expect(dialog.get_by_role("status")).to_contain_text("That key was “skip, go to the next”, which has A now.")
    expect(page.locator("[data-part=next] kbd")).to_have_text("A")
    dialog.get_by_role("button", name="Back to the set's own keys").press("Enter")
    expect(page.locator("[data-part=next] kbd")).to_have_text("N")


def test_escape_leaves_a_key_as_it_is_and_the_dialog_open(dialog):
    choose(dialog, "accept the proposal", "Escape")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="A: accept the proposal. Change")).to_be_visible()


def test_in_the_set_of_the_desktop_tools_a_click_and_enter_set_the_pick(page, dialog, flags):
    dialog.get_by_role("combobox").select_option("desktop")
    expect(page.locator("[data-part=move] kbd")).to_have_text("Enter")
    dialog.get_by_role("button", name="Done").press("Enter")
    page.locator("[data-filter=raw]").click()  # whose Enter would press it again
    page.locator("canvas[data-part=overlay]").click(position={"x": 300, "y": 120})
    page.keyboard.press("Enter")
    expect_station(page, "LTC")
    eventually(lambda: fresh(flags[0].pick).time != flags[0].label_time)
    page.keyboard.press("?")
    expect(page.locator("[data-part=keys]")).to_contain_text("Enter")
