"""Lines of catalogs in plain text, and numbers in fixed columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from labeling.seismo.formats import cells
from labeling.seismo.timing import add_seconds

_LONGEST_LINE = 64 * 1024


class Line(NamedTuple):
    """One line without its end. number: from 1."""

    number: int
    text: str


def read_lines(path: Path) -> Iterator[Line]:
    """Each line without its end (LF, CR LF, DOS's end of file), one at a time. UTF-8, else Latin-1, line by line."""
    with path.open("rb") as raw:
        for number, line in enumerate(iter(lambda: raw.readline(_LONGEST_LINE), b""), start=1):
            try:
                text = line.removeprefix(b"\xef\xbb\xbf").decode()
            except UnicodeDecodeError:
                text = line.decode("latin-1")
            yield Line(number, text.rstrip("\r\n\x1a\x00"))


def whole_number(text: str) -> int:
    """Digits with blanks around them. Raises ValueError with the text in it for anything else."""
    stripped = text.strip()
    if not (stripped.isascii() and stripped.isdigit()):
        raise ValueError(f"{stripped!r} is not a whole number")
    return int(stripped)


def fixed_number(text: str, decimals: int) -> float | None:
    """A Fortran field Fw.d: without a point the last digits are decimals (`1234` in F4.2 is 12.34). None for blanks."""
    number = cells.number_or_none(text)
    return number if number is None or "." in text else number / 10**decimals


def at_clock(year: int, month: int, day: int, hour: int, minute: int, second: float) -> datetime:
    """UTC. Seconds and minutes of 60 and more and hours of 24 and more carry over, as field software writes them. Raises ValueError."""
    if not (0 <= hour <= 48 and 0 <= minute <= 60 and -60 <= second < 10_000):
        raise ValueError(f"there is no time {hour}:{minute}:{second:g}")
    return add_seconds(datetime(year, month, day, tzinfo=UTC), hour * 3600 + minute * 60 + second)


def degrees_or_none(value: float | None, limit: float) -> float | None:
    """The value if it lies between -limit and limit. Raises ValueError with it else."""
    if value is not None and not -limit <= value <= limit:
        raise ValueError(f"{value:g} is not between -{limit:g} and {limit:g} degrees")
    return value
