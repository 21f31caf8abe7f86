"""Many rows of one table at once: `executemany` on SQLite, COPY on PostgreSQL.

Django's bulk_create and bulk_update take some ten times as long: they build a model and a piece of SQL for every row.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.utils import timezone

Cells = Sequence[Any]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Inserts rows whose cells come in the order of `columns` (`pick_id` for a foreign key). Other columns take the model's default.

    To be called in a transaction: a row that breaks a constraint ends it with IntegrityError.
    """
    by_name = _fields(model)
    others = [field for name, field in by_name.items() if name not in columns and name != "id" and not field.generated]
    rest = tuple(_default(field) for field in others)
    fields = [*(by_name[name] for name in columns), *others]
    names = ", ".join(_quoted(field.column) for field in fields)
    prepared = _prepared(fields, ((*row, *rest) for row in rows))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            _copy(cursor, f"{_table(model)} ({names})", prepared)
        return
    places = ", ".join(["%s"] * len(fields))
    _execute_many(f"INSERT INTO {_table(model)} ({names}) VALUES ({places})", prepared)  # noqa: S608  names of the model


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Writes `columns` of rows that are there. The first cell of each row is its id, the others come in the order of `columns`."""
    by_name = _fields(model)
    fields = [by_name["id"], *(by_name[name] for name in columns)]
    if connection.vendor == "postgresql":
        _update_by_copy(_table(model), fields, rows)
        return
    changes = ", ".join(f"{_quoted(field.column)} = %s" for field in fields[1:])
    prepared = ((*row[1:], row[0]) for row in _prepared(fields, rows))
    _execute_many(f"UPDATE {_table(model)} SET {changes} WHERE id = %s", prepared)  # noqa: S608  names of the model


def _update_by_copy(table: str, fields: Sequence[Any], rows: Iterable[Cells]) -> None:
    names = [_quoted(field.column) for field in fields]
    columns = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE changed_rows ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608
        _copy(cursor, f"changed_rows ({columns})", _prepared(fields, rows))
        cursor.execute("ANALYZE changed_rows")  # else a few rows are believed to be many, and the whole table is read for them
        changes = ", ".join(f"{name} = changed_rows.{name}" for name in names[1:])
        cursor.execute(f"UPDATE {table} SET {changes} FROM changed_rows WHERE {table}.id = changed_rows.id")  # noqa: S608
        cursor.execute("DROP TABLE changed_rows")


def _execute_many(statement: str, rows: Iterable[Cells]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)  # type: ignore[arg-type]  # the stubs want a sequence; SQLite takes rows as they come


class _Null(int):
    """What csv takes for a number, and writes as an unquoted nothing: COPY's NULL. Every text is quoted, the empty one too."""

    def __str__(self) -> str:
        return ""


_NULL = _Null()


def _copy(cursor: Any, target: str, rows: Iterable[Cells]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_NULL if cell is None else cell for cell in row] for row in rows)
    text.seek(0)
    with connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {target} FROM STDIN WITH (FORMAT csv)", text)


def _prepared(fields: Sequence[Any], rows: Iterable[Cells]) -> Iterable[Cells]:
    """Rows as the database driver takes them."""
    to_convert = [(place, convert) for place, field in enumerate(fields) if (convert := _conversion(field)) is not None]
    for row in rows:
        cells = list(row)
        for place, convert in to_convert:
            if cells[place] is not None:
                cells[place] = convert(cells[place])
        yield cells


def _conversion(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return json.dumps
    if isinstance(field, models.BinaryField) and connection.vendor == "postgresql":
        return lambda value: f"\\x{value.hex()}"
    if isinstance(field, models.DateTimeField) and connection.vendor != "postgresql":
        return connection.ops.adapt_datetimefield_value
    return None


def _default(field: Any) -> Any:
    if getattr(field, "auto_now_add", False):
        return timezone.now()
    return field.get_default()


def _fields(model: type[models.Model]) -> dict[str, Any]:
    """The columns' fields by attribute name; a key goes by `pick_id`."""
    return {field.attname: field for field in model._meta.concrete_fields}


def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
