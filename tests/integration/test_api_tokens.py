"""Logging in over the API."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests import factories
from tests.integration.api import ROOT, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_throttle_left():
    cache.clear()


def test_a_token_opens_what_its_owner_may_see(workspace, analyst):
    token = client_of(None).post(f"{ROOT}/token/", {"username": "ana", "password": factories.PASSWORD}).json()["token"]
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    [mine] = client.get(f"{ROOT}/workspaces/").json()["results"]
    assert (mine["slug"], mine["role"]) == (workspace.slug, "analyst")


def test_a_wrong_password_gets_no_token(analyst):
    answer = client_of(None).post(f"{ROOT}/token/", {"username": "ana", "password": "guess"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_credentials"


def test_a_stale_token_does_not_keep_anybody_from_logging_in(analyst):
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION="Token gone")
    assert client.post(f"{ROOT}/token/", {"username": "ana", "password": factories.PASSWORD}).status_code == 200


def test_a_revoked_token_opens_nothing(analyst):
    client = client_of(analyst)
    assert client.delete(f"{ROOT}/token/").status_code == 204
    assert client.get(f"{ROOT}/workspaces/").status_code == 401


def test_the_schema_and_its_page_are_for_those_who_are_logged_in(client, analyst):
    assert client.get(f"{ROOT}/schema/").status_code == 401
    assert client.get(f"{ROOT}/docs/").status_code == 302
    client.force_login(analyst)
    page = client.get(f"{ROOT}/docs/")
    assert b"swagger-ui" in page.content
    assert b"<style" not in page.content
    assert b"<script>" not in page.content
    assert b"SwaggerUIBundle" in client.get(f"{ROOT}/docs/?script=").content
