"""Figures of the overview in a browser."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from labeling.models import Workspace
from tests import factories


def test_the_map_shows_each_located_station_and_says_its_numbers(
    open_page: Callable[..., Page], workspace: Workspace, analyst: User
) -> None:
    catalog = factories.make_catalog(workspace)
    factories.make_station(workspace, "FUM", network_code="BG", latitude=40.0, longitude=-124.0)
    factories.make_station(workspace, "KCPB", network_code="BG", latitude=40.5, longitude=-123.5)
    for station in ("FUM", "KCPB", "NOWHERE"):
        factories.make_flag(factories.make_pick(factories.make_trace(catalog, station_code=station)))
    page = open_page(analyst, f"/w/{workspace.slug}/")
    expect(page.locator("[data-map] .point")).to_have_count(2)
    first = page.locator("[data-map] .point").first.bounding_box()
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + first["height"] / 2)
    expect(page.locator("[data-map] .hovertext")).to_contain_text("1 of 1 picks")
    page.get_by_text("Share flagged by station: table").click()
    expect(page.get_by_role("row", name="BG.NOWHERE 1 1 100 %")).to_be_visible()


def test_a_figure_of_one_row_has_the_numbers_of_its_axis(open_page: Callable[..., Page], workspace: Workspace, analyst: User) -> None:
    catalog = factories.make_catalog(workspace)
    factories.make_flag(factories.make_pick(factories.make_trace(catalog, station_code="FUM")))
    page = open_page(analyst, f"/w/{workspace.slug}/")
    expect(page.locator("[data-shares=network] .xtick", has_text="%").first).to_be_visible()
