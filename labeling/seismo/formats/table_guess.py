"""What an unknown table seems to be. A guess is only ever a suggestion: nothing is read with it before somebody confirms it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labeling.seismo.formats.cells import text_or_nothing
from labeling.seismo.formats.table_columns import SURE, Column, column_of, columns_named, share_of, unit_of
from labeling.seismo.formats.table_head import TableHead, table_head
from labeling.seismo.formats.table_mapping import FIELDS, TIME_FIELDS, TableMapping
from labeling.seismo.formats.table_times import formats_of, has_short_year, is_clock, is_date, names_zone


@dataclass(frozen=True)
class Guess:
    """mapping: what the table seems to be, incomplete where nothing speaks for anything. doubts: what somebody should look at."""

    head: TableHead
    mapping: TableMapping
    doubts: tuple[str, ...]

    @property
    def looks_like_picks(self) -> bool:
        """Whether there are two of time, station and phase: less is no table of picks."""
        found = self.mapping.columns.keys()
        says = ({"time", "p_time", "s_time"}, {"station_code", "seed_id"}, {"phase_hint", "p_time", "s_time"})
        return sum(bool(found & names) for names in says) >= 2


def guess_table(path: Path) -> Guess | None:
    """What a table seems to be, None for a file that is no table."""
    head = table_head(path)
    return None if head is None else guess_of(head)


def guess_of(head: TableHead) -> Guess:
    """What the columns with this beginning seem to be."""
    columns: list[Column] = [
        (name, [text for row in head.rows if (text := text_or_nothing(row[number]))]) for number, name in enumerate(head.names)
    ]
    decimal_comma = head.delimiter != "," and _has_decimal_commas(columns)
    mapping = TableMapping(delimiter=head.delimiter, header=head.header, skip_lines=head.skip_lines, decimal_comma=decimal_comma)
    doubts: list[str] = []
    mapping = _with_time(mapping, columns, doubts)
    found = dict(mapping.columns)
    for name in FIELDS:
        if name not in TIME_FIELDS and (column := column_of(name, columns, found.values())) is not None:
            found[name] = column
    if {"p_time", "s_time"} & found.keys():  # the columns' names say the phase
        found.pop("phase_hint", None)
    if "seed_id" in found and "station_code" in found:
        del found["seed_id"]
    mapping = replace(mapping, columns=found)
    return Guess(head, _with_uncertainty_unit(mapping, doubts), tuple(doubts))


def what_a_table_misses(guess: Guess) -> str:
    """Why a table that looks like picks is not read, in words: what it seems to be, and what nobody has said yet."""
    found = ", ".join(f"{FIELDS[name].lower()}: {column}" for name, column in guess.mapping.columns.items())
    open_questions = " ".join((*guess.mapping.missing(), *guess.doubts))
    return f"The table looks like picks ({found}), and nobody has confirmed that. {open_questions}".strip()


def _has_decimal_commas(columns: Sequence[Column]) -> bool:
    return any(share_of(cells, lambda text: bool(re.fullmatch(r"[-+]?\d+,\d+", text))) >= SURE for _, cells in columns)


_Found = dict[str, str]  # columns by field


def _with_time(mapping: TableMapping, columns: Sequence[Column], doubts: list[str]) -> TableMapping:
    """The mapping with its time: one column, a date and a time, or a start and a count, P and S apart or not; else unchanged."""
    named = _named_times(columns)
    elsewhere = [column for field in ("event_time", "begin_time") for column in columns_named(field, columns)]
    unnamed: list[tuple[_Found, list[str]]] = [({"time": name}, cells) for name, cells in columns if (name, cells) not in elsewhere]
    for found, cells in (*named, *unnamed):
        if ways := formats_of(cells, decimal_comma=mapping.decimal_comma):
            return _dated(mapping, found, cells, ways, doubts)
    dates = [column for column in (*columns_named("date", columns), *columns) if column[1] and share_of(column[1], is_date) >= SURE]
    clocks = [(found, cells) for found, cells in (*named, *unnamed) if cells and share_of(cells, is_clock) >= SURE]
    for date, days in dates:
        for found, times in clocks:
            joined = [f"{day} {time}" for day, time in zip(days, times, strict=False)]
            if date not in found.values() and (ways := formats_of(joined)):
                return _dated(mapping, {"date": date, **found}, joined, ways, doubts)
    for start, starts in columns_named("begin_time", columns):
        ways = [way for way in formats_of(starts) if way[0] != "epoch"]
        counts = [found for found, cells in named if cells and share_of(cells, _is_count) >= SURE]
        if ways and counts:
            column = next(iter(counts[0].values()))
            unit = unit_of(column)
            if unit is None:
                doubts.append(f"The unit in which {column} counts from {start} is not written anywhere; seconds are assumed.")
            counted = _dated(mapping, {"begin_time": start, **counts[0]}, starts, ways, doubts)
            return replace(counted, time_unit=unit or "s")  # type: ignore[arg-type]
    return mapping


def _named_times(columns: Sequence[Column]) -> list[tuple[_Found, list[str]]]:
    """Columns that are called like times, each with its cells; those of P and S together, and before others."""
    arrivals = {field: columns_named(field, columns)[0] for field in ("p_time", "s_time") if columns_named(field, columns)}
    pair: _Found = {field: name for field, (name, _) in arrivals.items()}
    cells = [cell for _, found in arrivals.values() for cell in found]
    return [(found, cells) for found, cells in [(pair, cells)] if found] + [
        ({"time": name}, found) for name, found in columns_named("time", columns) if name not in pair.values()
    ]


def _is_count(text: str) -> bool:
    return bool(re.fullmatch(r"\d+([.,]\d*)?", text))


def _dated(
    mapping: TableMapping, found: Mapping[str, str], texts: Sequence[str], ways: Sequence[tuple[str, str]], doubts: list[str]
) -> TableMapping:
    """The mapping with a format and a zone, and what is doubtful about them."""
    names = " and ".join(found.values())
    (time_format, unit), *further = sorted(ways, key=lambda way: way[0] == "year_first")
    if further:
        what = "the day, the month or the year" if ("year_first", "s") in further else "the day or the month"
        assumed = time_format.replace("_", " ")
        doubts.append(f"{names}: whether {what} comes first can't be told from the first rows; {assumed} is assumed.")
    if any(has_short_year(text, time_format) for text in texts):
        doubts.append(f"{names}: years have two digits; 69 to 99 are read as 1969 to 1999, 00 to 68 as 2000 to 2068.")
    zone = "UTC"
    if time_format != "epoch" and not all(map(names_zone, texts)):
        if "local" in names:
            zone = ""
            doubts.append(f"{names} is called local time. Say which time zone that is.")
        elif not re.search(r"utc|gmt|\bz\b", names):
            doubts.append(f"{names}: nothing says which time zone the times are in; UTC is assumed.")
    return replace(mapping, columns=dict(found), time_format=time_format, time_unit=unit, time_zone=zone)  # type: ignore[arg-type]


def _with_uncertainty_unit(mapping: TableMapping, doubts: list[str]) -> TableMapping:
    column = mapping.columns.get("uncertainty")
    if column is None:
        return mapping
    unit = unit_of(column)
    if unit is None:
        doubts.append(f"The unit of {column} is not written anywhere; seconds are assumed.")
    return replace(mapping, uncertainty_unit=unit or "s")  # type: ignore[arg-type]
