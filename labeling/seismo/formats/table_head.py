"""The beginning of a delimited text of any layout: what is between its cells, where it begins, whether a header names its columns."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from labeling.seismo.formats.table import opened_text
from labeling.seismo.formats.table_mapping import DELIMITERS, cut_lines, names_of
from labeling.seismo.formats.table_times import formats_of, is_clock, is_date

LINES_LOOKED_AT = 200
LONGEST_LINE = 20_000
MOST_COLUMNS = 300
_SURE = 0.8  # share of rows that must have the commonest number of cells


@dataclass(frozen=True)
class TableHead:
    """The beginning of a table. names: as a mapping calls the columns. rows: of the first lines, as many cells as names."""

    delimiter: str
    skip_lines: int
    header: bool
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> str:
        """The same for tables whose columns are the same: by their header, else by what the first row looks like."""
        shape = self.names if self.header else tuple(re.sub(r"\d+", "9", re.sub(r"[A-Za-z]+", "A", cell)) for cell in self.rows[0])
        return hashlib.sha256(repr((self.delimiter, self.header, shape)).encode()).hexdigest()[:32]


def table_head(path: Path) -> TableHead | None:
    """The beginning of a delimited text, None if the file is none: it needs two columns and a row below its header."""
    with opened_text(path) as text:
        lines = [line.rstrip("\r\n").replace("\x00", "") for line in islice(iter(lambda: text.readline(LONGEST_LINE), ""), LINES_LOOKED_AT)]
    cuts = {delimiter: _cut(lines, delimiter) for delimiter in DELIMITERS}
    ranked = sorted(((_regularity(rows), delimiter) for delimiter, rows in cuts.items()), key=lambda item: item[0], reverse=True)
    (share, _, width, _), delimiter = ranked[0]
    if share < _SURE or not 2 <= width <= MOST_COLUMNS:
        return None
    rows = cuts[delimiter]
    first = next(number for number, cells in rows if len(cells) == width)
    skip_lines, body = first, [cells for number, cells in rows if number >= first and len(cells) == width]
    # The last line may be cut off by the limit on lines; what is shorter is left out above.
    header = not any(_is_value(cell) for cell in body[0])
    names = names_of(body[0]) if header else [str(number) for number in range(1, width + 1)]
    body = body[1:] if header else body
    if not body:
        return None
    return TableHead(delimiter, skip_lines, header, tuple(names), tuple(map(tuple, body)))


def _cut(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """(number of the line from 0, its cells) of lines that are not blank."""
    cut = []
    for number, line in enumerate(lines):
        try:
            cells: list[str] = next(cut_lines(iter([line]), delimiter), [])
        except csv.Error:
            continue
        if any(cell.strip() for cell in cells):
            cut.append((number, cells))
    return cut


def _regularity(rows: Sequence[tuple[int, list[str]]]) -> tuple[float, bool, int, bool]:
    """(share of rows of the commonest width, whether the first has it too, that width, whether it comes often): more is likelier."""
    widths = Counter(len(cells) for _, cells in rows)
    if not widths:
        return (0.0, False, 0, False)
    width, n = widths.most_common(1)[0]
    comments = sum(cells[0].lstrip().startswith("#") and len(cells) != width for _, cells in rows)
    share = n / (len(rows) - comments)
    return (1.0 if share >= _SURE and width > 1 else 0.0, len(rows[0][1]) == width, width, n > 1)


def _is_value(cell: str) -> bool:
    """Whether a cell holds a number or a time, as no header does."""
    text = cell.strip()
    return bool(re.fullmatch(r"[-+]?\d+([.,]\d*)?([eE][-+]?\d+)?", text)) or is_clock(text) or is_date(text) or bool(formats_of([text]))
