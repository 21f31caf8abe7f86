"""Picks as Parquet: the columns of the CSV form, typed (times in UTC microseconds, numbers, texts); absent values are null."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick
from labeling.seismo.formats.parquet_file import parquet_modules
from labeling.seismo.formats.write_csv import COLUMNS, CsvSummary, pick_row
from labeling.seismo.timing import parse_utc

_ROWS_AT_ONCE = 10_000
_TIMES = frozenset({"time", "creation_time", "event_time", "original_time", "decided_at"})
_NUMBERS = frozenset({
    "uncertainty_s", "lower_uncertainty_s", "upper_uncertainty_s", "event_latitude", "event_longitude", "event_depth_km", "event_magnitude",
    "p_mislabelled",
})  # fmt: skip


def write_parquet(
    path: Path, picks: Iterable[ExportPick], events: Mapping[str, ExportEvent], further_names: Sequence[str] = ()
) -> CsvSummary:
    """Write all picks, 10,000 at a time. further_names: of `record.extra`, to be columns of text. Raises ParquetMissing."""
    pyarrow, parquet = parquet_modules()
    further = [name for name in further_names if name.lower() not in COLUMNS]
    schema = pyarrow.schema([(name, _type(pyarrow, name)) for name in COLUMNS] + [(name, pyarrow.string()) for name in further])
    summary = CsvSummary(
        names_taken=[name for name in further_names if name not in further],
        further_of_events={name for event in events.values() for name in event.record.extra},
    )
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        rows: list[list[Any]] = []
        for pick in picks:
            cells = pick_row(pick, events.get(pick.record.event_ref or ""))
            rows.append([*map(_value, COLUMNS, cells), *(_further_value(pick.record.extra.get(name)) for name in further)])
            summary.n_rows += 1
            summary.has_relative_times |= pick.record.time_is_relative
            if len(rows) == _ROWS_AT_ONCE:
                writer.write_batch(_batch(pyarrow, rows, schema))
                rows = []
        if rows:
            writer.write_batch(_batch(pyarrow, rows, schema))
    return summary


def _batch(pyarrow: Any, rows: list[list[Any]], schema: Any) -> Any:
    columns = [pyarrow.array(column, type=field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pyarrow.record_batch(columns, schema=schema)


def _type(pyarrow: Any, name: str) -> Any:
    if name in _TIMES:
        return pyarrow.timestamp("us", tz="UTC")
    if name in _NUMBERS:
        return pyarrow.float64()
    if name == "weight":
        return pyarrow.int8()
    return pyarrow.bool_() if name == "time_is_relative" else pyarrow.string()


def _value(name: str, cell: str) -> Any:
    """The value of a cell of the CSV form."""
    if not cell:
        return None
    if name in _TIMES:
        return parse_utc(cell)
    if name in _NUMBERS:
        return float(cell)
    if name == "weight":
        return int(cell)
    return cell == "true" if name == "time_is_relative" else cell


def _further_value(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
