"""The review screen as an analyst uses it: by keyboard, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from labeling.models import Decision, Flag, Pick
from labeling.services.review import decide
from labeling.services.review_queue import PAGE
from tests import factories

STATIONS = ("FUM", "LTC", "MCV", "NEG")


@pytest.fixture
def flags(workspace):
    """Four flagged picks of one event, worst first; the third is said to be no arrival at all."""
    catalog = factories.make_catalog(workspace)
    event = factories.make_event(catalog)
    made = []
    for number, station in enumerate(STATIONS):
        samples = factories.onset_samples(seed=number)
        if number == 1:
            samples[2] = 0.0
        trace = factories.make_trace(catalog, samples=samples, event=event, station_code=station)
        pick = factories.make_pick(trace, offset_s=10.62)
        kind = "no_arrival" if number == 2 else "timing"
        made.append(factories.make_flag(pick, p_mislabelled=0.98 - 0.1 * number, kind=kind, shift_s=None if number == 2 else -0.62))
    return made


@pytest.fixture
def page(open_page, analyst, workspace, flags) -> Page:
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    return page


def expect_station(page: Page, station: str) -> None:
    expect(page.locator("[data-part=title]")).to_contain_text(f"BG.{station}")
    expect(page.locator(".queue-row[aria-current]")).to_contain_text(f"BG.{station}")


def expect_saved(page: Page) -> None:
    expect(page.locator("[data-part=saved]")).to_contain_text("saved ·")


def eventually(is_so: Callable[[], Any], within_s: float = 8.0) -> None:
    """Waits for the live server's thread to have stored what the page has sent."""
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it did not become so in time"
        time.sleep(0.05)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def reloaded_without(page: Page, pattern: str) -> None:
    """The page anew, with nothing fetched ahead, and with requests that fail."""
    page.route(pattern, lambda route: route.abort())
    page.reload()


def held_back(page: Page, pattern: str) -> list[Route]:
    """Requests that wait until `let_go`, in the order in which they came."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))
    return held


def let_go(page: Page, pattern: str, held: list[Route]) -> None:
    for route in held:
        route.continue_()
    page.unroute(pattern)


def item_of(flag: Flag) -> str:
    return f"**/items/{flag.pk}/"


def has_waveform(page: Page) -> bool:
    """Whether more is painted on the canvas of the waveforms than lines, names and sentences."""
    painted: int = page.evaluate(
        """() => {
            const canvas = document.querySelector('[data-part=figure]');
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((value, index) => index % 4 === 3 && value > 0).length;
        }"""
    )
    return painted > 10_000


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


def test_a_pick_that_could_not_be_loaded_is_not_decided_on_and_can_be_tried_again(page, flags):
    reloaded_without(page, item_of(flags[1]))
    expect_station(page, "FUM")
    page.keyboard.press("a")
    failed = page.get_by_role("heading", name="This pick of BG.LTC could not be loaded")
    expect(failed).to_be_visible()
    page.keyboard.press("x")
    page.unroute(item_of(flags[1]))
    page.get_by_role("button", name="Try again").click()
    expect_station(page, "LTC")
    expect(failed).to_be_hidden()
    assert Decision.objects.filter(pick=flags[1].pick).count() == 0


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
    expect(page.get_by_text("is reviewed")).to_be_hidden()
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
    page.unroute("**/queue/?kind=*")
    page.get_by_role("button", name="Try again").click()
    expect_station(page, "MCV")


def test_the_buttons_stay_in_one_place_from_pick_to_pick(page):
    places = []
    for station in STATIONS[:3]:  # the third has no proposed time, so less to tell
        expect_station(page, station)
        expect(page.locator("[data-part=accept]")).to_be_enabled()
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
