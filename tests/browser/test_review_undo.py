"""What was decided is taken back, what the server refuses comes back, and both are said."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from labeling.models import Decision, Flag
from tests.browser.review_screen import eventually, expect_saved, expect_station, fresh, held_back, let_go

FULL = """(kept) => {
    window.roomy = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
        if (key.includes(kept)) throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
        return window.roomy.call(this, key, value);
    };
}"""
ROOMY = "() => { Storage.prototype.setItem = window.roomy; }"


def refuse(page: Page, pick: int, code: str = "outside", kind: str | None = None) -> None:
    """From now on the server refuses decisions on a pick, or those of a kind."""

    def answer(route: Route) -> None:
        body = route.request.post_data_json
        if body["pick"] == pick and kind in (None, body["kind"]):
            route.fulfill(status=400, json={"code": code, "message": "It lies outside the trace.", "fields": {}})
        else:
            route.fallback()

    page.route("**/decisions/", answer)


def messages(page: Page):
    return page.locator("#toasts .toast p")


def test_what_the_server_refuses_is_offered_again_next_and_counts_as_taken_once_it_is_stored(page: Page, flags: list[Flag]) -> None:
    refuse(page, flags[0].pick.pk)
    page.keyboard.press("r")
    expect(messages(page)).to_have_text(["Not saved: It lies outside the trace."])
    expect_station(page, "LTC")
    expect(page.locator(".queue-row[data-taken=failed]")).to_contain_text("BG.FUM")
    page.keyboard.press("r")
    expect_station(page, "FUM")
    expect(page.locator("[data-part=done]")).to_have_text("1 of 4 flags")
    page.unroute("**/decisions/")
    page.keyboard.press("a")
    expect_station(page, "MCV")
    expect(page.locator("[data-part=done]")).to_have_text("2 of 4 flags")
    expect(messages(page)).to_have_count(0)
    assert list(Decision.objects.values_list("kind", "pick")) == [("reject", flags[1].pick.pk), ("accept", flags[0].pick.pk)]


def test_the_last_of_the_queue_comes_back_at_once_where_it_is_refused(page: Page, flags: list[Flag]) -> None:
    for station in ("LTC", "MCV", "NEG"):
        page.keyboard.press("r")
        expect_station(page, station)
    refuse(page, flags[3].pick.pk)
    page.keyboard.press("r")
    expect(messages(page)).to_contain_text("Not saved")
    expect_station(page, "NEG")
    expect(page.locator("[data-part=empty]")).to_be_hidden()


def test_undo_says_what_it_takes_back_after_a_refusal_too(page: Page, flags: list[Flag]) -> None:
    page.keyboard.press("r")
    expect_station(page, "LTC")
    refuse(page, flags[1].pick.pk)
    page.keyboard.press("x")
    expect(messages(page)).to_contain_text(["Not saved"])
    page.keyboard.press("u")
    expect(messages(page).last).to_have_text("Undone: reject of BG.FUM P")
    expect_station(page, "FUM")
    eventually(lambda: fresh(flags[0]).state == "open")


def test_undone_before_the_refusal_came_it_is_undone_and_nothing_else_is_said(page: Page, flags: list[Flag]) -> None:
    held = held_back(page, "**/decisions/")
    page.keyboard.press("r")
    expect_station(page, "LTC")
    page.keyboard.press("u")
    expect_station(page, "FUM")
    held[0].fulfill(status=400, json={"code": "outside", "message": "It lies outside the trace.", "fields": {}})
    with page.expect_response("**/decisions/"):
        page.wait_for_timeout(200)
        let_go(page, "**/decisions/", held[1:])
    page.wait_for_load_state("networkidle")
    expect(messages(page)).to_have_text(["Undone: reject of BG.FUM P"])
    expect_station(page, "FUM")
    expect(page.locator(".queue-row[data-taken]")).to_have_count(0)
    page.keyboard.press("a")
    expect_saved(page)
    assert list(Decision.objects.values_list("kind", "pick")) == [("accept", flags[0].pick.pk)]


def test_an_undo_that_is_refused_leaves_the_pick_decided(page: Page, flags: list[Flag]) -> None:
    page.keyboard.press("x")
    expect_station(page, "LTC")
    expect_saved(page)
    refuse(page, flags[0].pick.pk, "decided_since", "undo")
    page.keyboard.press("u")
    expect(messages(page)).to_have_text(["Not undone: It lies outside the trace."])
    expect(page.locator(".queue-row[data-taken=remove]")).to_contain_text("BG.FUM")
    assert fresh(flags[0]).state == "decided"


@pytest.mark.parametrize(("key", "words"), [("r", "reject of BG.FUM P"), ("n", "skip of BG.FUM P")])
def test_undo_after_a_reload_shows_the_pick_that_it_takes_back(page: Page, flags: list[Flag], key: str, words: str) -> None:
    page.keyboard.press(key)
    expect_station(page, "LTC")
    expect_saved(page)
    page.reload()
    expect_station(page, "LTC")
    expect(page.locator(".queue-row", has_text="BG.FUM")).to_have_count(0)
    page.keyboard.press("u")
    expect(messages(page)).to_have_text([f"Undone: {words}"])
    expect_station(page, "FUM")
    eventually(lambda: fresh(flags[0]).state == "open")
    expect(page.locator("[data-part=undo]")).to_be_disabled()
    page.keyboard.press("a")
    expect_station(page, "LTC")
    eventually(lambda: fresh(flags[0].pick).time == flags[0].proposed_time)


def test_the_phase_that_a_pick_has_is_not_sent_as_a_change(page: Page, flags: list[Flag]) -> None:
    page.keyboard.press("p")
    expect(messages(page)).to_have_text(["BG.FUM is a P already."])
    expect_station(page, "FUM")
    page.keyboard.press("s")
    expect_station(page, "LTC")
    expect_saved(page)
    page.keyboard.press("b")
    expect_station(page, "FUM")
    expect(page.locator("[data-part=accept]")).to_be_enabled()
    page.keyboard.press("s")
    expect(messages(page).last).to_have_text("BG.FUM is an S already.")
    assert list(Decision.objects.values_list("kind", flat=True)) == ["change_phase"]


def test_without_room_for_a_decision_nothing_is_taken_and_what_can_be_undone_stays(page: Page, flags: list[Flag]) -> None:
    page.keyboard.press("r")
    expect_station(page, "LTC")
    expect_saved(page)
    page.evaluate(FULL, ":decision:")
    page.keyboard.press("r")
    expect(messages(page)).to_contain_text(["This decision could not be kept, so it was not taken"])
    for _ in range(2):
        page.keyboard.press("u")
        expect(messages(page).last).to_contain_text("The undo could not be kept, so nothing was undone")
    expect_station(page, "LTC")
    page.evaluate(ROOMY)
    page.keyboard.press("u")
    expect(messages(page).last).to_have_text("Undone: reject of BG.FUM P")
    eventually(lambda: list(Decision.objects.values_list("kind", flat=True)) == ["reject", "undo"])


def test_without_room_for_undo_a_decision_is_stored_and_can_be_undone_until_the_page_is_left(page: Page, flags: list[Flag]) -> None:
    page.keyboard.press("r")
    expect_station(page, "LTC")
    page.evaluate(FULL, ":undo:")
    page.keyboard.press("x")
    expect(messages(page)).to_contain_text(["can be undone until you leave the page"])
    expect_station(page, "MCV")
    for station in ("LTC", "FUM"):
        page.keyboard.press("u")
        expect_station(page, station)
    eventually(lambda: list(Decision.objects.order_by("id").values_list("kind", flat=True)) == ["reject", "remove", "undo", "undo"])


def test_escape_closes_what_the_page_has_said_once_nothing_else_is_open(page: Page, flags: list[Flag]) -> None:
    refuse(page, flags[0].pick.pk)
    page.keyboard.press("r")
    expect(messages(page)).to_have_count(1)
    page.keyboard.press("t")
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=narrow]")).to_be_hidden()
    expect(messages(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(messages(page)).to_have_count(0)


def test_the_key_that_opened_the_threshold_closes_it(page: Page) -> None:
    page.keyboard.press("t")
    expect(page.locator("[data-part=slider]")).to_be_focused()
    page.keyboard.press("t")
    expect(page.locator("[data-part=narrow]")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.locator("[data-part=narrow]")).to_be_visible()
