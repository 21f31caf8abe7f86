"""Picks in Parquet: the columns of the CSV form, with types. Rows come in batches; a row's place is `file:row`, counted from 1."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from labeling.seismo.formats.parquet_file import HOW_TO_INSTALL, ParquetMissing, parquet_modules
from labeling.seismo.formats.read_csv import is_pick_header, picks_of_rows
from labeling.seismo.formats.table import Row
from labeling.seismo.records import Problem, Records
from labeling.seismo.timing import iso

_ROWS_AT_ONCE = 10_000


def read_parquet(path: Path, *, place: str) -> Records:
    """Events, picks and problems. place: what to call the file in the report. Nanoseconds are cut to microseconds."""
    try:
        pyarrow, parquet = parquet_modules()
    except ParquetMissing:
        message = f"{HOW_TO_INSTALL} (whoever runs the server can). Or upload the table as CSV."
        yield Problem("parquet_not_installed", message, place)
        return
    try:
        with parquet.ParquetFile(path) as file:
            names = [name.lower() for name in file.schema_arrow.names]
            if not is_pick_header(names):
                message = f"It needs times, phases and stations (time, phase_hint, station_code); here are {', '.join(names)}."
                yield Problem("unrecognised_file", f"{message} Rename them.", place)
                return
            yield from picks_of_rows(_rows(file, names), place=place)
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = f"The Parquet file can't be read on ({reason}); what stands before is imported. Copy it again from where it came."
        yield Problem("unreadable_file", message, place)


def _rows(file: Any, names: list[str]) -> Iterator[Row]:
    number = 0
    for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
        columns = [_cells(column) for column in batch.columns]
        for cells in zip(*columns, strict=True):
            number += 1
            yield Row(dict(zip(names, cells, strict=True)), number)


def _cells(column: Any) -> list[str]:
    """The values of a column as cells of a CSV."""
    import pyarrow

    if pyarrow.types.is_timestamp(column.type):
        column = column.cast(pyarrow.timestamp("us", tz=column.type.tz), safe=False)  # Python's times have no nanoseconds
    return [_cell(value) for value in column.to_pylist()]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso(value.replace(tzinfo=UTC) if value.tzinfo is None else value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, date) else str(value)
