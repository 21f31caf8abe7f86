"""The review screen as an analyst uses it: by keyboard, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from labeling.models import Decision, Flag, Pick
from labeling.services.review import decide
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
    shades = page.evaluate(
        """() => {
            const canvas = document.querySelector('[data-part=figure]');
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const seen = new Set();
            for (let i = 0; i < data.length; i += 4) if (data[i + 3]) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
            return seen.size;
        }"""
    )
    assert shades > 20


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
    expect(page.get_by_text("Nothing left under this filter")).to_be_visible()
    expect(page.locator("[data-part=left]")).to_contain_text("filtered")
    page.get_by_role("link", name="Clear the filter").click()
    expect_station(page, "FUM")
    expect(page.locator("[data-part=left]")).to_contain_text("· 4")


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
