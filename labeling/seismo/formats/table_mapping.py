"""What the columns of an unknown table are: a mapping that somebody confirmed, and the table read with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from labeling.seismo.formats.cells import text_or_nothing
from labeling.seismo.formats.read_csv import KNOWN_COLUMNS, picks_of_rows
from labeling.seismo.formats.table import Row, cut_cells, opened_text
from labeling.seismo.formats.table_times import SECONDS_IN, TimeFormat, TimeReading, TimeUnit, after, decimal_of, zone_of
from labeling.seismo.records import Problem, Records
from labeling.seismo.timing import iso

DELIMITERS: Mapping[str, str] = MappingProxyType({",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blanks"})
# What a column can be. The rest of a table's columns are kept with the pick.
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "time": "Time", "p_time": "Time of P", "s_time": "Time of S", "date": "Date", "begin_time": "Start that times count from",
        "phase_hint": "Phase", "station_code": "Station",
        "network_code": "Network", "location_code": "Location", "channel_code": "Channel", "seed_id": "SEED id",
        "uncertainty": "Uncertainty", "weight": "Weight", "event_id": "Event", "source_ref": "Pick id", "onset": "Onset",
        "polarity": "Polarity", "evaluation_mode": "Manual or automatic", "evaluation_status": "Evaluation status", "agency_id": "Agency",
        "author": "Author", "method_id": "Method", "trace_name": "Trace name", "event_time": "Origin time", "event_latitude": "Latitude",
        "event_longitude": "Longitude", "event_depth_km": "Depth in km", "event_magnitude": "Magnitude",
    }
)  # fmt: skip
FIXED_FIELDS = ("phase_hint", "station_code", "network_code", "location_code", "channel_code", "agency_id", "author")
_NUMBERS = frozenset({"event_latitude", "event_longitude", "event_depth_km", "event_magnitude", "weight"})
TIME_FIELDS = ("time", "p_time", "s_time", "date", "begin_time")
_READ_HERE = frozenset({*TIME_FIELDS, "uncertainty", "event_time"})
_ARRIVALS = {"p_time": "P", "s_time": "S"}
# A known name that no field was given to must not be read as what it is called.
_TAKEN = KNOWN_COLUMNS | {"status", "decision"}
_CELL_LIMIT = 200  # of a text in a mapping


class MappingRefused(ValueError):
    """A mapping that can't be used; fields: what is wrong, by the setting."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.fields = dict(problems)


