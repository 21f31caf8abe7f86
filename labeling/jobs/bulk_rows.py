"""Many rows of one table at once: `executemany` on SQLite, COPY on PostgreSQL.

Django's bulk_create and bulk_update take some ten times as long: they build a model and a piece of SQL for every row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC
from itertools import islice, repeat
from typing import Any

from django.db import DatabaseError, connection, models
from django.utils import timezone

ROWS_AT_ONCE = 5000
COPIED_AT_ONCE = 500  # the text of so many is made while the server takes in those before
_NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Cells = Sequence[Any]
Texts = list[str]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Inserts rows whose cells come in the order of `columns` (`pick_id` for a foreign key). Other columns take the model's default.

    To be called in a transaction: a row that breaks a constraint ends it with IntegrityError. The rows are made while others are on their
    way: nothing in them may ask the database.
    """
    by_name = _fields(model)
    others = [field for name, field in by_name.items() if name not in columns and name != "id" and not field.generated]
    rest = [_default(field) for field in others]
    given = [by_name[name] for name in columns]
    target = f"{_table(model)} ({', '.join(_quoted(field.column) for field in (*given, *others))})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, target, given, rows, constants=_in_columns(others, [rest]))
            return
        for block in _blocks(rows):
            same = [[cell] * len(block) for cell in rest]
            _insert_block(
                cursor,
                target,
                [_driven(field, cells) for field, cells in zip((*given, *others), (*zip(*block, strict=True), *same), strict=True)],
            )


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Writes `columns` of rows that are there. The first cell of each row is its id, the others come in the order of `columns`."""
    by_name = _fields(model)
    fields = [by_name["id"], *(by_name[name] for name in columns)]
    if connection.vendor == "postgresql":
        _update_by_copy(_table(model), fields, rows)
        return
    changes = ", ".join(f"{_quoted(field.column)} = %s" for field in fields[1:])
    with connection.cursor() as cursor:
        for block in _blocks(rows):
            ids, *cells = (_driven(field, column) for field, column in zip(fields, zip(*block, strict=True), strict=True))
            cursor.executemany(f"UPDATE {_table(model)} SET {changes} WHERE id = %s", list(zip(*cells, ids, strict=True)))  # noqa: S608  names of the model


def _update_by_copy(table: str, fields: Sequence[Any], rows: Iterable[Cells]) -> None:
    names = [_quoted(field.column) for field in fields]
    columns = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE changed_rows ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608
        _copy(cursor, f"changed_rows ({columns})", fields, rows)
        cursor.execute("ANALYZE changed_rows")  # else a few rows are believed to be many, and the whole table is read for them
        changes = ", ".join(f"{name} = changed_rows.{name}" for name in names[1:])
        cursor.execute(f"UPDATE {table} SET {changes} FROM changed_rows WHERE {table}.id = changed_rows.id")  # noqa: S608
        cursor.execute("DROP TABLE changed_rows")


def _insert_block(cursor: Any, target: str, columns: Sequence[Cells]) -> None:
    """columns: cells as the driver takes them. What all rows have in common stands in the statement: to bind a cell takes longer."""
    places = [_literal(cells) for cells in columns]
    varying = [cells for cells, literal in zip(columns, places, strict=True) if literal is None]
    if not varying:  # then the rows are counted by what they have in common
        places, varying = [None, *places[1:]], [columns[0]]
    values = ", ".join("%s" if literal is None else literal for literal in places)
    cursor.executemany(f"INSERT INTO {target} VALUES ({values})", zip(*varying, strict=True))  # noqa: S608  names of the model


def _literal(cells: Cells) -> str | None:
    """SQL for what all of the cells are; None where they differ, or where it is more than an empty cell or a whole number."""
    first = cells[0]
    if not (first is None or first == "" or first.__class__ is int) or cells.count(first) < len(cells):
        return None
    return {None: "NULL", "": "''"}.get(first) or str(first)


def _driven(field: Any, column: Cells) -> Cells:
    """The cells of a column as the driver of SQLite takes them. Numbers for truths: it asks around for how to write others."""
    convert = _conversion(field)
    return column if convert is None else [None if cell is None else convert(cell) for cell in column]


def _blocks(rows: Iterable[Cells], size: int = ROWS_AT_ONCE) -> Iterator[list[Cells]]:
    following = iter(rows)
    return iter(lambda: list(islice(following, size)), [])


def _copy(cursor: Any, target: str, fields: Sequence[Any], rows: Iterable[Cells], *, constants: Sequence[Texts] = ()) -> None:
    """constants: the one text of each column of the target that all rows have in common; they come after those of `fields`."""
    rest = [repeat(texts[0]) for texts in constants]
    pieces = _Pieces(
        "".join(f"{line}\n" for line in map("\t".join, zip(*_in_columns(fields, block), *rest, strict=False)))
        for block in _blocks(rows, COPIED_AT_ONCE)
    )
    try:
        with connection.wrap_database_errors:
            cursor.copy_expert(f"COPY {target} FROM STDIN", pieces)
    except DatabaseError:
        if pieces.failure is not None:
            raise pieces.failure from None
        raise


class _Pieces:
    """A file for COPY to read from, written while the server takes in what was read. failure: what its text could not be made for."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self.failure: BaseException | None = None

    def read(self, size: int) -> str:
        """A whole piece, whatever its size: the driver takes it so."""
        try:
            return next(self._texts, "")
        except BaseException as failure:
            self.failure = failure  # of which the driver keeps but the words
            raise


def _in_columns(fields: Sequence[Any], rows: Sequence[Cells]) -> list[Texts]:
    """The rows' cells as COPY takes them, column by column: most of what each cell would have to be asked is asked once."""
    return [_texts(column, _conversion(field) or str) for field, column in zip(fields, zip(*rows, strict=True), strict=True)]


def _texts(column: Cells, as_text: Callable[[Any], str]) -> Texts:
    texts = ["" if cell is None else as_text(cell) for cell in column]
    if _SPECIAL.search("".join(texts)):
        texts = [text.translate(_ESCAPES) for text in texts]
    return [_NULL if cell is None else text for cell, text in zip(column, texts, strict=True)]


def _conversion(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.BinaryField) and connection.vendor == "postgresql":
        return lambda value: f"\\x{value.hex()}"
    if isinstance(field, models.DateTimeField) and connection.vendor != "postgresql":
        return lambda value: str(value if value.tzinfo is UTC else value.astimezone(UTC))[: -len("+00:00")]  # as Django writes it, faster
    if isinstance(field, models.BooleanField) and connection.vendor != "postgresql":
        return int
    return None


def _json(value: Any) -> str:
    return "{}" if value == {} else json.dumps(value)  # most rows have nothing in theirs


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
