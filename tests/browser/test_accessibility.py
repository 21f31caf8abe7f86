"""Every page against WCAG 2.2 AA, as far as axe-core can tell, in both themes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from labeling.models import Workspace
from tests import factories
from tests.browser.axe import violations
from tests.browser.whole_workspace import fill_workspace

THEMES = ("dark", "light")


@pytest.fixture
def whole(workspace: Workspace) -> tuple[Workspace, User]:
    """A workspace with something on every page, and an admin, who sees every button."""
    admin = factories.make_admin(workspace, "ada")
    fill_workspace(workspace, admin)
    return workspace, admin


def addresses(workspace: Workspace) -> dict[str, str]:
    """Each page of a workspace, and those around it, by name."""
    slug = workspace.slug
    decided = workspace.decisions.exclude(kind="skip").latest("id").pick
    found = {
        name: reverse(name, args=[slug])
        for name in ("overview", "import_list", "pick_list", "run_list", "snapshot_list", "member_list", "review")
    }
    runs = list(workspace.runs.order_by("pk"))
    return found | {
        "workspace_list": reverse("workspace_list"),
        "workspace_create": reverse("workspace_create"),
        "password": reverse("password"),
        "import_detail": reverse("import_detail", args=[slug, workspace.imports.get().pk]),
        "pick_detail": reverse("pick_detail", args=[slug, decided.pk]),
        "run_detail": reverse("run_detail", args=[slug, runs[-1].pk]),
        "run_compare": f"{reverse('run_compare', args=[slug])}?left={runs[0].pk}&right={runs[-1].pk}",
        "snapshot_detail": reverse("snapshot_detail", args=[slug, workspace.snapshots.order_by("-number")[0].number]),
        "snapshot_compare": reverse("snapshot_compare", args=[slug]),
        "nothing": "/nothing-here/",
    }


@pytest.mark.parametrize("theme", THEMES)
def test_every_page_keeps_the_guidelines(open_page: Any, live_server: Any, whole: tuple[Workspace, User], theme: str) -> None:
    workspace, admin = whole
    page: Page = open_page(admin, "/", color_scheme=theme)
    broken = []
    for name, address in addresses(workspace).items():
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        broken += violations(page, name)
    assert broken == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_review_screen_keeps_the_guidelines_with_all_that_opens(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    broken = []
    broken += violations(page, "item")
    page.keyboard.press("t")
    broken += violations(page, "threshold and filter")
    page.keyboard.press("Escape")  # else what is typed belongs to its field
    page.keyboard.press("?")
    broken += violations(page, "keys")
    page.get_by_role("button", name="Keys …").click()
    broken += violations(page, "choosing keys")
    page.get_by_role("button", name=": accept the proposal. Change").click()
    broken += violations(page, "waiting for a key")
    page.get_by_role("button", name="Done").click()
    for name, key in (("many at once", "Shift+A"), ("comment", "c")):
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_be_visible()
        page.wait_for_load_state("networkidle")
        broken += violations(page, name)
        page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    for summary in page.locator("[data-part=evidence] summary").all():
        summary.click()
    broken += violations(page, "evidence unfolded")
    for _ in range(4):
        page.keyboard.press("r")
        page.wait_for_timeout(300)
    expect(page.locator("[data-part=empty]")).to_be_visible()
    broken += violations(page, "nothing left")
    assert broken == []


@pytest.mark.parametrize("theme", THEMES)
def test_pages_that_have_nothing_to_show_yet_keep_the_guidelines(
    open_page: Any, live_server: Any, workspace: Workspace, theme: str
) -> None:
    page: Page = open_page(factories.make_admin(workspace, "ada"), "/", color_scheme=theme)
    broken = []
    for name in ("overview", "import_list", "pick_list", "run_list", "snapshot_list", "review", "review_quality", "adjudication"):
        page.goto(live_server.url + reverse(name, args=[workspace.slug]))
        broken += violations(page, f"empty {name}")
    assert broken == []


@pytest.mark.parametrize("theme", THEMES)
def test_logging_in_keeps_the_guidelines(browser: Browser, live_server: Any, workspace: Workspace, theme: str) -> None:
    page = browser.new_page(color_scheme=theme)
    page.goto(live_server.url)
    broken = violations(page, "log-in")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    broken += violations(page, "log-in refused")
    page.close()
    assert broken == []
