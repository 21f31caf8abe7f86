"""Uploading in the browser, and the report of an import."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labeling.files import original_files
from labeling.models import Import, ImportProblem, Workspace
from labeling.services.refusals import Conflict
from labeling.services.uploads import add_file, begin_import, start_import
from tests import factories
from tests.integration.api import ROOT, client_of

JSON = {"Accept": "application/json"}


def open_import(client: Client, workspace: Workspace) -> dict:
    return client.post(reverse("import_new", args=[workspace.slug]), headers=JSON).json()


def send(client: Client, url: str, name: str, body: bytes, **extra: object):  # type: ignore[no-untyped-def]
    headers = {**JSON, "X-File-Name": quote(name)}
    return client.generic("POST", url, body, content_type="application/octet-stream", headers=headers, **extra)


def report_of(workspace: Workspace, n_warnings: int = 0) -> Import:
    done = Import.objects.create(workspace=workspace, name="NCSN", state="done", counts={"events": 1, "picks": 3, "errors": 1})
    ImportProblem.objects.create(
        source_import=done, severity="error", code="row_unreadable", place="picks.csv:3", message="No time. Give one."
    )
    for number in range(n_warnings):
        ImportProblem.objects.create(
            source_import=done, severity="warning", code="dead_component", place=f"{number}.mseed", message="All 0."
        )
    return done


def test_files_are_sent_one_by_one_and_then_the_import_starts(
    workspace: Workspace, analyst_client: Client, django_capture_on_commit_callbacks
) -> None:  # type: ignore[no-untyped-def]
    urls = open_import(analyst_client, workspace)["urls"]
    answer = send(analyst_client, urls["file"], "2012/09/Été 1.xml", b"<q:quakeml/>")
    assert answer.status_code == 201
    assert answer.json()["name"] == "2012/09/Été 1.xml"
    assert original_files().path_of(answer.json()["sha256"]).read_bytes() == b"<q:quakeml/>"
    assert analyst_client.post(urls["start"], headers=JSON).json()["state"] == "queued"


def test_a_name_that_leaves_its_folder_is_refused(workspace: Workspace, analyst_client: Client) -> None:
    urls = open_import(analyst_client, workspace)["urls"]
    for name in ("../../etc/passwd", "/etc/passwd", "a/../../b", "", "C:\\data"):
        answer = send(analyst_client, urls["file"], name, b"x")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_file_name")


def test_a_file_that_is_too_large_is_refused_and_not_kept(
    workspace: Workspace, analyst_client: Client, settings, data_folder: Path
) -> None:  # type: ignore[no-untyped-def]
    settings.UPLOAD_MAX_FILE_BYTES = 1000
    answer = send(analyst_client, open_import(analyst_client, workspace)["urls"]["file"], "big.bin", b"x" * 1001)
    assert answer.json()["code"] == "file_too_large"
    assert not [path for path in data_folder.rglob("*") if path.is_file()]


def test_more_files_than_allowed_are_refused(workspace: Workspace, analyst_client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.UPLOAD_MAX_FILES = 1
    url = open_import(analyst_client, workspace)["urls"]["file"]
    send(analyst_client, url, "a.csv", b"1")
    assert send(analyst_client, url, "b.csv", b"2").json()["code"] == "too_many_files"


def test_a_body_that_was_cut_off_is_not_taken_for_a_whole_file(workspace: Workspace, analyst_client: Client) -> None:
    url = open_import(analyst_client, workspace)["urls"]["file"]
    answer = send(analyst_client, url, "a.csv", b"half", **{"CONTENT_LENGTH": "9", "wsgi.input": io.BytesIO(b"half")})
    assert answer.json() == {"code": "upload_cut_off", "message": "Only 4 of 9 bytes arrived. Send the file again.", "fields": {}}
    assert not workspace.imports.get().files.exists()


def test_a_body_that_does_not_say_its_length_is_refused(workspace: Workspace, analyst_client: Client) -> None:
    url = open_import(analyst_client, workspace)["urls"]["file"]
    answer = send(analyst_client, url, "a.csv", b"half", **{"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(b"half")})
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")
    assert not workspace.imports.get().files.exists()


def test_a_file_that_arrives_after_the_start_is_refused_and_not_kept(workspace: Workspace, data_folder: Path) -> None:
    source_import = begin_import(workspace=workspace, name="late", by=None)
    add_file(source_import=source_import, name="a.csv", chunks=[b"in time"])

    def slowly() -> Iterator[bytes]:
        start_import(source_import=Import.objects.get(pk=source_import.pk), send=False)
        yield b"too late"

    with pytest.raises(Conflict, match="started already"):
        add_file(source_import=source_import, name="b.csv", chunks=slowly())
    assert [file.name for file in source_import.files.all()] == ["a.csv"]
    assert len([path for path in data_folder.rglob("*") if path.is_file()]) == 1


def test_one_pick_is_not_called_picks(workspace: Workspace, analyst_client: Client) -> None:
    counts = {"picks": 1, "picks_without_waveform": 1, "repeated_picks": 1}
    done = Import.objects.create(workspace=workspace, name="NCSN", state="done", counts=counts)
    page = analyst_client.get(reverse("import_detail", args=[workspace.slug, done.pk])).content.decode()
    assert "<span>pick without waveform</span>" in page
    assert "<span>pick here already, left alone</span>" in page


def test_an_import_without_files_does_not_start(workspace: Workspace, analyst_client: Client) -> None:
    answer = analyst_client.post(open_import(analyst_client, workspace)["urls"]["start"], headers=JSON)
    assert answer.json()["code"] == "no_files"


def test_a_started_import_takes_no_more_files(workspace: Workspace, analyst_client: Client) -> None:
    urls = open_import(analyst_client, workspace)["urls"]
    send(analyst_client, urls["file"], "a.csv", b"1")
    analyst_client.post(urls["start"], headers=JSON)
    answer = send(analyst_client, urls["file"], "b.csv", b"2")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_started")


def test_the_progress_fragment_asks_again_until_the_work_is_done(workspace: Workspace, analyst_client: Client) -> None:
    running = Import.objects.create(workspace=workspace, name="NCSN", state="running", progress=0.4, message="Reading a.xml")
    url = reverse("import_detail", args=[workspace.slug, running.pk])
    fragment = analyst_client.get(url, headers={"HX-Request": "true"})
    assert "40 %" in fragment.content.decode()
    assert "hx-trigger" in fragment.content.decode()
    assert "HX-Refresh" not in fragment
    Import.objects.update(state="done", progress=1)
    assert analyst_client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_the_report_is_narrowed_by_severity_and_code(workspace: Workspace, analyst_client: Client) -> None:
    url = reverse("import_detail", args=[workspace.slug, report_of(workspace, n_warnings=2).pk])
    everything = analyst_client.get(url).content.decode()
    assert "picks.csv:3" in everything
    assert "1.mseed" in everything
    warnings = analyst_client.get(url + "?severity=warning&code=dead_component").content.decode()
    assert "picks.csv:3" not in warnings
    assert "1.mseed" in warnings


def test_a_long_report_comes_in_pages(workspace: Workspace, analyst_client: Client) -> None:
    url = reverse("import_detail", args=[workspace.slug, report_of(workspace, n_warnings=60).pk])
    first = analyst_client.get(url).context["page"]
    second = analyst_client.get(url + first.next_url).context["page"]
    assert len(first.rows) + len(second.rows) == 61
    assert second.next_url == ""


def test_the_report_is_downloaded_whole_and_harmless_to_spreadsheets(workspace: Workspace, analyst_client: Client) -> None:
    done = report_of(workspace, n_warnings=60)
    ImportProblem.objects.create(source_import=done, severity="info", code="note", place="=cmd()", message="fine")
    answer = analyst_client.get(reverse("import_report", args=[workspace.slug, done.pk]))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert len(rows) == 62
    assert rows[0] == {"severity": "error", "code": "row_unreadable", "place": "picks.csv:3", "message": "No time. Give one."}
    assert rows[-1]["place"] == "'=cmd()"


def test_a_catalog_uploaded_by_mistake_is_withdrawn_and_brought_back(
    workspace: Workspace, workspace_admin: User, workspace_admin_client: Client
) -> None:
    catalog = factories.make_catalog(workspace)
    Import.objects.create(workspace=workspace, catalog=catalog, name="wrong.zip", state="done", finished_at=timezone.now())
    factories.make_pick(catalog=catalog)
    page = workspace_admin_client.post(reverse("catalog_withdraw", args=[workspace.slug, catalog.pk]), follow=True).content.decode()
    assert "NCSN 2012 is withdrawn" in page
    assert not workspace.picks.active().exists()
    workspace_admin_client.post(reverse("catalog_restore", args=[workspace.slug, catalog.pk]))
    assert workspace.picks.active().count() == 1


def test_withdrawing_twice_says_so_and_changes_nothing(workspace: Workspace, workspace_admin_client: Client) -> None:
    catalog = factories.make_catalog(workspace)
    url = reverse("catalog_withdraw", args=[workspace.slug, catalog.pk])
    workspace_admin_client.post(url)
    assert "was withdrawn already" in workspace_admin_client.post(url, follow=True).content.decode()


def test_a_running_import_is_cancelled_from_its_page(workspace: Workspace, analyst_client: Client) -> None:
    running = Import.objects.create(workspace=workspace, name="NCSN", state="running")
    analyst_client.post(reverse("import_cancel", args=[workspace.slug, running.pk]))
    running.refresh_from_db()
    assert running.cancel_requested


PLACES = ("picks.csv", "picks.csv:3", "picks.csv.bak:3", "autumn.zip/week_1/picks.csv:4", "autumn.zip/weekx1/picks.csv:4", "smi:pick/1")


@pytest.fixture
def of_many_files(workspace: Workspace) -> Import:
    done = Import.objects.create(workspace=workspace, name="NCSN", state="done")
    for place in PLACES:
        ImportProblem.objects.create(source_import=done, severity="error", code="unreadable_row", place=place, message=f"At {place}.")
    return done


@pytest.mark.parametrize(
    ("file", "places"),
    [
        ("picks.csv", PLACES[:2]),
        ("autumn.zip", PLACES[3:5]),
        ("autumn.zip/week_1", PLACES[3:4]),
        ("autumn.zip/week_1/", PLACES[3:4]),
        ("%", ()),
        ("no such file", ()),
    ],
)
def test_the_report_is_narrowed_by_file_archive_and_folder(
    file: str, places: tuple[str, ...], of_many_files, analyst, analyst_client: Client
):  # type: ignore[no-untyped-def]
    address = [of_many_files.workspace.slug, of_many_files.pk]
    page = analyst_client.get(reverse("import_detail", args=address), {"file": file}).content.decode()
    assert [place for place in PLACES if f"At {place}." in page] == list(places)
    report = b"".join(analyst_client.get(reverse("import_report", args=address), {"file": file}).streaming_content).decode()
    assert [row["place"] for row in csv.DictReader(io.StringIO(report))] == list(places)
    lines = client_of(analyst).get(f"{ROOT}/workspaces/{address[0]}/imports/{address[1]}/problems/", {"file": file}).json()["results"]
    assert [line["place"] for line in lines] == list(places)


def test_a_file_name_with_a_nul_character_is_a_bad_request(of_many_files, analyst, analyst_client: Client):  # type: ignore[no-untyped-def]
    address = [of_many_files.workspace.slug, of_many_files.pk]
    assert analyst_client.get(reverse("import_detail", args=address), {"file": "a\0b"}).status_code == 400
    answer = client_of(analyst).get(f"{ROOT}/workspaces/{address[0]}/imports/{address[1]}/problems/", {"file": "a\0b"})
    assert answer.status_code == 400
