"""A NUL character in an address is refused here: PostgreSQL takes none, and every filter would have to look for it."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request

from labeling.errors import json_error


def refuse_nul_characters(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: status 400, in the one JSON shape below /api/, as a page elsewhere."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "\x00" not in request.path and "%00" not in request.META.get("QUERY_STRING", ""):
            return get_response(request)
        message = "The address holds a NUL character (%00). Take it out."
        if request.path.startswith("/api/"):
            return json_error("invalid", message, status=400)
        return bad_request(request, BadRequest(message))

    return answer
