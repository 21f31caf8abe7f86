"""Items that show less than the run knows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from labeling.models import Decision, Flag, ReviewAssignment, ReviewDraw
from tests.browser.review_screen import eventually, expect_station


@pytest.fixture
def blind(workspace, flags) -> Flag:
    """The first of the queue, blind; its own P lies far below the threshold."""
    draw = _draw(flags[0], "blind")
    Flag.objects.filter(pk=flags[0].pk).update(p_mislabelled=0.0421, drawn_place=0.99)
    assert draw.assignments.count() == 1
    return flags[0]


def _draw(flag: Flag, purpose: str) -> ReviewDraw:
    shares = {"blind_share": 0.1, "double_share": 0.0, "hidden_share": 0.1}
    draw = ReviewDraw.objects.create(flag_set=flag.flag_set, seed=1, threshold=0.5, n_flagged=3, n_unflagged=1, **shares)
    ReviewAssignment.objects.create(draw=draw, flag=flag, purpose=purpose, is_flagged=True, inclusion_probability=0.5)
    return draw


def test_a_blind_item_shows_neither_p_nor_proposal_and_is_kept_by_key(open_page, analyst, workspace, blind):
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    row = page.locator(".queue-row[aria-current]")
    expect(row).to_contain_text("blind")
    evidence = page.locator("[data-part=evidence]")
    expect(evidence).to_contain_text("A blind item")
    for told in ("0.04", "−0.62", "timing", "probability"):
        assert told not in evidence.inner_text()
        assert told not in row.inner_text()
    expect(page.locator("[data-part=accept]")).to_be_disabled()
    expect(page.locator("[data-part=reject]")).to_contain_text("Keep")
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("Nothing is proposed to you here")
    assert not Decision.objects.exists()
    page.keyboard.press("r")
    expect_station(page, "LTC")
    expect(page.locator("#toasts")).not_to_contain_text("Nothing is proposed", timeout=2000)  # said of the pick before
    eventually(lambda: Decision.objects.filter(flag=blind, kind="reject").exists())
    expect(page.locator("[data-part=reject]")).to_contain_text("Reject")


def test_a_hidden_proposal_leaves_p_and_kind(open_page, analyst, workspace, flags):
    _draw(flags[0], "hidden")
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    evidence = page.locator("[data-part=evidence]")
    expect(evidence).to_contain_text("0.98")
    expect(evidence).to_contain_text("hidden until you decide")
    assert "−0.62" not in evidence.inner_text()
    expect(page.locator("[data-part=accept]")).to_be_disabled()
