"""Rows of a delimited text file, one at a time, with the line on which each begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from labeling.seismo.records import Problem

_DELIMITERS = ",;\t|"


class Row(NamedTuple):
    """Cells by lower-case column name. line: where the row ends in the file, from 1."""

    cells: dict[str, str]
    line: int


@contextmanager
def opened_text(path: Path) -> Iterator[io.TextIOWrapper]:
    """The file as text: UTF-8 (with or without a byte order mark) or UTF-16; bytes that are neither show as replacement characters."""
    with path.open("rb") as raw:
        mark = raw.read(2)
    encoding = "utf-16" if mark in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with path.open("r", encoding=encoding, errors="replace", newline="") as text:
        yield text


def delimiter_of(header: str) -> str:
    """The delimiter that cuts a header into most pieces, a comma if none does."""
    return max(_DELIMITERS, key=header.count)


def header_of(line: str, *, lower: bool = True) -> list[str]:
    """Column names of a header line without blanks, quotes, or a leading `#`; in lower case if asked."""
    cells = next(csv.reader([line.lstrip("\ufeff").lstrip("#")], delimiter=delimiter_of(line)), [])
    return [cell.strip().lower() if lower else cell.strip() for cell in cells]


def read_rows(path: Path, place: str) -> Iterator[Row | Problem]:
    """The rows below the header, each as a dictionary; a row that cannot be cut into its columns becomes a Problem."""
    with opened_text(path) as text:
        first = text.readline()
        skipped = 1
        while first and not first.strip():
            first, skipped = text.readline(), skipped + 1
        names = header_of(first)
        reader = csv.reader(text, delimiter=delimiter_of(first))
        for row in cut_cells(reader, skipped, place):
            if isinstance(row, Problem):
                yield row
                continue
            line, cells = row
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                message = f"The row has {len(cells)} cells, the header {len(names)}. Put quotes around cells that hold a delimiter."
                yield Problem("unreadable_row", message, f"{place}:{line}")
                continue
            cells += [""] * (len(names) - len(cells))
            yield Row(dict(zip(names, cells, strict=False)), line)


def cut_cells(reader: Any, skipped: int, place: str) -> Iterator[tuple[int, list[str]] | Problem]:
    """Line and cells of each row of a csv.reader, blank ones left out; what is no delimited text becomes a Problem.

    skipped: lines of the file before the reader's first.
    """
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = f"The row is no delimited text ({error}). Mend it, or leave it out."
            yield Problem("unreadable_row", message, f"{place}:{reader.line_num + skipped}")
            continue
        if any(map(str.strip, cells)):
            yield reader.line_num + skipped, cells
