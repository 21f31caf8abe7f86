"""What is said of an onset, and comments, by keyboard in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from labeling.models import Decision, Event, Flag, Pick
from tests.browser.review_screen import eventually, expect_saved, expect_station, fresh, held_back, let_go


def test_polarity_onset_and_weight_are_one_key_each_and_the_pick_stays_on_the_screen(page, flags):
    for key in ("+", "e", "3"):
        page.keyboard.press(key)
    eventually(lambda: Decision.objects.count() == 3)
    expect_station(page, "FUM")
    pick = fresh(flags[0].pick)
    assert (pick.polarity, pick.onset, pick.weight, pick.time) == ("positive", "emergent", 3, flags[0].label_time)
    assert fresh(flags[0]).state == "open"
    expect(page.locator("[data-part=evidence]")).to_contain_text("positive, emergent")
    expect(page.locator("[data-part=today]")).to_have_text("0 decided today")


def test_a_described_pick_is_accepted_with_the_next_key_and_both_are_undone_one_by_one(page, flags):
    page.keyboard.press("-")
    page.keyboard.press("a")
    expect_station(page, "LTC")
    page.keyboard.press("u")
    expect_station(page, "FUM")
    eventually(lambda: fresh(flags[0]).state == "open")
    assert fresh(flags[0].pick).polarity == "negative"
    page.keyboard.press("u")
    eventually(lambda: fresh(flags[0].pick).polarity == flags[0].pick.polarity)
    assert not Decision.objects.filter(is_conflicting=True).exists()


def test_describing_keeps_the_zoom(page, flags):
    page.keyboard.press("Shift+ArrowUp")
    figure = page.locator("[data-part=figure]")
    expect(figure).to_have_attribute("aria-label", re.compile("from .* around the P"))
    view = figure.get_attribute("aria-label")
    page.keyboard.press("+")
    expect(page.locator("[data-part=evidence]")).to_contain_text("positive")
    assert figure.get_attribute("aria-label") == view


def test_saying_the_same_twice_says_so_and_stops_nothing(page, flags):
    page.keyboard.press("+")
    expect_saved(page)
    page.keyboard.press("+")
    expect(page.locator("#toasts")).to_contain_text("is positive already")
    page.keyboard.press("a")
    expect_station(page, "LTC")
    eventually(lambda: fresh(flags[0]).state == "decided")


def test_a_comment_is_written_without_the_mouse_and_stands_in_the_history(page, flags):
    page.keyboard.press("c")
    page.keyboard.type("arrives before the P")  # with letters that are keys
    page.keyboard.press("Enter")
    eventually(lambda: Decision.objects.filter(kind="comment", reason="arrives before the P").exists())
    page.get_by_text("history", exact=True).click()
    expect(page.locator(".evidence-history")).to_contain_text("ana wrote — arrives before the P")
    expect_station(page, "FUM")
    assert Decision.objects.count() == 1


def test_a_comment_that_is_not_finished_leaves_nothing(page, flags):
    page.keyboard.press("c")
    page.keyboard.type("never mind")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect_station(page, "LTC")
    eventually(Decision.objects.exists)
    assert Decision.objects.get().kind == "skip"


def test_a_skip_is_not_done(page, flags):
    page.keyboard.press("n")
    expect(page.locator("[data-part=done]")).to_have_text("0 of 4 flags, 1 skipped")
    expect_saved(page)
    page.reload()
    expect(page.locator("[data-part=done]")).to_have_text("0 of 4 flags, 1 skipped")


def test_what_somebody_else_decided_is_seen_as_progress(page, open_page, workspace, flags, second_analyst):
    other = open_page(second_analyst, f"/w/{workspace.slug}/review/")
    expect_station(other, "FUM")  # open elsewhere, as all that is left
    expect(other.locator("[data-part=held]")).to_contain_text("ana has this pick open, too")
    page.keyboard.press("a")
    expect_saved(page)
    other.reload()
    expect(other.locator("[data-part=done]")).to_have_text("1 of 4 flags")
    expect(other.locator("[data-part=today]")).to_have_text("0 decided today, 1 by everybody")


def test_a_comment_begun_while_a_pick_still_loads_is_text_and_no_keys(page, flags):
    pattern = f"**/items/{flags[0].pk}/"
    held = held_back(page, pattern)
    page.reload()
    page.keyboard.press("c")
    page.keyboard.type("xaxra")
    let_go(page, pattern, held)
    page.keyboard.press("Enter")
    eventually(lambda: Decision.objects.filter(kind="comment", reason="xaxra", pick=flags[0].pick).exists())
    assert not Decision.objects.exclude(kind="comment").exists()


def test_what_is_added_may_be_of_a_second_earthquake(page, flags):
    choice = page.locator("[data-part=add_to]")
    expect(choice).to_have_value("this")
    page.keyboard.press("j")
    expect(choice).to_have_value("second")
    page.locator("[data-part=overlay]").click(position={"x": 500, "y": 120})
    page.keyboard.press("Shift+P")
    eventually(lambda: Pick.objects.filter(is_added=True, event__is_added=True).exists())
    page.keyboard.press("u")
    eventually(lambda: Event.objects.filter(is_added=True, is_withdrawn=True).exists())
    page.keyboard.press("n")
    expect(choice).to_have_value("this")


def test_an_arrival_added_where_one_was_missed_is_an_answer_of_ones_own(page, flags):
    Flag.objects.filter(pk=flags[0].pk).update(kind="missed_arrival")
    page.reload()
    expect_station(page, "FUM")
    page.locator("[data-part=overlay]").click(position={"x": 500, "y": 120})
    with page.expect_response("**/review/progress/**"):
        page.keyboard.press("Shift+P")
    expect(page.locator(".queue-row").first).to_contain_text("arrival added")
    expect(page.locator("[data-part=held]")).to_be_hidden()
    page.keyboard.press("u")
    eventually(lambda: fresh(flags[0]).state == "open")
    expect(page.locator(".queue-row").first).not_to_contain_text("arrival added")
