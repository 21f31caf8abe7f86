"""Who gets what over the API, asked of every endpoint that the router knows."""

from __future__ import annotations

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from labeling.files import original_files
from labeling.models import DecisionBatch, EarthModel, Export, Import, ImportPreview, ImportProblem, SourceFile
from labeling.services.review import decide
from tests import factories
from tests.integration.api import ROOT, Endpoint, client_of, endpoints, has_error_shape, of_a_workspace
from training.models import EpochMetric, FoldResult, Run

pytestmark = pytest.mark.django_db
BELOW_A_WORKSPACE = of_a_workspace()
NOUNS = {
    "members",
    "imports",
    "catalogs",
    "events",
    "stations",
    "channels",
    "earth-models",
    "traces",
    "picks",
    "flags",
    "decisions",
    "batches",
    "runs",
    "snapshots",
    "exports",
}
ADMIN_ONLY = ["members/", "earth-models/", "runs/{pk}/promote/", "catalogs/{pk}/withdraw/", "catalogs/{pk}/restore/"]


@pytest.fixture
def full(workspace) -> dict[str, int]:
    """The id of one row of the workspace for each noun."""
    catalog = factories.make_catalog(workspace)
    event = factories.make_event(catalog)
    trace = factories.make_trace(catalog, event=event)
    factories.make_channels(trace)
    flag = factories.make_flag(factories.make_pick(trace))
    snapshot = flag.flag_set.snapshot
    source_import = Import.objects.create(workspace=workspace, name="Upload")
    SourceFile.objects.create(source_import=source_import, name="a.csv", sha256="0" * 64, size_bytes=1, table_key=str(source_import.pk))
    table = original_files().path_of("0" * 64)
    table.parent.mkdir(parents=True)
    table.write_text("when,where\n")
    ImportPreview.objects.create(source_import=source_import, n_files=1)
    ImportProblem.objects.create(source_import=source_import, severity="error", code="unreadable_row", place="a.csv:2", message="No time.")
    run = Run.objects.create(workspace=workspace, number=1, snapshot=snapshot, configuration={}, code_version="1", state="done")
    EpochMetric.objects.create(fold=FoldResult.objects.create(run=run, fold=0), epoch=1)
    ana = factories.make_analyst(workspace)
    return {
        "members": ana.memberships.get().pk,
        "imports": source_import.pk,
        "catalogs": catalog.pk,
        "events": event.pk,
        "stations": factories.make_station(workspace).pk,
        "channels": trace.workspace.channels.first().pk,
        "earth-models": EarthModel.objects.create(workspace=workspace, name="alps", file_name="a.nd", source="0 5 3", sha256="0" * 64).pk,
        "traces": trace.pk,
        "picks": flag.pick_id,
        "flags": flag.pk,
        "decisions": decide(pick=factories.make_pick(trace), kind="remove", analyst=ana, client_id=uuid4()).pk,
        "batches": DecisionBatch.objects.create(workspace=workspace, client_id=uuid4(), analyst=ana).pk,
        "runs": run.pk,
        "snapshots": snapshot.pk,
        "exports": Export.objects.create(workspace=workspace, snapshot=snapshot, format="csv", state="done").pk,
    }


def names_a_row(endpoint: Endpoint) -> bool:
    return any(part in endpoint.template for part in ("{pk}", "{source_import}", "{run}"))


def asked(client: APIClient, endpoint: Endpoint, slug: str, rows: dict[str, int], body: str = ""):
    address = endpoint.address(slug, rows.get(endpoint.noun, 1))
    if endpoint.template.endswith("compare/"):
        address += f"?older={rows['snapshots']}"
    return client.generic(endpoint.method, address, body, content_type="application/json")


def test_every_noun_is_there():
    assert {endpoint.noun for endpoint in BELOW_A_WORKSPACE} >= NOUNS


def test_a_stranger_finds_nothing(workspace, full):
    stranger = client_of(factories.make_admin(factories.make_workspace("Elsewhere")))
    for endpoint in BELOW_A_WORKSPACE:
        answer = asked(stranger, endpoint, workspace.slug, full)
        assert (answer.status_code, has_error_shape(answer.json())) == (404, True), endpoint


def test_rows_of_another_workspace_do_not_exist(workspace, full):
    elsewhere = factories.make_workspace("Elsewhere")
    client = client_of(factories.make_admin(elsewhere))
    for endpoint in filter(names_a_row, BELOW_A_WORKSPACE):
        answer = asked(client, endpoint, elsewhere.slug, full, body=f'{{"client_id": "{uuid4()}", "role": "admin"}}')
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), endpoint


def test_lists_hold_no_rows_of_another_workspace(workspace, full):
    elsewhere = factories.make_workspace("Elsewhere")
    client = client_of(factories.make_viewer(elsewhere, "eve"))
    of_nouns = [endpoint for endpoint in BELOW_A_WORKSPACE if endpoint.noun in NOUNS and not names_a_row(endpoint)]
    lists = [endpoint for endpoint in of_nouns if endpoint.method == "GET"]
    for endpoint in lists:
        answer = asked(client, endpoint, elsewhere.slug, full).json()
        rows = answer["flags"] if endpoint.template.endswith("preview/") else answer["results"]
        assert [row.get("username") for row in rows] == (["eve"] if endpoint.noun == "members" else []), endpoint
    assert len(lists) == len(NOUNS) + 1, "each noun, and the preview of batches"


def test_nobody_gets_anything_without_logging_in(workspace):
    for endpoint in endpoints():
        if endpoint != Endpoint("POST", f"{ROOT}/token/"):
            answer = asked(client_of(None), endpoint, workspace.slug, {"snapshots": 1})
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), endpoint


def test_a_viewer_reads_everything(workspace, viewer, full):
    for endpoint in BELOW_A_WORKSPACE:
        if endpoint.method == "GET" and not endpoint.template.endswith("download/"):
            assert asked(client_of(viewer), endpoint, workspace.slug, full).status_code == 200, endpoint


def test_a_viewer_changes_nothing_but_may_take_the_data_along(workspace, viewer, full):
    for endpoint in BELOW_A_WORKSPACE:
        if endpoint.method != "GET" and endpoint.template != f"{ROOT}/workspaces/{{workspace}}/exports/":
            answer = asked(client_of(viewer), endpoint, workspace.slug, full)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied"), endpoint
            assert "viewer" in answer.json()["message"]


def test_an_analyst_does_not_manage(workspace, analyst, full):
    for rest in ADMIN_ONLY:
        endpoint = Endpoint("POST", f"{ROOT}/workspaces/{{workspace}}/{rest}")
        assert endpoint in BELOW_A_WORKSPACE
        answer = asked(client_of(analyst), endpoint, workspace.slug, full)
        assert answer.status_code == 403, endpoint
        assert "Only an admin" in answer.json()["message"]
