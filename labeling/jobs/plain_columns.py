"""Columns of many rows as the database driver gives them: what Django makes of each cell takes longer than reading it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, DateTimeField, Expression, Func, JSONField, Model, TextField
from django.db.models.functions import Cast


class Plain(Func):
    """A column that nothing is converted for. `time_of` and `json_of` read such times and JSON, `bool` truth values."""

    arity = 1
    output_field = TextField()
    template = "%(expressions)s"


class _TextOfTime(Plain):
    """SQLite's own text; its driver calls Python for each time that a column is declared as one."""

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS TEXT)", **extra_context)


def plain(model: type[Model], name: str, prefix: str = "") -> Expression | str:
    """For `values_list`: a field of a model below a prefix such as `pick__`, plain where Django would convert it."""
    field = model._meta.get_field(name)
    if isinstance(field, DateTimeField):
        return _TextOfTime(f"{prefix}{name}")
    if isinstance(field, JSONField):
        return Cast(f"{prefix}{name}", TextField())
    if isinstance(field, BooleanField):
        return Plain(f"{prefix}{name}")
    return f"{prefix}{name}"


def time_of(cell: Any) -> Any:
    """The UTC time of a plain cell, None where there is none."""
    return datetime.fromisoformat(f"{cell}+00:00") if isinstance(cell, str) else cell


def json_of(cell: str) -> Any:
    """What the JSON of a plain cell says."""
    return {} if cell == "{}" else json.loads(cell)
