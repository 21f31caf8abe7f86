"""What people and programs see when something went wrong that nobody expected: no traceback, no path."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from labeling.errors import json_error


def failure(request: HttpRequest) -> HttpResponse:
    """Status 500 in the one JSON shape below /api/, as a page elsewhere."""
    if request.path.startswith("/api/"):
        return json_error("server_error", "Something went wrong that Repick did not expect. It is in the server's log.", status=500)
    return server_error(request)
