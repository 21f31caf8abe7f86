"""Values of a JSON body or an address that a script of ours sends, or a refusal that names the field."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from labeling.services.refusals import Refused


def json_body(request: HttpRequest, *, most_bytes: int) -> dict[str, Any]:
    if len(request.body) > most_bytes:
        raise Refused("too_long", f"This takes less than {most_bytes // 1024} kB, and what was sent is longer.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused("not_json", "Send one JSON object.")
    return body


def invalid(name: str, wanted: str) -> Refused:
    return Refused("invalid", f"{name} should be {wanted}.", fields={name: [f"Should be {wanted}."]})


def uuid_of(body: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(str(body.get(name)))
    except ValueError:
        raise invalid(name, "a UUID made by the client") from None


def whole_number(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not _is_id(value):
        raise invalid(name, "a whole number")
    return int(value)  # type: ignore[arg-type]


def whole_numbers(body: dict[str, Any], name: str) -> list[int]:
    values = body.get(name)
    if not isinstance(values, list) or not all(_is_id(value) for value in values):
        raise invalid(name, "a list of whole numbers")
    return values


def ids_of(text: str, name: str, *, most: int) -> list[int]:
    """Ids by commas, as a parameter of an address holds them."""
    parts = text.split(",") if text else []
    if len(parts) > most or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise invalid(name, f"at most {most} whole numbers with commas between them")
    return [int(part) for part in parts]


def number_or_none(body: dict[str, Any], name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise invalid(name, "a number")
    return float(value)


def text_of(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise invalid(name, "a text")
    return value


def object_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise invalid(name, "an object")
    return value


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
