"""The queue beside the waveforms: what it holds, what is shown of it, and what happens while the next pick is on its way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from labeling.models import Decision, Flag
from labeling.services.queue_page import PAGE
from tests import factories
from tests.browser.review_screen import (
    eventually,
    expect_saved,
    expect_station,
    fresh,
    held_back,
    item_of,
    let_go,
    reloaded_without,
)


def test_the_threshold_says_how_many_picks_it_means_before_it_is_saved(page, workspace):
    page.keyboard.press("t")
    expect(page.locator("[data-part=slider_words]")).to_contain_text("4 picks to review")
    page.locator("[data-part=slider]").fill("90")
    expect(page.locator("[data-part=slider_words]")).to_contain_text("1 pick to review")
    expect(page.locator(".queue-row")).to_have_count(1)
    assert "threshold=0.90" in page.url
    assert fresh(workspace).flag_threshold == 0.5
    page.get_by_role("button", name="Save for everybody").click()
    expect(page.locator("#toasts")).to_contain_text("threshold is P ≥ 0.90 now")
    assert fresh(workspace).flag_threshold == 0.9


def test_the_filter_is_in_the_address_and_comes_back_from_it(page):
    page.keyboard.press("t")
    page.get_by_label("Kind").select_option("no_arrival")
    expect(page.locator(".queue-row")).to_have_count(1)
    assert "kind=no_arrival" in page.url
    page.reload()
    expect_station(page, "MCV")


def test_a_filter_that_nothing_fits_can_be_cleared(page):
    page.keyboard.press("t")
    page.locator("[name=station]").fill("NOWHERE")
    page.locator("[name=station]").press("Tab")
    expect(page.get_by_role("heading", name="Nothing left under this filter")).to_be_visible()
    expect(page.locator("[data-part=left]")).to_contain_text("filtered")
    page.get_by_role("link", name="Clear the filter").click()
    expect_station(page, "FUM")
    expect(page.locator("[data-part=left]")).to_contain_text("· 4")


def test_a_key_decides_nothing_while_the_pick_that_was_chosen_is_loading(page, flags):
    held = held_back(page, item_of(flags[3]))
    page.reload()
    expect_station(page, "FUM")
    page.locator(".queue-row", has_text="NEG").click()
    page.keyboard.press("x")
    expect(page.locator("#toasts")).to_contain_text("still loading, so nothing was decided")
    expect(page.locator("[data-part=remove]")).to_be_disabled()
    expect(page.locator("[data-part=ready]")).to_have_text("loading this pick")
    let_go(page, item_of(flags[3]), held)
    expect_station(page, "NEG")
    page.keyboard.press("x")
    eventually(Decision.objects.exists)
    assert [decision.pick for decision in Decision.objects.all()] == [flags[3].pick]


def test_skipping_waits_until_the_next_pick_is_seen(page, flags):
    held = held_back(page, item_of(flags[1]))
    page.reload()
    expect_station(page, "FUM")
    page.keyboard.press("a")
    page.keyboard.press("n")
    let_go(page, item_of(flags[1]), held)
    expect_station(page, "LTC")
    expect_saved(page)
    assert list(Decision.objects.values_list("kind", "pick")) == [("accept", flags[0].pick.pk)]


def tried_again(page: Page, pattern: str) -> None:
    """Once what failed goes through. A window that gets the focus tries by itself, so the button may be gone before a mouse is there."""
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.unroute(pattern)
    page.locator("[data-action=retry]").dispatch_event("click")


def test_a_pick_that_could_not_be_loaded_is_not_decided_on_and_can_be_tried_again(page, flags):
    reloaded_without(page, item_of(flags[1]))
    expect_station(page, "FUM")
    page.keyboard.press("a")
    failed = page.get_by_role("heading", name="This pick of BG.LTC could not be loaded")
    expect(failed).to_be_visible()
    page.keyboard.press("x")
    tried_again(page, item_of(flags[1]))
    expect_station(page, "LTC")
    expect(failed).to_be_hidden()
    assert Decision.objects.filter(pick=flags[1].pick).count() == 0


def test_a_pick_that_could_not_be_loaded_comes_by_itself_once_it_can(page, flags):
    reloaded_without(page, item_of(flags[1]))
    expect_station(page, "FUM")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="This pick of BG.LTC could not be loaded")).to_be_visible()
    page.unroute(item_of(flags[1]))
    expect_station(page, "LTC")
    expect(page.locator("[data-part=empty]")).to_be_hidden()


def test_going_on_from_a_pick_that_could_not_be_loaded_decides_nothing(page, flags):
    reloaded_without(page, item_of(flags[1]))
    expect_station(page, "FUM")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="could not be loaded")).to_be_visible()
    page.keyboard.press("n")
    expect_station(page, "MCV")
    expect_saved(page)
    assert list(Decision.objects.values_list("kind", "pick")) == [("skip", flags[0].pick.pk)]


@pytest.fixture
def two_pages(workspace) -> list[Flag]:
    """More flags than the page brings along: one more."""
    trace = factories.make_trace(factories.make_catalog(workspace), samples=factories.onset_samples())
    picks = [factories.make_pick(trace, offset_s=10.62 + number / 50) for number in range(PAGE + 1)]
    return [factories.make_flag(pick, p_mislabelled=0.99 - number / 100) for number, pick in enumerate(picks)]


def at_the_last_of_the_page(page: Page, flags: list[Flag]) -> None:
    expect(page.locator("[data-part=accept]")).to_be_enabled()
    page.locator(f"[data-flag='{flags[PAGE - 1].pk}']").click()
    expect(page.locator(".evidence-p")).to_have_text(f"{flags[PAGE - 1].p_mislabelled:.2f}")


def test_the_end_of_what_could_be_loaded_is_not_the_end_of_the_review(open_page, analyst, workspace, two_pages):
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    page.context.route("**/queue/?after=*", lambda route: route.abort())
    at_the_last_of_the_page(page, two_pages)
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="The rest of the queue could not be loaded")).to_be_visible()
    expect(page.get_by_text("Nothing left to review")).to_be_hidden()
    page.context.unroute("**/queue/?after=*")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".evidence-p")).to_have_text(f"{two_pages[PAGE].p_mislabelled:.2f}")


def test_a_page_of_the_queue_that_comes_late_is_shown_from_its_first_row(open_page, analyst, workspace, two_pages):
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    held = held_back(page, "**/queue/?after=*")
    at_the_last_of_the_page(page, two_pages)
    page.keyboard.press("r")
    page.keyboard.press("n")
    expect(page.locator("[data-part=empty]")).to_be_hidden()
    let_go(page, "**/queue/?after=*", held)
    expect(page.locator(".evidence-p")).to_have_text(f"{two_pages[PAGE].p_mislabelled:.2f}")
    eventually(Decision.objects.exists)
    assert list(Decision.objects.values_list("kind", flat=True)) == ["reject"]


def test_of_two_filters_the_one_that_was_chosen_last_counts(page):
    held = held_back(page, "**/queue/?kind=no_arrival")
    page.keyboard.press("t")
    page.get_by_label("Kind").select_option("no_arrival")
    page.get_by_label("Kind").select_option("")
    expect(page.locator(".queue-row")).to_have_count(4)
    let_go(page, "**/queue/?kind=no_arrival", held)
    page.wait_for_timeout(300)
    expect(page.locator(".queue-row")).to_have_count(4)


def test_what_was_just_decided_does_not_wait_again_under_another_filter(page, flags):
    page.route("**/decisions/", lambda route: route.abort())
    page.keyboard.press("x")
    expect_station(page, "LTC")
    page.keyboard.press("t")
    page.get_by_label("Kind").select_option("timing")
    expect(page.locator(".queue-row")).to_have_count(3)
    expect(page.locator(".queue-row[data-taken=remove]")).to_contain_text("BG.FUM")
    expect_station(page, "LTC")


def test_a_filter_whose_queue_could_not_be_loaded_shows_no_other_queue(page):
    page.route("**/queue/?kind=*", lambda route: route.abort())
    page.keyboard.press("t")
    page.get_by_label("Kind").select_option("no_arrival")
    expect(page.get_by_role("heading", name="The queue could not be loaded")).to_be_visible()
    expect(page.locator(".queue-row")).to_have_count(0)
    tried_again(page, "**/queue/?kind=*")
    expect_station(page, "MCV")
