"""Uploading over the API."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from labeling.jobs.import_catalog import import_catalog
from tests import factories
from tests.integration.api import ROOT, client_of

pytestmark = pytest.mark.django_db
PICKS = b"station_code,network_code,phase,time\nFUM,BG,P,2012-09-23T16:22:30Z\nFUM,BG,P,yesterday\n"


@pytest.fixture
def address(workspace):
    return f"{ROOT}/workspaces/{workspace.slug}/imports/"


def test_an_upload_from_the_first_byte_to_its_report(address, workspace, analyst):
    client = client_of(analyst)
    opened = client.post(address, {"name": "Autumn"}).json()
    assert (opened["state"], opened["created_by"]) == ("receiving", "ana")
    here = f"{address}{opened['id']}/"
    sent = client.post(f"{here}files/", {"file": SimpleUploadedFile("picks.csv", PICKS)}, format="multipart")
    assert (sent.status_code, sent.json()["name"], sent.json()["size_bytes"]) == (201, "picks.csv", len(PICKS))
    assert client.post(f"{here}start/").json()["state"] == "queued"
    import_catalog(opened["id"])
    done = client.get(here).json()
    assert (done["state"], done["progress"], done["counts"]["picks"]) == ("done", 1.0, 1)
    [problem] = client.get(f"{here}problems/?severity=error").json()["results"]
    assert problem["place"].endswith("picks.csv:3")
    [pick] = client.get(f"{ROOT}/workspaces/{workspace.slug}/picks/?catalog={done['catalog']}").json()["results"]
    assert pick["source_ref"] == "picks.csv:2"


@pytest.mark.parametrize(
    ("header", "value", "name"),
    [
        ("X-File-Name", "REA/S%C3%BCd.csv", "REA/Süd.csv"),
        ("Content-Disposition", 'attachment; filename="picks.csv"', "picks.csv"),
        ("Content-Disposition", "attachment; filename*=UTF-8''S%C3%BCd.csv", "Süd.csv"),
    ],
)
def test_a_file_may_be_the_body_itself(header, value, name, address, analyst):
    client = client_of(analyst)
    here = f"{address}{client.post(address).json()['id']}/files/"
    sent = client.generic("POST", here, PICKS, content_type="application/octet-stream", headers={header: value})
    assert (sent.status_code, sent.json()["name"], sent.json()["size_bytes"]) == (201, name, len(PICKS))
    assert [file["name"] for file in client.get(here).json()["results"]] == [name]


def test_a_body_without_a_name_is_refused(address, analyst):
    client = client_of(analyst)
    here = f"{address}{client.post(address).json()['id']}/files/"
    answer = client.generic("POST", here, PICKS, content_type="application/octet-stream")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_file_name")
    answer = client.post(here, {"picks": SimpleUploadedFile("picks.csv", PICKS)}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "one_file_please")


def sent_in_part(client, here: str, body: bytes, promised: str, content_type: str = "application/octet-stream"):
    received = {"CONTENT_LENGTH": promised, "wsgi.input": io.BytesIO(body)}
    return client.generic("POST", here, body, content_type=content_type, headers={"X-File-Name": "picks.csv"}, **received)


@pytest.mark.parametrize("form", ["body", "form field"])
def test_half_a_file_is_refused_and_the_whole_one_taken_afterwards(address, analyst, form):
    client = client_of(analyst)
    here = f"{address}{client.post(address).json()['id']}/files/"
    if form == "body":
        answer = sent_in_part(client, here, PICKS[:10], str(len(PICKS)))
    else:
        whole = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("picks.csv", PICKS)})
        answer = sent_in_part(client, here, whole[: len(whole) - 60], str(len(whole)), MULTIPART_CONTENT)
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_cut_off")
    assert client.generic("POST", here, PICKS, content_type="text/csv", headers={"X-File-Name": "picks.csv"}).status_code == 201


@pytest.mark.parametrize("content_type", ["application/octet-stream", MULTIPART_CONTENT])
def test_a_body_that_does_not_say_its_length_is_refused(address, analyst, content_type):
    client = client_of(analyst)
    here = f"{address}{client.post(address).json()['id']}/files/"
    answer = sent_in_part(client, here, PICKS, "", content_type)
    assert answer.status_code == 411
    assert answer.json().keys() == {"code", "message", "fields"}
    assert client.get(here).json()["results"] == []


def test_an_import_without_files_is_not_started(address, analyst):
    client = client_of(analyst)
    answer = client.post(f"{address}{client.post(address).json()['id']}/start/")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_files")


def test_a_cancelled_import_takes_no_more_files(address, analyst):
    client = client_of(analyst)
    here = f"{address}{client.post(address).json()['id']}/"
    assert client.post(f"{here}cancel/").json()["state"] == "cancelled"
    answer = client.generic("POST", f"{here}files/", PICKS, content_type="text/csv", headers={"X-File-Name": "picks.csv"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_started")


def test_a_withdrawn_catalog_hides_its_picks_until_it_is_restored(workspace, workspace_admin):
    catalog = factories.make_catalog(workspace)
    factories.make_pick(catalog=catalog)
    client, home = client_of(workspace_admin), f"{ROOT}/workspaces/{workspace.slug}"
    assert client.post(f"{home}/catalogs/{catalog.pk}/withdraw/").json()["withdrawn_at"]
    assert client.get(f"{home}/picks/").json()["results"] == []
    assert client.post(f"{home}/catalogs/{catalog.pk}/restore/").json()["withdrawn_at"] is None
    assert len(client.get(f"{home}/picks/").json()["results"]) == 1