@dataclass(frozen=True)
class TableMapping:
    """columns: the column of each field, by its lower-case name, or its number from 1 without a header. fixed: the same for all rows.

    skip_lines: before the header, or the first row. time_unit: of times that are counted, from 1970 or from `begin_time`.
    time_format: of what has a date, so of `begin_time` where there is one; "" and a time_zone of "" are not yet known.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    header: bool = True
    skip_lines: int = 0
    time_format: TimeFormat | str = ""
    time_zone: str = "UTC"
    time_unit: TimeUnit = "s"
    uncertainty_unit: TimeUnit = "s"
    sampling_rate_hz: float | None = None
    decimal_comma: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def missing(self) -> list[str]:
        """What must still be said before a table can be read; empty if nothing."""
        named = {*self.columns, *self.fixed}
        lacks = {
            "Which column is the time?": not named & {"time", *_ARRIVALS},
            "Are times in one column, or in those of P and S?": "time" in named and bool(named & _ARRIVALS.keys()),
            "Which column is the station, or the SEED id?": not named & {"station_code", "seed_id"},
            "Which column is the phase, or which phase are all of them?": not named & {"phase_hint", *_ARRIVALS},
            "The phase is P and S by the columns of times; leave out the other.": "phase_hint" in named and bool(named & _ARRIVALS.keys()),
            "How are times written?": not self.time_format,
            "Which time zone are times in?": not self.time_zone and self.time_format != "epoch",
            "What is the sampling rate that samples count by?": self.sampling_rate_hz is None and self._counts_samples(),
            "A time counted from a start needs that start written as a date, not as a number.": (
                "begin_time" in named and self.time_format == "epoch"
            ),
            "A time counted from 1970 is in s, ms, us or ns, not in samples.": (
                "begin_time" not in named and self.time_format == "epoch" and self.time_unit == "samples"
            ),
        }
        return [question for question, is_lacking in lacks.items() if is_lacking]

    def _counts_samples(self) -> bool:
        return (self.time_unit == "samples" and "begin_time" in self.columns) or (
            self.uncertainty_unit == "samples" and "uncertainty" in self.columns
        )


def mapping_of_json(settings: object) -> TableMapping:
    """A mapping from what `as_json` gives. Raises MappingRefused for anything that is none; it may still miss something."""
    if not isinstance(settings, dict):
        raise MappingRefused({"mapping": "A mapping is a JSON object with columns, time_format, time_zone and so on."})
    known = {item.name for item in fields(TableMapping)}
    problems = {str(name): f"{name!r} is no setting; there are {', '.join(sorted(known))}." for name in settings.keys() - known}
    for name in ("columns", "fixed"):
        allowed = FIELDS if name == "columns" else FIXED_FIELDS
        given = settings.get(name, {})
        if not isinstance(given, dict) or not all(isinstance(text, str) and 0 < len(text) <= _CELL_LIMIT for text in given.values()):
            problems[name] = f'{name} is an object of texts, such as {{"phase_hint": "P"}}.'
        elif unknown := sorted(set(map(str, given)) - set(allowed)):
            problems[name] = f"{', '.join(unknown)}: no such field; there are {', '.join(allowed)}."
    choices: dict[str, tuple[str, ...]] = {
        "delimiter": tuple(DELIMITERS),
        "time_format": ("", *get_args(TimeFormat)),
        "time_unit": get_args(TimeUnit),
        "uncertainty_unit": get_args(TimeUnit),
    }
    for name, allowed_values in choices.items():
        if name in settings and settings[name] not in allowed_values:
            problems[name] = f"{name} is one of {', '.join(map(repr, allowed_values))}."
    for name in ("header", "decimal_comma"):
        if not isinstance(settings.get(name, False), bool):
            problems[name] = f"{name} is true or false."
    skip, rate, zone = settings.get("skip_lines", 0), settings.get("sampling_rate_hz"), settings.get("time_zone", "UTC")
    if type(skip) is not int or not 0 <= skip <= 1000:
        problems["skip_lines"] = "skip_lines is a number of lines from 0 to 1000."
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1e6):
        problems["sampling_rate_hz"] = "sampling_rate_hz is a number above 0, in Hz."
    try:
        if zone != "":
            zone_of(zone if isinstance(zone, str) else "?")
    except ValueError as error:
        problems["time_zone"] = f"{error}."
    if problems:
        raise MappingRefused(problems)
    return TableMapping(**settings)


def names_of(cells: list[str]) -> list[str]:
    """Lower-case column names of a header; a blank one is called by its number, and of several alike each but the first gets a number."""
    names: dict[str, None] = {}
    for number, cell in enumerate(cells, 1):
        name = cell.strip().lstrip("\ufeff#").strip().lower() or f"column {number}"
        names[name if name not in names else f"{name} ({number})"] = None
    return list(names)


def cut_lines(lines: Iterator[str], delimiter: str) -> Any:
    """A csv.reader; of blanks any number in a row are one delimiter."""
    return csv.reader((" ".join(line.split()) for line in lines) if delimiter == " " else lines, delimiter=delimiter)


def columns_of(path: Path, mapping: TableMapping) -> list[str]:
    """What a mapping may call the columns of a table; empty where there is no row to tell."""
    with opened_text(path) as text:
        for _ in range(mapping.skip_lines):
            text.readline()
        try:
            cells: list[str] = next((row for row in cut_lines(text, mapping.delimiter) if any(cell.strip() for cell in row)), [])
        except csv.Error:
            return []
    return _column_names(cells, mapping)


def _column_names(first: list[str], mapping: TableMapping) -> list[str]:
    return names_of(first) if mapping.header else [str(number) for number in range(1, len(first) + 1)]


def table_rows(path: Path, mapping: TableMapping, place: str) -> Iterator[Row | Problem]:
    """Rows as the table has them: cells by column name, or by number from 1 where there is no header."""
    with opened_text(path) as text:
        for _ in range(mapping.skip_lines):
            text.readline()
        reader = cut_lines(text, mapping.delimiter)
        names: list[str] = []
        for row in cut_cells(reader, mapping.skip_lines, place):
            if isinstance(row, Problem):
                yield row
                continue
            line, cells = row
            if not names:
                names = _column_names(cells, mapping)
                if mapping.header:
                    continue
            if any(cell.strip() for cell in cells[len(names) :]):
                message = f"The row has {len(cells)} cells, the {'header' if mapping.header else 'first row'} {len(names)}. Mend it."
                yield Problem("unreadable_row", message, f"{place}:{line}")
                continue
            cells += [""] * (len(names) - len(cells))
            yield Row(dict(zip(names, cells, strict=False)), line)


def read_mapped(path: Path, mapping: TableMapping | None, *, place: str) -> Records:
    """Events, picks and problems of a table. One that misses something or names absent columns gives one Problem, as does none."""
    if mapping is None:
        yield Problem("table_left_out", "Somebody chose to leave this table out when the import was made.", place, severity="info")
        return
    if lacking := mapping.missing():
        yield Problem("unconfirmed_table", f"The mapping misses something. {' '.join(lacking)}", place)
        return
    names = columns_of(path, mapping)
    if absent := sorted(set(mapping.columns.values()) - set(names)):
        message = f"The mapping names columns that the table does not have: {', '.join(absent)}. It has {', '.join(names)[:300]}."
        yield Problem("unconfirmed_table", message, place)
        return
    yield from picks_of_rows(_mapped_rows(path, mapping, place), place=place)


def _mapped_rows(path: Path, mapping: TableMapping, place: str) -> Iterator[Row | Problem]:
    """The same rows with the columns of the CSV form."""
    reading = TimeReading(mapping.time_format, zone_of(mapping.time_zone or "UTC"), mapping.time_unit, mapping.decimal_comma)  # type: ignore[arg-type]
    used = set(mapping.columns.values())
    times = [name for name in ("time", *_ARRIVALS) if name in mapping.columns]
    for row in table_rows(path, mapping, place):
        if isinstance(row, Problem):
            yield row
            continue
        cells = {_kept_name(name): cell for name, cell in row.cells.items() if name not in used}
        cells |= mapping.fixed
        cells |= {name: row.cells[column] for name, column in mapping.columns.items() if name not in _READ_HERE}
        if mapping.decimal_comma:
            cells |= {name: cells[name].replace(",", ".") for name in _NUMBERS & cells.keys()}
        where = f"{place}:{row.line}"
        for time_field in times:
            is_blank = not text_or_nothing(row.cells[mapping.columns[time_field]])
            if is_blank and (_has_arrival(row, mapping) or time_field != times[0]):
                continue  # a row with one of P and S, or with none, which is told once
            try:
                converted = _converted(row.cells, mapping, reading, time_field)
            except ValueError as error:
                message = f"The pick is not read: {error}. Mend the row, or the mapping, and import the file again."
                yield Problem("unreadable_row", message, where)
                continue
            yield Row({**cells, **converted, **_of_arrival(cells, time_field, where)}, row.line)


def _has_arrival(row: Row, mapping: TableMapping) -> bool:
    return any(text_or_nothing(row.cells[mapping.columns[name]]) for name in _ARRIVALS if name in mapping.columns)


def _of_arrival(cells: Mapping[str, str], time_field: str, where: str) -> dict[str, str]:
    """Phase and name of a pick whose column says its phase: `file:row:P`, or the row's own id and the phase."""
    phase = _ARRIVALS.get(time_field)
    own = text_or_nothing(cells.get("source_ref"))
    return {} if phase is None else {"phase_hint": phase, "source_ref": f"{own or where}:{phase}"}


