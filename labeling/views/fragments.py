"""Parts of pages that ask for themselves anew while a worker works."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from labeling.models import Work


def polled_fragment(request: HttpRequest, template: str, context: dict[str, Any], *, row: Work) -> HttpResponse:
    """The fragment; once the work has ended, htmx is told to load the whole page, which then shows the result."""
    response = render(request, template, context)
    if row.is_finished:
        response["HX-Refresh"] = "true"
    return response
