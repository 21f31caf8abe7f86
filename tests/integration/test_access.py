"""Who gets to see what: every page of a workspace, walked through by its address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from labeling.models import Workspace
from tests import factories
from tests.integration.conftest import signed_in

ADMINS_ONLY = {"catalog_withdraw", "catalog_restore", "member_add", "member_change", "member_remove", "run_promote", "schedule_save"}
ANALYSTS_ONLY = {
    "import_new",
    "import_file",
    "import_start",
    "import_cancel",
    "snapshot_freeze",
    "export_cancel",
    "run_start",
    "run_cancel",
}
OPEN_TO_ALL = {"login", "logout", "health"}


def patterns(entries: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in entries:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, address)
        elif entry.name:
            yield entry.name, address


PAGES = [(name, address) for name, address in patterns(get_resolver().url_patterns) if not address.startswith(("admin/", "api/"))]
WORKSPACE_PAGES = sorted(name for name, address in PAGES if "<slug:slug>" in address)


def address_of(name: str, workspace: Workspace) -> str:
    """The page's address, with any number where a row is wanted: access is decided before the row is looked for."""
    converters = dict(PAGES)[name].split("<")[1:]
    names = [part.split(">")[0].split(":")[1] for part in converters]
    return reverse(name, kwargs={each: workspace.slug if each == "slug" else 1 for each in names})


def test_all_pages_of_a_workspace_were_found() -> None:
    assert {"overview", "review", "import_file", "run_detail", "snapshot_detail", "member_remove", "decision_create"} <= set(
        WORKSPACE_PAGES
    )


@pytest.mark.parametrize("name", WORKSPACE_PAGES)
def test_a_workspace_looks_absent_to_who_is_no_member(name: str, workspace: Workspace) -> None:
    stranger = signed_in(factories.make_user("stranger"))
    address = address_of(name, workspace)
    answers = {stranger.get(address).status_code, stranger.post(address).status_code}
    assert answers <= {404, 405}
    assert 404 in answers


@pytest.mark.parametrize("name", sorted({name for name, _ in PAGES} - OPEN_TO_ALL))
def test_every_page_asks_who_you_are(name: str, workspace: Workspace, client: Client) -> None:
    answer = client.get(address_of(name, workspace))
    assert answer.status_code in (302, 405)
    if answer.status_code == 302:
        assert answer["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", sorted(ADMINS_ONLY | ANALYSTS_ONLY))
def test_a_viewer_changes_nothing(name: str, workspace: Workspace, viewer_client: Client) -> None:
    answer = viewer_client.post(address_of(name, workspace))
    assert answer.status_code == 403
    assert "Your role in Northern California 2012 is viewer" in answer.content.decode()


@pytest.mark.parametrize("name", sorted(ADMINS_ONLY))
def test_what_admins_do_is_refused_to_analysts_with_the_names_of_the_admins(
    name: str, workspace: Workspace, analyst_client: Client, workspace_admin_client: Client
) -> None:
    answer = analyst_client.post(address_of(name, workspace))
    assert answer.status_code == 403
    assert "Admins: ada." in answer.content.decode()


def test_a_script_is_refused_in_json(workspace: Workspace, viewer_client: Client) -> None:
    answer = viewer_client.post(address_of("import_new", workspace), headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"


def test_rows_of_another_workspace_are_not_found_under_ones_own(workspace: Workspace, workspace_admin_client: Client) -> None:
    other = factories.make_workspace("Southern Alps")
    pick = factories.make_pick(catalog=factories.make_catalog(other))
    snapshot = factories.make_snapshot(other, [pick])
    assert workspace_admin_client.get(reverse("pick_detail", args=[workspace.slug, pick.pk])).status_code == 404
    assert workspace_admin_client.get(reverse("snapshot_detail", args=[workspace.slug, snapshot.number])).status_code == 404


def test_changes_need_the_token_against_forged_requests(workspace: Workspace, analyst) -> None:  # type: ignore[no-untyped-def]
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(analyst)
    answer = careful.post(reverse("import_new", args=[workspace.slug]))
    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()
    assert not workspace.imports.exists()


def test_a_polling_fragment_sends_the_page_to_the_login_once_the_session_is_over(client: Client) -> None:
    answer = client.get(reverse("login"), headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/w/alps/runs/3/"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/login/?next=%2Fw%2Falps%2Fruns%2F3%2F"


def test_health_is_told_without_login_and_without_secrets(client: Client, db: None) -> None:
    answer = client.get(reverse("health"))
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["database"] == answer.json()["broker"] == "ok"


def test_nothing_on_a_page_needs_an_inline_script_or_style(workspace: Workspace, analyst_client: Client) -> None:
    trace = factories.make_trace(factories.make_catalog(workspace))
    factories.make_flag(factories.make_pick(trace))
    for name in ("overview", "import_list", "pick_list", "run_list", "snapshot_list", "member_list"):
        page = analyst_client.get(reverse(name, args=[workspace.slug])).content.decode()
        assert "style=" not in page
        assert "onclick=" not in page
        for script in page.split("<script")[1:]:
            assert "src=" in script.split(">")[0] or 'type="application/json"' in script.split(">")[0]
