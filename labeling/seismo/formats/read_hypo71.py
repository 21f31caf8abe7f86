"""Phase cards of HYPO71: station, P and S in fixed columns, events parted by cards with a blank station.

Years have two digits: 50 to 99 are 1950 to 1999, others 2000 to 2049, which the report says. Numbers may stand without their decimal point.
A card knows no network or location code, and an event no origin. Source: Lee & Lahr (1975), HYPO71, phase list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from labeling.seismo.formats import cells
from labeling.seismo.formats.read_hypoinverse import split_remark, weight_of
from labeling.seismo.formats.text_lines import Line, at_clock, fixed_number, read_lines, whole_number
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records

_CARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _]{3}[IEQieq ?][PpSs ].[0-9 ].\d\d[01 ]\d[0-3 ]\d[ \d]{4}[ \d.\-]{5}")
_CENTURY_FROM = 50


def looks_like_hypo71(head: str) -> bool:
    """Whether the first of these lines that is not blank is a phase card with a date that there is."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    return _CARD.match(first.ljust(24)) is not None and bool(first[19:24].strip() or first[31:36].strip()) and _has_date(first)


def read_hypo71(path: Path, *, place: str) -> Records:
    """Each event, its picks and problems. place: what to call the file in the report."""
    event_ref: str | None = None
    n_cards = 0
    for line in read_lines(path):
        where = f"{place}:{line.number}"
        if not line.text[:4].strip():  # the instruction card behind an event, or a blank line
            event_ref = None
            continue
        if not _CARD.match(line.text.ljust(24)):
            message = f"The line is no phase card: {line.text.strip()[:60]!r}: year to minute belong in columns 10 to 19."
            yield Problem("unreadable_row", f"{message} Mend it and import the file again.", where)
            continue
        if event_ref is None:
            event_ref = where
            yield EventRecord(event_ref)
        n_cards += 1
        yield from _picks(line, event_ref, where)
    if n_cards:
        message = f"The years have two digits here: {_CENTURY_FROM} to 99 are read as 19…, 00 to {_CENTURY_FROM - 1} as 20…."
        yield Problem("two_digit_years", message, place, severity="info")


def _picks(line: Line, event_ref: str, where: str) -> Iterator[Record]:
    text = line.text.ljust(40)
    readings = (("P", text[4:6], text[6], text[7], text[19:24]), ("S", text[36:38], text[38], text[39], text[31:36]))
    found = False
    for default, remark, motion, weight_text, seconds_text in readings:
        if not seconds_text.strip() or (not remark.strip() and not seconds_text.strip(" 0.")):
            continue
        found = True
        ref = f"{where}:{default}"
        try:
            second = fixed_number(seconds_text, 2) or 0.0
            onset, phase = split_remark(remark, default)
            weight, problem = weight_of(weight_text, ref)
            pick = PickRecord(
                ref, at_clock(*_date(text), second), phase, text[:4].strip(), channel_code=text[8].strip() or None, event_ref=event_ref,
                weight=weight, onset=cells.onset(onset), polarity=cells.polarity(motion),
                extra={"weight_code": weight_text} if problem else {},
            )  # fmt: skip
        except ValueError as error:
            message = f"The {default} of the card is not read: {error}: {text[:40].rstrip()!r}. Mend it and import the file again."
            yield Problem("unreadable_row", message, where)
            continue
        yield pick
        if problem:
            yield problem
    if not found:
        yield Problem("amplitude_reading", f"{text[:4].strip()} has neither P nor S here.", where, severity="info")


def _date(text: str) -> tuple[int, int, int, int, int]:
    year, month, day, hour, minute = (whole_number(text[at : at + 2].strip() or "0") for at in (9, 11, 13, 15, 17))
    return year + (1900 if year >= _CENTURY_FROM else 2000), month, day, hour, minute


def _has_date(text: str) -> bool:
    try:
        at_clock(*_date(text), 0.0)
    except ValueError:
        return False
    return True
