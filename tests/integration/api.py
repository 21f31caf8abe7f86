"""What the tests of the REST API share: clients, and every endpoint that the router knows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.contrib.auth.models import User
from drf_spectacular.generators import EndpointEnumerator
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

ROOT = "/api/v1"


@dataclass(frozen=True)
class Endpoint:
    method: str
    template: str  # with {workspace}, {pk} …

    @property
    def noun(self) -> str:
        """What follows the workspace in the address: `picks`; empty where nothing does."""
        parts = self.template.removeprefix(f"{ROOT}/workspaces/").split("/")
        return parts[1] if len(parts) > 1 else ""

    def address(self, workspace: str, number: int = 1) -> str:
        """The template with a workspace's slug, and `number` for every id."""
        return re.sub(r"\{\w+\}", str(number), self.template.replace("{workspace}", workspace).replace("{slug}", workspace))

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def endpoints() -> list[Endpoint]:
    """Every method of every address of the API, less its page for people and what catches wrong addresses."""
    known = [Endpoint(method, path) for path, _, method, _ in EndpointEnumerator().get_api_endpoints()]
    return [endpoint for endpoint in known if endpoint.template not in (f"{ROOT}/", f"{ROOT}/docs/")]


def of_a_workspace() -> list[Endpoint]:
    return [endpoint for endpoint in endpoints() if "{workspace}" in endpoint.template or "{slug}" in endpoint.template]


def client_of(user: User | None) -> APIClient:
    """A client that sends the person's token; nobody's for None."""
    client = APIClient()
    if user is not None:
        token, _ = Token.objects.get_or_create(user=user)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    return client


def has_error_shape(body: object) -> bool:
    return (
        isinstance(body, dict)
        and set(body) == {"code", "message", "fields"}
        and isinstance(body["code"], str)
        and bool(body["code"])
        and isinstance(body["message"], str)
        and bool(body["message"])
        and isinstance(body["fields"], dict)
    )
