"""The bars of the review screen in windows of every usual size: nothing lies over anything else, and what matters is never cut off."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_screen import expect_station

SIZES = {"a desktop": (1440, 900), "a laptop": (1280, 720), "a desktop at 150 %": (960, 600)}
# Boxes of all texts and buttons of the bars, as far as they are seen: [[words, left, top, right, bottom]].
BOXES = """() => {
  const seen = (element, box) => {
    let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    for (let up = element; up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflow === "visible") continue;
      const edge = up.getBoundingClientRect();
      [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
      [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    return [left, top, right, bottom];
  };
  const boxes = [];
  const bars = [".topbar", ".review-queue-head", ".review-head", ".review-event-bar", ".review-evidence", ".review-foot"];
  for (const bar of document.querySelectorAll(bars.join())) {
    for (const button of bar.querySelectorAll("button, summary, select")) {
      if (button.checkVisibility()) boxes.push([button.textContent.trim(), ...seen(button, button.getBoundingClientRect())]);
    }
    const texts = document.createTreeWalker(bar, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { parentElement: parent, textContent } = texts.currentNode;
      if (!textContent.trim() || !parent.checkVisibility() || parent.closest("button, summary, select, .visually-hidden")) continue;
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      for (const box of range.getClientRects()) boxes.push([textContent.trim(), ...seen(parent, box)]);
    }
  }
  return boxes.filter(([, left, top, right, bottom]) => right - left > 1 && bottom - top > 1);
}"""
# Whether all of an element is seen.
WHOLLY_SEEN = """(element) => {
  for (let up = element.parentElement; up !== null; up = up.parentElement) {
    if (up !== document.documentElement && getComputedStyle(up).overflow === "visible") continue;
    const edge = up.getBoundingClientRect();
    for (const box of element.getClientRects()) {
      if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1) return false;
    }
  }
  return element.getClientRects().length > 0;
}"""


def overlapping(page: Page) -> list[str]:
    """Pairs of texts or buttons of the bars that share more than a pixel."""
    boxes: list[list[Any]] = page.evaluate(BOXES)
    return [
        f"{one[0]} / {other[0]}"
        for number, one in enumerate(boxes)
        for other in boxes[:number]
        if min(one[3], other[3]) - max(one[1], other[1]) > 1 and min(one[4], other[4]) - max(one[2], other[2]) > 1
    ]


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def sized(page: Page, request: pytest.FixtureRequest) -> Page:
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    expect(page.locator("[data-part=ready]")).to_contain_text("ready")
    return page


def test_nothing_in_the_bars_lies_over_anything_else(sized: Page) -> None:
    assert overlapping(sized) == []
    title = sized.locator("[data-part=title]")
    assert title.evaluate("(title) => title.scrollWidth <= title.clientWidth")
    expect(sized.locator(".review-date")).to_be_visible()


def test_a_lost_connection_is_told_in_full(sized: Page) -> None:
    expect(sized.locator("[data-part=ready]")).to_have_text("next waveform ready")
    sized.context.set_offline(True)
    sized.keyboard.press("r")
    expect_station(sized, "LTC")
    told = sized.locator("[data-part=saved]")
    expect(told).to_contain_text("can't be reached. 1 decision kept here, sent as soon as it can.")
    assert told.evaluate(WHOLLY_SEEN)
    assert overlapping(sized) == []


def test_the_way_back_in_is_seen_whole(sized: Page) -> None:
    sized.context.clear_cookies()
    sized.keyboard.press("r")
    link = sized.get_by_role("link", name="Sign in")
    expect(link).to_be_visible()
    assert link.evaluate(WHOLLY_SEEN)
    assert sized.locator("[data-part=saved]").evaluate(WHOLLY_SEEN)
    assert overlapping(sized) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_buttons_over_the_waveforms_come_by_keyboard_in_the_order_in_which_they_are_seen(page: Page, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    boxes = [button.bounding_box() for button in page.locator(".review-head button").all() if button.is_visible()]
    places = [(round(box["y"] / 20), box["x"]) for box in boxes if box is not None]
    assert len(places) > 6
    assert places == sorted(places)
