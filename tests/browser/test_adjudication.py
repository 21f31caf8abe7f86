"""Settling what two analysts differ on, without a mouse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from labeling.models import Flag
from labeling.services.refusals import Conflict
from tests import factories
from tests.browser.review_screen import eventually, fresh
from tests.integration.deciding import take


@pytest.fixture
def differed_on(flags, analyst, second_analyst) -> Flag:
    """Moved by one, and removed by another who had not seen that."""
    flag: Flag = flags[0]
    take(flag, analyst, "move", time=flag.label_time - timedelta(seconds=0.6), seen_revision=0)
    with pytest.raises(Conflict):
        take(flag, second_analyst, "remove", seen_revision=0)
    return flag


def press(page: Page, button: Locator) -> None:
    """Walks to a button by Tab, as who has no mouse does, and presses it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            return page.keyboard.press("Enter")
    raise AssertionError("Tab does not lead there")


def test_an_admin_settles_a_conflict_and_takes_it_back_by_keyboard(open_page: Any, workspace, differed_on) -> None:
    page = open_page(factories.make_admin(workspace, "ada"), f"/w/{workspace.slug}/review/adjudication/")
    expect(page.get_by_role("main")).to_contain_text("−0.60 s")
    press(page, page.get_by_role("row").filter(has_text="ben").get_by_role("button"))
    expect(page.get_by_role("status")).to_contain_text("ben's decision counts")
    eventually(lambda: fresh(differed_on.pick).is_removed)
    press(page, page.get_by_role("button", name="Undo"))
    expect(page.get_by_role("status")).to_contain_text("waits again")
    eventually(lambda: fresh(differed_on.pick).in_conflict)
    assert not fresh(differed_on.pick).is_removed
