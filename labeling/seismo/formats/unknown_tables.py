"""Which of the files that somebody uploads are tables that a mapping may read, and which can't be read without one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from labeling.seismo.formats.collect import MAPPABLE
from labeling.seismo.formats.read_csv import read_picks_csv
from labeling.seismo.formats.recognise import recognise
from labeling.seismo.formats.table_guess import guess_table
from labeling.seismo.records import PickRecord

_BYTES = 4096
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_FEW_NUL = 8  # in a damaged text; the header of a miniSEED record has more
_ROWS_TRIED = 20
_FEW_COLUMNS = 3  # fewer may be any text with commas


@dataclass(frozen=True)
class UploadedTable:
    """key: the same for tables of the same columns. needs_mapping: it looks like picks, and can't be read by the names of its columns."""

    key: str
    needs_mapping: bool


def uploaded_table(path: Path) -> UploadedTable | None:
    """None for what is no table of picks, or one in a form that is known."""
    with path.open("rb") as raw:
        head = raw.read(_BYTES)
    if head.count(0) > _FEW_NUL and not head.startswith(_UTF16):  # waveforms, mostly: not worth a closer look at thousands of them
        return None
    form = recognise(path)
    guess = guess_table(path) if form in MAPPABLE else None
    if guess is None or not (guess.looks_like_picks or len(guess.head.names) >= _FEW_COLUMNS):
        return None
    if form == "picks_csv":
        return UploadedTable(guess.head.key, not _is_read_by_names(path) and not guess.mapping.missing())
    return UploadedTable(guess.head.key, guess.looks_like_picks)


def _is_read_by_names(path: Path) -> bool:
    return any(isinstance(record, PickRecord) for record in islice(read_picks_csv(path, place=path.name), _ROWS_TRIED))
