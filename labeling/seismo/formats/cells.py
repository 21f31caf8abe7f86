"""Values from the cells of tables and attributes, where nothing is written in a dozen ways."""

from __future__ import annotations

import math
import re
from typing import Literal

NOTHING = frozenset({"", "nan", "none", "null", "na", "n/a", "nat", "<na>"})
_LONGEST_NOTHING = max(map(len, NOTHING))
EMPTY_CODE = "--"
# SEED allows 0-4 of HYPO71, and 9 for "time not used".
WEIGHTS = frozenset({0, 1, 2, 3, 4, 9})
_WEIGHT = re.compile(r"0*([012349])(\.0+)?")

Onset = Literal["", "emergent", "impulsive", "questionable"]
Polarity = Literal["", "positive", "negative", "undecidable"]
EvaluationMode = Literal["", "manual", "automatic"]
EvaluationStatus = Literal["", "preliminary", "confirmed", "reviewed", "final", "rejected"]

_ONSETS: dict[str, Onset] = {
    "i": "impulsive", "impulsive": "impulsive", "e": "emergent", "emergent": "emergent",
    "q": "questionable", "questionable": "questionable",
}  # fmt: skip
_POLARITIES: dict[str, Polarity] = {
    "c": "positive", "u": "positive", "+": "positive", "up": "positive", "positive": "positive",
    "d": "negative", "-": "negative", "down": "negative", "negative": "negative",
    "undecidable": "undecidable", "n": "undecidable",
}  # fmt: skip
_MODES: dict[str, EvaluationMode] = {
    "manual": "manual", "m": "manual", "automatic": "automatic", "a": "automatic", "auto": "automatic", "autopicker": "automatic",
}  # fmt: skip
_STATUSES: dict[str, EvaluationStatus] = {
    "preliminary": "preliminary", "confirmed": "confirmed", "reviewed": "reviewed", "final": "final", "rejected": "rejected",
}  # fmt: skip


def text_or_nothing(cell: object) -> str:
    """The cell as text without blanks around it; "" for an absent one and for the words that stand for nothing (nan, None …)."""
    if not isinstance(cell, str):
        if cell is None:
            return ""
        cell = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
    text = cell.strip()
    return "" if len(text) <= _LONGEST_NOTHING and text.lower() in NOTHING else text


def code_or_nothing(cell: object) -> str:
    """A SEED code as text, "" where nothing is written. `NA` is a network, and no word for nothing."""
    text = "" if cell is None else (cell.decode("ascii", "replace") if isinstance(cell, bytes) else str(cell)).strip()
    return "" if text in ("nan", "None", "<NA>") else text


def number_or_none(cell: object) -> float | None:
    """A finite number, None where nothing is written. Raises ValueError with the text in it for anything else."""
    text = text_or_nothing(cell)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is not a finite number")
    return number


def numbers(cell: object) -> list[float]:
    """All numbers of a cell: `3000`, `[3000, 3210]`, `3000;3210`, `[[3000] [3210]]`. Raises ValueError for anything else."""
    text = text_or_nothing(cell).translate(str.maketrans("[](){};,\t", "         "))
    found = [number_or_none(part) for part in text.split()]
    return [number for number in found if number is not None]


def weight_or_none(cell: object) -> int | None:
    """A pick weight 0–4 or 9. Raises ValueError for another value: a weight of 0.83 means something else."""
    text = text_or_nothing(cell)
    if not text:
        return None
    match = _WEIGHT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a weight; 0 to 4 and 9 are")
    return int(match[1])


def code_or_none(cell: object) -> str | None:
    """A location, network or channel code: `--` is an empty one (""), a blank cell a missing one (None)."""
    text = "" if cell is None else str(cell).strip()
    if not text or text.lower() in ("nan", "none", "<na>"):
        return None
    return "" if text == EMPTY_CODE else text


def is_true(cell: object) -> bool:
    """True for true, yes, 1."""
    return text_or_nothing(cell).lower() in ("true", "t", "yes", "y", "1", "1.0")


def onset(cell: object) -> Onset:
    """QuakeML's word for i, e, q or the words themselves; "" for anything else."""
    return _ONSETS.get(text_or_nothing(cell).lower(), "") if cell is not None else ""


def polarity(cell: object) -> Polarity:
    """QuakeML's word for U, D, C, + and - or the words themselves; "" for anything else."""
    return _POLARITIES.get(str(cell).strip().lower(), "") if cell is not None else ""


def evaluation_mode(cell: object) -> EvaluationMode:
    """manual or automatic; "" for anything else."""
    return _MODES.get(text_or_nothing(cell).lower(), "") if cell is not None else ""


def evaluation_status(cell: object) -> EvaluationStatus:
    """QuakeML's evaluation status; "" for anything else."""
    return _STATUSES.get(text_or_nothing(cell).lower(), "") if cell is not None else ""
