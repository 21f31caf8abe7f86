"""NonLinLoc's phase file (`.obs`): a block of lines for each event, times to the microsecond.

NonLinLoc has no word for an unknown uncertainty: −1 in its output is read back as 1 s elsewhere, and 0 would outweigh every other pick. A
pick without one gets STAND_IN_S, of the order of what analysts give, and the comment before it says so; our reader takes it for none again.
"""

from __future__ import annotations

import re
from typing import TextIO

from labeling.seismo.formats.export_rows import ExportPick, network_phase
from labeling.seismo.formats.phase_losses import EventsWithPicks, PhaseLosses

STAND_IN_S = {"P": 0.1, "S": 0.2, None: 0.2}
NO_UNCERTAINTY = "# repick: no uncertainty is known of the next pick; the one there stands in for it"
_ONSETS = {"impulsive": "i", "emergent": "e"}
_POLARITIES = {"positive": "U", "negative": "D"}
_BLANK = re.compile(r"\s")


def write_nonlinloc(target: TextIO, events: EventsWithPicks, losses: PhaseLosses) -> None:
    """Write the picks of each event; what NonLinLoc can't hold is counted in losses."""
    for event, picks in events:
        lines: list[str] = []
        for pick in losses.labels(picks, _why_not if event is not None else _without_event):
            lines += _lines(pick, losses)
        if event is None or not lines:
            continue
        if event.record.source_ref and not _BLANK.search(event.record.source_ref):
            target.write(f"PUBLIC_ID {event.record.source_ref}\n")
        target.write("\n".join(lines) + "\n\n")


def _without_event(pick: ExportPick) -> str:
    return "they belong to no event"


def _why_not(pick: ExportPick) -> str:
    record = pick.record
    words = (record.station_code, record.phase_hint, record.channel_code or "?")
    if any(not word or _BLANK.search(word) or not word.isascii() for word in words) or record.phase_hint == "?":
        return "a code or phase name of theirs is blank or no plain word"
    return ""


def _lines(pick: ExportPick, losses: PhaseLosses) -> list[str]:
    record = pick.record
    losses.lose("Network codes are left out", record.network_code is not None)
    losses.lose("Location codes are left out, empty ones too", record.location_code is not None)
    losses.lose("Weights of 0–4 and 9 are left out: they are no uncertainties", record.weight is not None)
    losses.lose("Whether a pick is manual or automatic, its status, agency, author and method are left out", bool(record.evaluation_mode))
    losses.lose(
        "An onset 'questionable' or a polarity 'undecidable' is left out", "questionable" in record.onset or "und" in record.polarity
    )
    losses.lose("Lower and upper uncertainties are left out", (record.lower_uncertainty_s or record.upper_uncertainty_s) is not None)
    comment = []
    uncertainty_s = record.uncertainty_s
    if not uncertainty_s or uncertainty_s < 0:
        uncertainty_s = STAND_IN_S[network_phase(record.phase_hint)]
        comment = [NO_UNCERTAINTY]
        losses.lose(
            "A pick without uncertainty gets one, 0.1 s for P and 0.2 s for S, since NonLinLoc requires it; a comment before it says so"
        )
    minute, second = record.time.strftime("%Y%m%d %H%M"), record.time.second + record.time.microsecond / 1e6
    line = (
        f"{record.station_code:<6} ?    {record.channel_code or '?':<4} {_ONSETS.get(record.onset, '?')} {record.phase_hint:<6} "
        f"{_POLARITIES.get(record.polarity, '?')} {minute} {second:9.6f} GAU {uncertainty_s!r:>9} -1.00e+00 -1.00e+00 -1.00e+00"
    )
    return [*comment, line]
