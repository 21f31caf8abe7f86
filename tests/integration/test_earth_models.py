"""A workspace's own velocity models, from the upload to the lines on the screen."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labeling.files import earth_models_folder
from labeling.models import EarthModel
from tests import factories
from tests.integration.api import client_of
from tests.integration.conftest import signed_in
from tests.unit.test_velocity_model import CRUST


@pytest.fixture
def admin_client(workspace_admin):
    return signed_in(workspace_admin)


def upload(client, workspace, content, *, file_name="alps.tvel", name=""):
    file = SimpleUploadedFile(file_name, content if isinstance(content, bytes) else content.encode())
    return client.post(f"/w/{workspace.slug}/earth-models/add/", {"file": file, "name": name})


@pytest.fixture
def flag(workspace):
    catalog = factories.make_catalog(workspace)
    factories.make_station(workspace, "FUM")
    return factories.make_flag(factories.make_pick(factories.make_trace(catalog, event=factories.make_event(catalog))))


def arrivals(client, flag, model):
    return client.get(f"/w/{flag.workspace.slug}/review/items/{flag.pk}/arrivals/", {"model": model})


def test_an_uploaded_model_draws_its_own_arrivals(admin_client, analyst_client, workspace, flag):
    assert upload(admin_client, workspace, CRUST).status_code == 302
    model = EarthModel.objects.get()
    assert (model.name, model.completed_from_km, model.source) == ("alps", 60.0, CRUST)
    own, ak135 = (arrivals(analyst_client, flag, name).json()["arrivals"] for name in ("alps", "ak135"))
    assert own[0]["offset_s"] > ak135[0]["offset_s"] + 0.05, "5.0 km/s at the top is slower than ak135's 5.8"
    assert b'"alps"' in analyst_client.get(f"/w/{workspace.slug}/review/").content
    (earth_models_folder() / f"{model.sha256}.npz").unlink()
    assert arrivals(analyst_client, flag, "alps").json()["arrivals"] == own, "what the data folder lost is made again"


@pytest.mark.parametrize(
    ("content", "file_name", "name", "words"),
    [
        (b"", "a.tvel", "", "empty"),
        (b"\x00\x01binary", "a.npz", "", "no text"),
        (b"no\nmodel\nat all\n", "a.nd", "", "neither numbers"),
        (b"0 5 3\n" * 100_000, "a.tvel", "", "larger than 256 KiB"),
        (CRUST.encode(), "a.tvel", "ak135", "no name for a model"),
        (CRUST.encode(), "../../<b>.tvel", "../x", "no name for a model"),
    ],
)
def test_what_is_no_model_is_refused_with_a_reason(admin_client, workspace, content, file_name, name, words):
    answer = upload(admin_client, workspace, content, file_name=file_name, name=name)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not EarthModel.objects.exists()


def test_a_name_is_taken_once_and_free_again_after_its_model_is_removed(admin_client, workspace):
    upload(admin_client, workspace, CRUST)
    assert "There is a model alps already" in upload(admin_client, workspace, CRUST).content.decode()
    model = EarthModel.objects.get()
    admin_client.post(f"/w/{workspace.slug}/earth-models/{model.pk}/remove/")
    assert upload(admin_client, workspace, CRUST).status_code == 302


def test_a_model_comes_and_goes_over_the_api(workspace, workspace_admin, analyst):
    models, admin = f"/api/v1/workspaces/{workspace.slug}/earth-models/", client_of(workspace_admin)
    answer = admin.post(models, {"file": SimpleUploadedFile("alps.tvel", CRUST.encode())}, format="multipart")
    assert (answer.status_code, answer.json()["name"], answer.json()["completed_from_km"]) == (201, "alps", 60.0)
    model = EarthModel.objects.get()
    assert (model.created_by, client_of(analyst).get(f"{models}{model.pk}/").json()["source"]) == (workspace_admin, CRUST)
    assert [row["sha256"] for row in client_of(analyst).get(models).json()["results"]] == [model.sha256]
    assert client_of(analyst).delete(f"{models}{model.pk}/").status_code == 403
    assert admin.delete(f"{models}{model.pk}/").status_code == 204
    assert not EarthModel.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"no\nmodel\nat all\n", "", 400, "earth_model_unreadable"),
        (b"0 5 3\n" * 100_000, "", 400, "earth_model_unreadable"),
        (CRUST.encode(), "ak135", 400, "name_invalid"),
        (CRUST.encode(), "taken", 409, "name_taken"),
        (b"", "", 400, "invalid"),
    ],
)
def test_the_api_says_why_a_model_is_refused(workspace, workspace_admin, content, name, status, code):
    EarthModel.objects.create(workspace=workspace, name="taken", file_name="t.nd", source=CRUST, sha256="0" * 64)
    body = {"file": SimpleUploadedFile("a.tvel", content), "name": name}
    answer = client_of(workspace_admin).post(f"/api/v1/workspaces/{workspace.slug}/earth-models/", body, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert EarthModel.objects.count() == 1


def test_only_admins_bring_models_in(analyst_client, workspace):
    assert upload(analyst_client, workspace, CRUST).status_code == 403
    assert analyst_client.get(f"/w/{workspace.slug}/earth-models/").status_code == 200


def test_a_model_of_another_workspace_is_unknown_here(admin_client, analyst_client, workspace, flag):
    elsewhere = factories.make_workspace("Elsewhere")
    EarthModel.objects.create(workspace=elsewhere, name="theirs", file_name="t.nd", source=CRUST, sha256="0" * 64)
    assert arrivals(analyst_client, flag, "theirs").json()["code"] == "earth_model_unknown"