def _kept_name(name: str) -> str:
    if name.isdigit():
        return f"column {name}"
    return f"{name} column" if name in _TAKEN else name


def _converted(cells: Mapping[str, str], mapping: TableMapping, reading: TimeReading, time_field: str) -> dict[str, str]:
    """Time, origin time and uncertainty as the CSV form has them. Raises ValueError."""
    text = {name: text_or_nothing(cells[column]) for name, column in mapping.columns.items() if name in _READ_HERE}
    text["time"] = text[time_field]
    converted = {"time": iso(_time(text, mapping, reading)) if text["time"] else ""}
    if "event_time" in text:
        converted["event_time"] = iso(reading.read(text["event_time"])) if text["event_time"] else ""
    if "uncertainty" in text:
        seconds = _seconds(text["uncertainty"], mapping.uncertainty_unit, mapping) if text["uncertainty"] else None
        converted["uncertainty_s"] = "" if seconds is None else f"{float(seconds)!r}"
    return converted


def _time(text: Mapping[str, str], mapping: TableMapping, reading: TimeReading) -> datetime:
    if "begin_time" in text:
        if not text["begin_time"]:
            raise ValueError("the start that its time counts from is blank")
        return after(reading.read(text["begin_time"]), _seconds(text["time"], mapping.time_unit, mapping))
    return reading.read(f"{text['date']} {text['time']}" if "date" in text else text["time"])


def _seconds(text: str, unit: str, mapping: TableMapping) -> Decimal:
    number = decimal_of(text, decimal_comma=mapping.decimal_comma)
    return number / Decimal(str(mapping.sampling_rate_hz)) if unit == "samples" else number * SECONDS_IN[unit]
