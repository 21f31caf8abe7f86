"""What an import would read, looked at on its page and over REST before anything is written."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse

from labeling.files import data_dir
from labeling.jobs.preview_import import preview_import
from labeling.models import Catalog, Event, Import, ImportPreview, ImportProblem, Pick, Station, Trace
from labeling.services.catalogs import withdraw_catalog
from labeling.services.import_previews import begin_preview
from labeling.services.refusals import Conflict, Refused
from labeling.services.table_mappings import checked_mapping, confirm_mapping, suggestion_for, tables_of
from labeling.services.uploads import add_file, begin_import, start_import
from labeling.services.work import cancel_work
from tests import factories
from tests.integration.api import ROOT, client_of
from tests.integration.small_uploads import import_files
from tests.integration.test_unknown_tables import TABLE

pytestmark = pytest.mark.django_db
PICKS = "pick_id,network,station,phase,time,weight\n1,NZ,WEL,P,2013-09-26T15:17:05.61Z,2\n2,NZ,WEL,S,yesterday,\n"


@pytest.fixture
def source_import(workspace) -> Import:
    source_import = begin_import(workspace=workspace, name="Autumn", by=None)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("week/picks.csv", PICKS)
    add_file(source_import=source_import, name="autumn.zip", chunks=[archive.getvalue()])
    return source_import


def looked_at(source_import: Import) -> ImportPreview:
    preview = begin_preview(source_import=source_import, by=None)
    preview_import(preview.pk)
    preview.refresh_from_db()
    return preview


def test_a_preview_tells_forms_counts_first_picks_and_problems(source_import):
    preview = looked_at(source_import)
    assert (preview.state, preview.n_files) == ("done", 1)
    assert (preview.found["forms"], preview.found["counts"]) == ({"picks_csv": 1}, {"picks": 1})
    assert preview.found["picks"][0]["time"] == "2013-09-26T15:17:05.610000Z"
    (problem,) = preview.found["problems"]
    assert (problem["severity"], problem["code"], problem["count"]) == ("error", "unreadable_row", 1)
    assert problem["examples"][0]["place"] == "autumn.zip/week/picks.csv:3"


def test_a_preview_writes_no_row_and_leaves_no_file(source_import):
    looked_at(source_import)
    for model in (Catalog, Event, Pick, Trace, Station, ImportProblem):
        assert not model.objects.exists()
    assert not [path for path in (data_dir() / "tmp").rglob("*")]
    assert Import.objects.get().state == "receiving"


def test_a_preview_says_which_files_were_imported_before_and_with_what(source_import, workspace, workspace_admin, analyst_client: Client):
    picks, workspaces = (
        b"pick_id,network,station,phase,time\n1,NZ,WEL,P,2013-09-26T15:17:05.61Z\n",
        (workspace, factories.make_workspace("Elsewhere")),
    )
    for place in workspaces:
        import_files(place, {"spring/picks.csv": picks})
    add_file(source_import=source_import, name="again.csv", chunks=[picks])
    here = looked_at(source_import).found["files_here"]
    earlier = workspace.imports.exclude(pk=source_import.pk).get()
    (same,) = here["examples"]
    assert (here["count"], same["name"], same["imported_as"]) == (1, "again.csv", "spring/picks.csv")
    assert (same["import"], same["catalog"]) == (earlier.pk, earlier.catalog_id)
    page = analyst_client.get(reverse("import_detail", args=[workspace.slug, source_import.pk])).content.decode()
    assert "1 of the files is here already" in page
    withdraw_catalog(catalog=earlier.catalog, by=workspace_admin)
    assert looked_at(source_import).found["files_here"] == {"count": 0, "examples": []}


def test_a_preview_reads_tables_by_their_confirmed_mapping(source_import):
    add_file(source_import=source_import, name="berg.csv", chunks=[TABLE.encode()])
    assert "unconfirmed_table" in [problem["code"] for problem in looked_at(source_import).found["problems"]]
    (table,) = tables_of(source_import)
    mapping = checked_mapping(suggestion_for(source_import, table).mapping.as_json())
    confirm_mapping(source_import=source_import, key=table.key, mapping=mapping, by=None)
    assert looked_at(source_import).found["counts"] == {"picks": 3}


def test_a_broken_archive_is_told_and_not_the_end(workspace):
    source_import = begin_import(workspace=workspace, name="Broken", by=None)
    add_file(source_import=source_import, name="cut.zip", chunks=[b"PK\x03\x04" + b"\0" * 40])
    preview = looked_at(source_import)
    assert preview.state == "done"
    assert preview.found["problems"][0]["code"] in ("archive_refused", "unrecognised_file")


def test_one_that_is_under_way_is_not_begun_twice(source_import):
    assert begin_preview(source_import=source_import, by=None) == begin_preview(source_import=source_import, by=None)


def test_a_started_or_empty_import_has_no_preview(source_import, workspace):
    start_import(source_import=source_import, send=False)
    with pytest.raises(Conflict, match="started already"):
        begin_preview(source_import=source_import, by=None)
    with pytest.raises(Refused, match="no files yet"):
        begin_preview(source_import=begin_import(workspace=workspace, name="Empty", by=None), by=None)


def test_a_preview_can_be_cancelled(source_import):
    preview = begin_preview(source_import=source_import, by=None)
    cancel_work(row=preview)
    preview_import(preview.pk)
    preview.refresh_from_db()
    assert (preview.state, preview.found) == ("cancelled", {})


def test_the_page_shows_it_and_says_when_files_came_later(source_import, analyst_client: Client):
    address = [source_import.workspace.slug, source_import.pk]
    assert analyst_client.post(reverse("import_preview_begin", args=address)).status_code == 302
    fragment = analyst_client.get(reverse("import_preview", args=address)).content.decode()
    assert "hx-trigger" in fragment
    preview_import(ImportPreview.objects.get().pk)
    assert analyst_client.get(reverse("import_preview", args=address))["HX-Refresh"] == "true"
    add_file(source_import=source_import, name="more.csv", chunks=[b"x"])
    page = analyst_client.get(reverse("import_detail", args=address)).content.decode()
    assert "NZ.WEL P" in page
    assert "unreadable row" in page
    assert "there are 2 by now" in page


def test_only_analysts_begin_one(source_import, viewer_client: Client):
    assert viewer_client.post(reverse("import_preview_begin", args=[source_import.workspace.slug, source_import.pk])).status_code == 403


def test_a_preview_over_rest(source_import, analyst):
    client = client_of(analyst)
    here = f"{ROOT}/workspaces/{source_import.workspace.slug}/imports/{source_import.pk}/preview/"
    assert client.get(here).status_code == 404
    begun = client.post(here)
    assert (begun.status_code, begun.json()["state"]) == (202, "queued")
    preview_import(begun.json()["id"])
    done = client.get(here).json()
    assert (done["state"], done["found"]["counts"]) == ("done", {"picks": 1})
