"""An upload whose CSV nobody knows: previewed, described and confirmed in a real browser, before the import starts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from labeling.jobs.preview_import import preview_import
from labeling.models import ConfirmedMapping, Import, ImportPreview, Workspace

OpenPage = Callable[..., Page]
TABLE = "Datum;Uhrzeit;Stat;Netz;Phase\n26.09.2013;15:17:05,61;WEL;NZ;P\n27.09.2013;15:17:11,2;FOZ;NZ;S\n"


@pytest.fixture
def sent(open_page: OpenPage, workspace: Workspace, analyst: User, tmp_path: Path) -> Page:
    (tmp_path / "berg.csv").write_text(TABLE)
    page = open_page(analyst, f"/w/{workspace.slug}/imports/")
    page.locator("[data-input=files]").set_input_files([tmp_path / "berg.csv"])
    expect(page.get_by_role("button", name="Start the import of 1 file")).to_be_enabled()
    return page


def test_starting_leads_to_the_table_and_confirming_it_lets_the_import_start(sent: Page) -> None:
    sent.get_by_role("button", name="Start the import of 1 file").click()
    sent.wait_for_url("**tables=open*")
    sent.get_by_role("link", name="berg.csv").first.click()
    expect(sent.get_by_text("2013-09-26 15:17:05.610000")).to_be_visible()
    sent.get_by_label("Time zone").fill("+12:00")
    sent.get_by_label("Time zone").press("Tab")
    expect(sent.get_by_text("2013-09-26 03:17:05.610000")).to_be_visible()
    sent.locator("[name=column-station_code]").select_option("")
    expect(sent.locator(".note.warning")).to_contain_text("Which column is the station")
    sent.locator("[name=column-station_code]").select_option("stat")
    expect(sent.get_by_text("2013-09-26 03:17:05.610000")).to_be_visible()
    sent.get_by_role("button", name="Confirm this mapping").click()
    expect(sent.locator("#tables")).to_contain_text("mapping confirmed")
    assert ConfirmedMapping.objects.get().mapping["time_zone"] == "+12:00"
    sent.get_by_role("button", name="Start the import of 1 file").click()
    expect(sent.get_by_text("waiting for a worker")).to_be_visible()
    assert Import.objects.get().state == "queued"


def test_a_preview_shows_itself_once_a_worker_has_made_it(sent: Page) -> None:
    sent.get_by_role("button", name="Preview").click()
    sent.wait_for_url(re.compile("preview=new"))
    expect(sent.locator("#preview progress")).to_be_visible()
    preview_import(ImportPreview.objects.get().pk)
    expect(sent.locator("#preview")).to_contain_text("unconfirmed table")
    expect(sent.locator("#preview progress")).to_have_count(0)
