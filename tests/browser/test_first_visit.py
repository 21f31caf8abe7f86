"""The first visit to the review screen: a short tour, once, by keyboard; and help beside the words that want it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from labeling.models import Decision, Flag, Workspace
from tests.browser.axe import violations
from tests.browser.review_screen import expect_station


@pytest.fixture
def first_visit(open_page: Any, analyst: User, workspace: Workspace, flags: list[Flag]) -> Page:
    page = open_page(analyst, f"/w/{workspace.slug}/review/", is_first_visit=True)
    expect(page.locator("[data-part=tour]")).to_be_visible()
    return page


def test_the_first_pick_is_asked_for_before_the_scripts_are_read_and_once(page: Page) -> None:
    expect(page.locator("[data-part=ready]")).to_have_text("next waveform ready")
    asked = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/w/'))")
    assert "/review/items/" in asked[0]
    assert len(asked) == len(set(asked))


def test_the_tour_is_walked_by_keyboard_and_decides_nothing(first_visit: Page) -> None:
    tour = first_visit.locator("[data-part=tour]")
    for words in ("worst first", "What was recorded", "Why it is doubted", "One key for each", "Saved at once"):
        expect(tour.locator("[data-step]:visible")).to_contain_text(words)
        first_visit.keyboard.press("a")  # what a curious hand would try
        first_visit.keyboard.press("Enter")
    expect(tour).to_be_hidden()
    expect_station(first_visit, "FUM")
    assert not Decision.objects.exists()
    first_visit.keyboard.press("r")
    expect_station(first_visit, "LTC")


def test_the_tour_comes_once_and_again_from_the_keys(first_visit: Page) -> None:
    tour = first_visit.locator("[data-part=tour]")
    first_visit.keyboard.press("Enter")
    first_visit.reload()
    expect(tour).to_be_visible()  # it was not walked to its end
    first_visit.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    first_visit.reload()
    expect_station(first_visit, "FUM")
    expect(tour).to_be_hidden()
    first_visit.keyboard.press("?")
    first_visit.get_by_role("button", name="Show the tour").click()
    expect(tour).to_be_visible()
    assert violations(first_visit, "tour") == []


def test_what_the_figures_mean_is_said_where_they_stand(page: Page) -> None:
    page.locator("summary", has_text="what the figures mean").click()
    expect(page.locator("[data-part=evidence]")).to_contain_text("how probably this pick is wrong")
    page.keyboard.press("t")
    page.locator("summary", has_text="what the threshold does").click()
    expect(page.locator("[data-part=narrow]")).to_contain_text("not asked about")
