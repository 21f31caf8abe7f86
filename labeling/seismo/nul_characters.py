"""NUL characters in the texts of records: no analyst wrote them, PostgreSQL stores none, and XML can't hold one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labeling.seismo.records import Problem, Record

NUL = "\x00"


def without_nul(record: Record) -> tuple[Record, Problem | None]:
    """The record without NUL characters, and a warning where there were any. A problem loses them without a word."""
    # A million records are looked at, and hardly one has any: most cells are told without a call.
    texts = {
        name: value
        for name, value in vars(record).items()
        if (NUL in value if isinstance(value, str) else value.__class__ in (dict, tuple, list) and value and _has_nul(value))
    }
    if not texts:
        return record, None
    cleaned = replace(record, **{name: _without(value) for name, value in texts.items()})
    if isinstance(cleaned, Problem):
        return cleaned, None
    names = ", ".join(name.replace("_", " ") for name in texts)
    message = f"NUL characters are taken out of the {names}; the rest stands. Compare with the source: other bytes may be wrong, too."
    return cleaned, Problem("nul_characters", message, cleaned.source_ref, severity="warning")


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
