"""NUL characters, which PostgreSQL refuses and SQLite takes: in catalogs they are taken out and told, in requests they are refused."""

from __future__ import annotations

import pytest

from labeling.jobs.preview_import import preview_import
from labeling.models import Pick, Work
from labeling.services.import_previews import begin_preview
from labeling.services.table_mappings import tables_of
from labeling.services.uploads import add_file, begin_import
from tests import factories
from tests.integration.api import ROOT, client_of
from tests.integration.small_uploads import import_files

pytestmark = pytest.mark.django_db
CSV = (
    "pick_id,network_code,station_code,phase_hint,time,author,remark\n"
    "1,NZ,WEL,P,2013-09-26T15:17:05.61Z,ot\0to,\n"
    "2,NZ,W\0EL,S,2013-09-26T15:17:09.61Z,otto,seen\0 twice\n"
    "3\0,NZ,WEL,P,2013-09-26T15:27:09.61Z,otto,\n"
    "4,NZ,WEL,P,26\0 September,otto,\n"
    "5,NZ,WEL,S,2013-09-26T15:27:12.61Z,otto,\n"
)


def test_a_catalog_with_nul_characters_is_imported_without_them_and_the_report_says_so(workspace):
    done = import_files(workspace, {"picks.csv": CSV.encode()})
    assert done.state == Work.State.DONE, done.message
    picks = Pick.objects.filter(workspace=workspace).order_by("time")
    assert [(pick.source_ref, pick.station_code, pick.author) for pick in picks] == [
        ("1", "WEL", "otto"), ("2", "WEL", "otto"), ("3", "WEL", "otto"), ("5", "WEL", "otto")
    ]  # fmt: skip
    assert picks[1].extra["remark"] == "seen twice"
    told = done.problems.filter(code="nul_characters").order_by("pk").values_list("place", "severity", flat=False)
    assert list(told) == [("1", "warning"), ("2", "warning"), ("3", "warning")]
    assert "taken out of the author" in done.problems.filter(code="nul_characters").order_by("pk")[0].message
    assert done.problems.get(code="unreadable_row").place == "picks.csv:5"


def test_a_preview_tells_of_nul_characters(workspace):
    source_import = begin_import(workspace=workspace, name="Damaged", by=None)
    add_file(source_import=source_import, name="picks.csv", chunks=[CSV.encode()])
    preview = begin_preview(source_import=source_import, by=None)
    preview_import(preview.pk)
    preview.refresh_from_db()
    assert preview.state == Work.State.DONE, preview.message
    assert preview.found["counts"]["picks"] == 4
    (told,) = [kind for kind in preview.found["problems"] if kind["code"] == "nul_characters"]
    assert told["count"] == 3


def test_an_unknown_table_with_nul_characters_waits_for_its_mapping(workspace):
    table = "Zeitpunkt;Welle;Ort\n" + "".join(f"2013-09-26 15:1{row}:05.61;P;W\0EL\n" for row in range(5))
    source_import = begin_import(workspace=workspace, name="Dama\0ged", by=None)
    assert source_import.name == "Damaged"
    add_file(source_import=source_import, name="picks.csv", chunks=[table.encode()])
    (found,) = tables_of(source_import)
    assert found.is_open


@pytest.mark.parametrize("page", ["review/?station=a%00b", "picks/?station=a%00b", "a%00b/"])
def test_an_address_with_a_nul_character_is_a_bad_request(workspace, client, page):
    client.force_login(factories.make_analyst(workspace))
    answer = client.get(f"/w/{workspace.slug}/{page}")
    assert answer.status_code == 400
    assert b"could not be understood" in answer.content


def test_an_address_of_the_api_with_a_nul_character_is_refused_in_the_one_json_shape(workspace):
    answer = client_of(factories.make_analyst(workspace)).get(f"{ROOT}/workspaces/{workspace.slug}/picks/?station_code=a%00b")
    assert answer.status_code == 400
    assert answer.json() == {"code": "invalid", "message": "The address holds a NUL character (%00). Take it out.", "fields": {}}
