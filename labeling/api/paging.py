"""Pages by cursor: a page begins after the last row of the one before, so that rows that come or go meanwhile shift nothing.

Django REST framework's own cursor loses its place where more than 1000 rows share a value; this one orders by value and id.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from labeling.services.refusals import Refused

PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000


class CursorPages(BasePagination):
    """Forward pages in the view's `page_order`: a column that is never null (or none), then the id. `-` means descending."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        order: tuple[str, ...] = getattr(view, "page_order", ("id",))
        page_size = _page_size(request)
        cursor = request.query_params.get("cursor")
        if cursor:
            queryset = queryset.filter(_after(queryset.model, order, cursor))
        rows = list(queryset.order_by(*order)[: page_size + 1])
        self._next = None
        if len(rows) > page_size:
            rows = rows[:page_size]
            self._next = replace_query_param(request.build_absolute_uri(), "cursor", _cursor(rows[-1], order))
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        next_page = {"type": "string", "format": "uri", "nullable": True, "description": "Address of the next page; null on the last."}
        return {"type": "object", "required": ["next", "results"], "properties": {"next": next_page, "results": schema}}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
        return [
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}, "description": "Taken from `next`."},
            {"name": "page_size", "in": "query", "required": False, "schema": size, "description": "Rows on a page."},
        ]


def _page_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(PAGE_SIZE))
    if not text.isdecimal() or not 1 <= int(text) <= MAX_PAGE_SIZE:
        raise Refused("bad_page_size", f"page_size: {text!r}. Give a whole number from 1 to {MAX_PAGE_SIZE}.", fields={"page_size": [text]})
    return int(text)


def _cursor(row: Model, order: tuple[str, ...]) -> str:
    values = [getattr(row, name.lstrip("-")) for name in order]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _after(model: type[Model], order: tuple[str, ...], cursor: str) -> Q:
    """The rows behind the cursor. The outer bound lets the database walk its index instead of trying both sides of the OR."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(order) or None in values:
            raise ValueError("not a cursor of this list")
        marks = [_field(model, name).to_python(value) for name, value in zip(order, values, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError):
        message = "This cursor is not one of this list. Follow `next` as it was given."
        raise Refused("bad_cursor", message, fields={"cursor": [cursor]}) from None
    if len(order) == 1:
        return _beyond(order[0], marks[0])
    outer = order[0].lstrip("-")
    bound = Q(**{f"{outer}__{'lte' if order[0].startswith('-') else 'gte'}": marks[0]})
    return bound & (_beyond(order[0], marks[0]) | _beyond(order[1], marks[1]))


def _field(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name.lstrip("-"))


def _beyond(name: str, mark: Any) -> Q:
    return Q(**{f"{name.lstrip('-')}__{'lt' if name.startswith('-') else 'gt'}": mark})
