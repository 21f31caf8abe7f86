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
from tests.browser.review_screen import held_back, let_go

OpenPage = Callable[..., Page]
TABLE = "Datum;Uhrzeit;Stat;Netz;Phase\n26.09.2013;15:17:05,61;WEL;NZ;P\n27.09.2013;15:17:11,2;FOZ;NZ;S\n"


@pytest.fixture
def sent(open_page: OpenPage, workspace: Workspace, analyst: User, tmp_path: Path) -> Page:
    (tmp_path / "berg.csv").write_text(TABLE)
    page = open_page(analyst, f"/w/{workspace.slug}/imports/")
    page.locator("[data-input=files]").set_input_files([tmp_path / "berg.csv"])
    expect(page.get_by_role("button", name="Start the import of 1 file")).to_be_enabled()
    return page


@pytest.fixture
def table(sent: Page) -> Page:
    """The page on which somebody says what the columns are."""
    sent.get_by_role("button", name="Start the import of 1 file").click()
    sent.wait_for_url("**tables=open*")
    sent.get_by_role("link", name="berg.csv").first.click()
    sent.wait_for_url("**/tables/*/")  # with its scripts, which read the rows anew
    return sent


def test_confirming_a_table_lets_the_import_start(table: Page) -> None:
    table.get_by_label("Time zone").fill("+12:00")
    table.get_by_label("Time zone").press("Tab")
    expect(table.get_by_text("2013-09-26 03:17:05.610000")).to_be_visible()
    table.locator("[name=column-station_code]").select_option("")
    expect(table.locator(".note.warning")).to_contain_text("Which column is the station")
    table.locator("[name=column-station_code]").select_option("stat")
    expect(table.get_by_text("2013-09-26 03:17:05.610000")).to_be_visible()
    table.get_by_role("button", name="Confirm this mapping").click()
    expect(table.locator("#tables")).to_contain_text("mapping confirmed")
    assert ConfirmedMapping.objects.get().mapping["time_zone"] == "+12:00"
    table.get_by_role("button", name="Start the import of 1 file").click()
    expect(table.get_by_text("waiting for a worker")).to_be_visible()
    assert Import.objects.get().state == "queued"


def test_what_is_typed_while_the_rows_are_read_anew_stays(table: Page) -> None:
    held = held_back(table, "**/say/")
    table.get_by_label("Time zone").fill("+12:00")
    table.get_by_label("Time zone").press("Tab")
    table.get_by_label("Samples per second").fill("200")
    let_go(table, "**/say/", held)
    expect(table.get_by_text("2013-09-26 03:17:05.610000")).to_be_visible()
    expect(table.get_by_label("Samples per second")).to_have_value("200")


def test_another_way_to_cut_the_lines_gives_other_columns_to_choose_from(table: Page) -> None:
    stations = table.locator("[name=column-station_code] option")
    expect(stations.filter(has_text="stat")).to_have_count(1)
    table.get_by_label("The first row names the columns").uncheck()
    expect(stations.filter(has_text="stat")).to_have_count(0)


def test_a_time_zone_that_is_none_is_told_above_the_rows(table: Page) -> None:
    table.get_by_label("Time zone").fill("Mars")
    table.get_by_label("Time zone").press("Tab")
    expect(table.locator(".note.warning")).to_contain_text("'Mars' is no time zone")
    expect(table.locator(".note.warning")).not_to_contain_text("Which column")


def test_a_preview_shows_itself_once_a_worker_has_made_it(sent: Page) -> None:
    sent.get_by_role("button", name="Preview").click()
    sent.wait_for_url(re.compile("preview=new"))
    expect(sent.locator("#preview progress")).to_be_visible()
    preview_import(ImportPreview.objects.get().pk)
    expect(sent.locator("#preview")).to_contain_text("unconfirmed table")
    expect(sent.locator("#preview progress")).to_have_count(0)
