"""NUL characters in the texts of records: no analyst wrote them, PostgreSQL stores none, and XML can't hold one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

from labeling.seismo.field_values import values_of
from labeling.seismo.records import Problem, Record

NUL = "\x00"


def without_nul(record: Record) -> tuple[Record, Problem | None]:
    """The record without NUL characters, and a warning where there were any. A problem loses them without a word."""
    # A million records are looked at, and hardly one has any: all texts of a record are looked through at once.
    kind: type = type(record)
    texts_of, nested_of = _getters(kind)
    if NUL not in "".join(filter(None, texts_of(record))) and not any(map(_has_nul, filter(None, nested_of(record)))):
        return record, None
    texts = {name: value for name, value in vars(record).items() if _has_nul(value)}
    cleaned = replace(record, **{name: _without(value) for name, value in texts.items()})
    if isinstance(cleaned, Problem):
        return cleaned, None
    names = ", ".join(name.replace("_", " ") for name in texts)
    message = f"NUL characters are taken out of the {names}; the rest stands. Compare with the source: other bytes may be wrong, too."
    return cleaned, Problem("nul_characters", message, cleaned.source_ref, severity="warning")


@cache
def _getters(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]], Callable[[Any], tuple[Any, ...]]]:
    """What gets the texts of such a record, None for those that are missing, and what gets all that may hold texts."""
    types = {field.name: str(field.type) for field in fields(kind)}
    texts = [name for name, of in types.items() if of.startswith(("str", "Literal", "Severity"))]
    nested = [name for name, of in types.items() if of.startswith(("dict", "tuple"))]
    return values_of(texts), values_of(nested)


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return NUL in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(inner) for key, inner in value.items())
    return isinstance(value, (tuple, list)) and any(_has_nul(inner) for inner in value)


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(NUL, "")
    if isinstance(value, dict):
        return {_without(key): _without(inner) for key, inner in value.items()}
    return type(value)(_without(inner) for inner in value) if isinstance(value, (tuple, list)) else value
