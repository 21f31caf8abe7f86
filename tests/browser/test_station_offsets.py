"""A station that is late as a whole is one entry above the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.review_screen import expect_station, fresh


@pytest.fixture
def late_station(workspace):
    catalog = factories.make_catalog(workspace)
    trace = factories.make_trace(catalog, samples=factories.onset_samples(seed=1), station_code="NOCE")
    picks = [factories.make_pick(trace, offset_s=10.0 + n) for n in range(9)]
    late = [factories.make_flag(pick, shift_s=-0.3, kind="group_offset", p_mislabelled=0.9 - 0.01 * n) for n, pick in enumerate(picks)]
    factories.make_flag(factories.make_pick(factories.make_trace(catalog, station_code="FUM")), p_mislabelled=0.6)
    return late


@pytest.fixture
def page(open_page, analyst, workspace, late_station):
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    return page


def test_its_flags_come_after_all_others(page):
    entry = page.locator("[data-part=station_offsets]")
    expect(entry).to_contain_text("They come last in the queue.")
    page.keyboard.press("r")
    expect_station(page, "NOCE")
    expect(page.locator(".queue-row")).to_have_count(10)


def test_all_flags_of_a_late_station_are_decided_from_one_entry_and_taken_back_by_one_key(page, late_station):
    entry = page.locator("[data-part=station_offsets]")
    expect(entry).to_contain_text("9 flags of BG.NOCE say the same: its labels are 0.30 s late.")
    entry.get_by_role("button").click()
    expect(page.locator("[data-part=bulk_scope]")).to_have_value("group")
    expect(page.locator("[data-part=bulk_p]")).to_have_value("0.50")
    page.get_by_role("button", name="Accept 9").click()
    expect_station(page, "FUM")
    expect(entry).to_be_hidden()
    assert {fresh(flag.pick).time - flag.label_time for flag in late_station} == {timedelta(seconds=-0.3)}
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("9 taken back")
    expect(entry).to_contain_text("9 flags of BG.NOCE")


def test_what_is_asked_for_of_many_is_as_before_after_a_station(page):
    page.locator("[data-part=station_offsets]").get_by_role("button").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+A")
    expect(page.locator("[data-part=bulk_p]")).to_have_value("0.95")


def test_a_filter_without_the_station_has_no_entry(page):
    page.keyboard.press("t")
    page.locator("[name=station]").fill("FUM")
    page.locator("[name=station]").press("Enter")
    expect(page.locator("[data-part=station_offsets]")).to_be_hidden()
