"""A real Chromium against a live server, and people signed in to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page

from labeling.models import Workspace
from tests import factories
from tests.browser.review_screen import STATIONS, expect_station, seen_tour
from tests.chromium import LAUNCH

# Playwright's loop runs in the test's own thread, where Django would otherwise refuse to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Without sandbox and GPU, which containers lack."""
    return {**browser_type_launch_args, **LAUNCH}


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    """Where the store of this test lies; gone after it."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.DATA_DIR = folder
    return folder


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    return factories.make_workspace()


@pytest.fixture
def analyst(workspace: Workspace) -> User:
    return factories.make_analyst(workspace, "ana")


@pytest.fixture
def second_analyst(workspace: Workspace) -> User:
    return factories.make_analyst(workspace, "ben")


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """`open_page(user, path, **context options)`: the page as that person sees it. What a page complains of fails the test.

    is_first_visit: whether the tour of the review screen comes first, as it does once in each browser.
    """
    contexts, complaints = [], []

    def open_as(user: User, path: str, *, is_first_visit: bool = False, **options: Any) -> Page:
        client = Client()
        client.force_login(user)
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        # Requests are intercepted from the first one on: where a test begins to in the middle, one that is on its way just then may never
        # end, since Playwright waits for an event that it has already seen.
        context.route("**/nothing-asks-for-this", lambda route: route.fallback())
        session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        if not is_first_visit:
            context.add_init_script(seen_tour(user))
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(live_server.url + path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def flags(workspace):
    """Four flagged picks of one event, worst first; the third is said to be no arrival at all."""
    catalog = factories.make_catalog(workspace)
    event = factories.make_event(catalog)
    made = []
    for number, station in enumerate(STATIONS):
        samples = factories.onset_samples(seed=number)
        if number == 1:
            samples[2] = 0.0
        trace = factories.make_trace(catalog, samples=samples, event=event, station_code=station)
        pick = factories.make_pick(trace, offset_s=10.62)
        kind = "no_arrival" if number == 2 else "timing"
        made.append(factories.make_flag(pick, p_mislabelled=0.98 - 0.1 * number, kind=kind, shift_s=None if number == 2 else -0.62))
    return made


@pytest.fixture
def page(open_page, analyst, workspace, flags) -> Page:
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    return page
