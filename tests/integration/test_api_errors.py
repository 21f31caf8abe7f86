"""Every error of the API has one shape."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from tests import factories
from tests.integration.api import ROOT, Endpoint, client_of, endpoints, has_error_shape

pytestmark = pytest.mark.django_db
ALL = endpoints()
WITH_BODY = [e for e in ALL if e.method in ("POST", "PATCH") and "files" not in e.template]


@pytest.fixture(autouse=True)
def no_throttle_left():
    cache.clear()


def asked(client: APIClient, method: str, endpoint: Endpoint, slug: str, body: str = "", accept: str = "application/json"):
    return client.generic(method, endpoint.address(slug), body, content_type="application/json", headers={"Accept": accept})


def test_a_method_that_does_not_exist(workspace, workspace_admin):
    for endpoint in ALL:
        answer = asked(client_of(workspace_admin), "PURGE", endpoint, workspace.slug)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), endpoint
        assert has_error_shape(answer.json())


def test_a_body_that_is_no_json(workspace, workspace_admin):
    for endpoint in WITH_BODY:
        answer = asked(client_of(workspace_admin), endpoint.method, endpoint, workspace.slug, "{no json")
        assert (400 <= answer.status_code < 500, has_error_shape(answer.json())) == (True, True), endpoint


def test_a_body_that_is_a_list(workspace, workspace_admin):
    for endpoint in WITH_BODY:
        answer = asked(client_of(workspace_admin), endpoint.method, endpoint, workspace.slug, "[1, 2]")
        assert answer.status_code < 300 or has_error_shape(answer.json()), endpoint


def test_a_form_that_is_not_spoken(workspace, viewer):
    for endpoint in ALL:
        if endpoint.method == "GET":
            answer = asked(client_of(viewer), "GET", endpoint, workspace.slug, accept="text/turtle")
            assert (answer.status_code, has_error_shape(answer.json())) == (406, True), endpoint


def test_an_address_that_leads_nowhere(workspace_admin):
    answer = client_of(workspace_admin).get(f"{ROOT}/workspace")
    assert answer.status_code == 404
    assert has_error_shape(answer.json())
    assert "slash" in answer.json()["message"]


def test_fields_name_what_is_wrong(workspace, analyst):
    answer = client_of(analyst).post(f"{ROOT}/workspaces/{workspace.slug}/decisions/", {"kind": "guess"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert set(answer.json()["fields"]) == {"client_id", "pick", "kind"}


def test_a_stale_token():
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION="Token gone")
    answer = client.get(f"{ROOT}/workspaces/")
    assert answer.status_code == 401
    assert has_error_shape(answer.json())


def test_too_many_logins():
    answers = [client_of(None).post(f"{ROOT}/token/", {"username": "eve", "password": "guess"}) for _ in range(21)]
    assert answers[0].status_code == 400
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "throttled"
    assert has_error_shape(answers[-1].json())


def test_a_refusal_of_a_service(workspace, workspace_admin):
    answer = client_of(workspace_admin).post(f"{ROOT}/workspaces/{workspace.slug}/snapshots/")
    assert answer.status_code == 400
    assert answer.json()["code"] == "no_picks"


def test_a_session_without_its_csrf_token(workspace, analyst):
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="ana", password=factories.PASSWORD)
    answer = client.post(f"{ROOT}/workspaces/{workspace.slug}/imports/")
    assert answer.status_code == 403
    assert has_error_shape(answer.json())
