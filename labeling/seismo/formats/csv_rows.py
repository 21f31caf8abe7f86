"""Rows of CSV whose cells are text already."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO


class RowWriter:
    """Writes what `csv.writer` writes. Few rows need quotes, and it looks at every cell for that. target: opened with `newline=""`."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._quoting = csv.writer(target)

    def writerow(self, cells: Sequence[str]) -> None:
        line = ",".join(cells)
        if '"' in line or "\n" in line or "\r" in line or line.count(",") != len(cells) - 1 or not line:
            self._quoting.writerow(cells)
        else:
            self._target.write(f"{line}\r\n")
