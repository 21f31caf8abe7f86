"""The pages around the review screen, in a real browser: logging in, uploading, figures, questions before what can't be undone at a key."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from labeling.jobs.import_catalog import import_catalog
from labeling.models import Import, Workspace
from tests import factories
from training.lancor.config import TrainingConfig
from training.models import EpochMetric, FoldResult, Run

OpenPage = Callable[..., Page]


def eventually(is_so: Callable[[], Any], within_s: float = 10.0) -> None:
    """Waits for the live server's thread to have stored what the page has sent."""
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it did not become so in time"
        time.sleep(0.05)


@pytest.fixture
def flagged(workspace: Workspace) -> None:
    trace = factories.make_trace(factories.make_catalog(workspace))
    for number, kind in enumerate(("timing", "timing", "phase")):
        factories.make_flag(factories.make_pick(trace, offset_s=8 + number), kind=kind)


def test_logging_in_leads_to_the_workspaces(workspace: Workspace, analyst: User, live_server: Any, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{live_server.url}/w/{workspace.slug}/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("belong together")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Northern California 2012")
    page.close()


def test_the_theme_follows_the_system_until_one_is_chosen_and_then_stays(open_page: OpenPage, workspace: Workspace, analyst: User) -> None:
    page = open_page(analyst, f"/w/{workspace.slug}/", color_scheme="light")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Theme").click()
    expect(root).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-theme", "dark")


def test_files_are_uploaded_with_progress_and_imported_before_ones_eyes(
    open_page: OpenPage, workspace: Workspace, analyst: User, tmp_path: Path
) -> None:
    good, odd = tmp_path / "picks.csv", tmp_path / "notes.txt"
    good.write_text(
        "pick_id,network_code,station_code,location_code,channel_code,phase_hint,time\n"
        "one,BG,FUM,--,DPZ,P,2012-09-23T16:22:32.07Z\n"
        "two,BG,LTC,--,DPZ,S,no time at all\n"
    )
    odd.write_text("not a catalog")
    page = open_page(analyst, f"/w/{workspace.slug}/imports/")
    expect(page.get_by_text("Nothing imported yet")).to_be_visible()
    page.locator("[data-input=files]").set_input_files([good, odd])
    start = page.get_by_role("button", name="Start the import of 2 files")
    expect(start).to_be_enabled()
    expect(page.locator("[data-upload-rows] .badge.good")).to_have_count(2)
    start.click()
    expect(page.get_by_text("waiting for a worker")).to_be_visible()
    import_catalog(Import.objects.get().pk)
    expect(page.get_by_role("heading", name="Report", exact=True)).to_be_visible()
    expect(page.locator("#report")).to_contain_text("no time at all")
    expect(page.get_by_role("link", name="1 pick", exact=True)).to_be_visible()


def test_a_file_that_the_server_refuses_can_be_sent_again(
    open_page: OpenPage, workspace: Workspace, analyst: User, tmp_path: Path, settings: Any
) -> None:
    settings.UPLOAD_MAX_FILE_BYTES = 10
    (tmp_path / "picks.csv").write_text("a" * 100)
    page = open_page(analyst, f"/w/{workspace.slug}/imports/")
    page.locator("[data-input=files]").set_input_files([tmp_path / "picks.csv"])
    expect(page.locator(".problem")).to_contain_text("larger than")
    expect(page.get_by_role("button", name="Start the import")).to_be_disabled()
    settings.UPLOAD_MAX_FILE_BYTES = 1000
    page.get_by_role("button", name="Send the failed files again").click()
    expect(page.get_by_role("button", name="Start the import of 1 file")).to_be_enabled()


def test_a_bar_of_the_overview_leads_to_the_flags_it_counts(
    open_page: OpenPage, workspace: Workspace, analyst: User, flagged: None
) -> None:
    page = open_page(analyst, f"/w/{workspace.slug}/")
    chart = page.locator("[data-shares=kind]")
    expect(chart.locator(".point")).to_have_count(2)
    bar = chart.locator(".point path").first.bounding_box()
    page.mouse.click(bar["x"] + bar["width"] / 4, bar["y"] + bar["height"] / 2)
    page.wait_for_url("**/review/?kind=timing")


def test_curves_grow_while_a_run_trains(open_page: OpenPage, workspace: Workspace, analyst: User) -> None:
    run = Run.objects.create(
        workspace=workspace, number=1, state="waiting", stage="train", snapshot=factories.make_snapshot(workspace),
        configuration=TrainingConfig().to_dict(), code_version="1",
    )  # fmt: skip
    folds = [FoldResult.objects.create(run=run, fold=fold, state="running") for fold in range(2)]
    page = open_page(analyst, f"/w/{workspace.slug}/runs/{run.pk}/")
    expect(page.get_by_text("The first epoch is on its way.")).to_be_visible()
    for fold in folds:
        for epoch in range(1, 4):
            EpochMetric.objects.create(fold=fold, epoch=epoch, losses={"picking": 1 / epoch})
    expect(page.locator(".scatterlayer .trace")).to_have_count(2)
    FoldResult.objects.filter(pk=folds[0].pk).update(progress=0.5, message="epoch 40 of 80")
    expect(page.locator("#run-progress")).to_contain_text("epoch 40 of 80")


def test_withdrawing_a_catalog_asks_first(open_page: OpenPage, workspace: Workspace) -> None:
    catalog = factories.make_catalog(workspace)
    done = Import.objects.create(workspace=workspace, catalog=catalog, name="wrong.zip", state="done", counts={"picks": 1})
    factories.make_pick(catalog=catalog)
    page = open_page(factories.make_admin(workspace, "ada"), f"/w/{workspace.slug}/imports/{done.pk}/")
    page.get_by_role("button", name="Withdraw catalog").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing is deleted")
    page.get_by_role("button", name="Cancel").click()
    assert workspace.picks.active().count() == 1
    page.get_by_role("button", name="Withdraw catalog").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("status")).to_contain_text("NCSN 2012 is withdrawn")
    eventually(lambda: workspace.picks.active().count() == 0)


def test_a_role_changes_as_soon_as_it_is_chosen(open_page: OpenPage, workspace: Workspace, analyst: User) -> None:
    page = open_page(factories.make_admin(workspace, "ada"), f"/w/{workspace.slug}/members/")
    page.get_by_label("Role of ana").select_option("viewer")
    expect(page.get_by_role("status")).to_contain_text("ana is now a viewer")
    eventually(lambda: workspace.role_of(analyst) == "viewer")
