"""Uploading large files in a real browser, over a connection that breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect

from labeling.files import original_files
from labeling.models import SourceFile, Workspace

OpenPage = Callable[..., Page]
CHUNK = 1 << 16


@pytest.fixture
def large(tmp_path: Path, settings: Any) -> Path:
    """Three chunks, no two alike."""
    settings.UPLOAD_CHUNK_BYTES = CHUNK
    path = tmp_path / "day.mseed"
    path.write_bytes(b"".join(number.to_bytes(4, "big") for number in range(CHUNK * 5 // 8)))
    return path


def stored() -> bytes:
    return original_files().path_of(SourceFile.objects.get().sha256).read_bytes()


def offset_of(route: Route) -> int:
    return int(route.request.headers["x-chunk-offset"])


def upload_that_ends_after_the_first_chunk(page: Page, file: Path) -> None:
    page.route("**/chunk/**", lambda route: route.abort() if route.request.method == "POST" and offset_of(route) else route.continue_())
    page.locator("[data-input=files]").set_input_files([file])
    expect(page.locator("[data-upload-rows] .problem")).to_be_visible()
    page.close()


def test_an_upload_goes_on_after_the_connection_broke_in_the_middle(
    open_page: OpenPage, workspace: Workspace, analyst: User, large: Path
) -> None:
    page = open_page(analyst, f"/w/{workspace.slug}/imports/")
    offsets: list[int] = []

    def cut(route: Route) -> None:
        if route.request.method == "GET":
            return route.continue_()
        offsets.append(offset_of(route))
        if len(offsets) == 2:  # the second chunk does not arrive
            return route.abort("connectionreset")
        if len(offsets) == 3:  # it arrives, and its answer is lost
            route.fetch()
            return route.abort("connectionreset")
        return route.continue_()

    page.route("**/chunk/**", cut)
    page.locator("[data-input=files]").set_input_files([large])
    expect(page.locator("[data-upload-rows] .problem")).to_contain_text("what has arrived stays there")
    expect(page.get_by_role("button", name="Start the import of 1 file")).to_be_enabled(timeout=30_000)
    assert offsets == [0, CHUNK, CHUNK, 2 * CHUNK]
    assert stored() == large.read_bytes()


def test_a_file_chosen_again_after_the_page_was_closed_goes_on_where_it_was(
    open_page: OpenPage, workspace: Workspace, analyst: User, large: Path
) -> None:
    upload_that_ends_after_the_first_chunk(open_page(analyst, f"/w/{workspace.slug}/imports/"), large)

    page = open_page(analyst, f"/w/{workspace.slug}/imports/{workspace.imports.get().pk}/")
    expect(page.locator("#unfinished")).to_contain_text("day.mseed")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.headers["x-chunk-offset"]) if "x-chunk-offset" in request.headers else None)
    page.locator("[data-input=files]").set_input_files([large])
    expect(page.get_by_role("button", name="Start the import of 1 file")).to_be_enabled(timeout=30_000)
    assert sent == [str(CHUNK), str(2 * CHUNK)]
    assert stored() == large.read_bytes()


def test_another_file_of_the_same_name_and_size_is_not_mixed_in(
    open_page: OpenPage, workspace: Workspace, analyst: User, large: Path
) -> None:
    upload_that_ends_after_the_first_chunk(open_page(analyst, f"/w/{workspace.slug}/imports/"), large)
    large.write_bytes(large.read_bytes()[::-1])

    page = open_page(analyst, f"/w/{workspace.slug}/imports/{workspace.imports.get().pk}/")
    page.locator("[data-input=files]").set_input_files([large])
    expect(page.locator("[data-upload-rows] .problem")).to_contain_text("Another file of that name")
    with page.expect_navigation():  # a file chosen on a page that is not whole yet is not noticed
        page.get_by_role("button", name="Leave out day.mseed").click()
    expect(page.locator("#unfinished")).to_have_count(0)
    page.locator("[data-input=files]").set_input_files([large])
    expect(page.get_by_role("button", name="Start the import of 1 file")).to_be_enabled(timeout=30_000)
    assert stored() == large.read_bytes()
