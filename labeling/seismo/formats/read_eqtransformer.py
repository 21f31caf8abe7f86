"""EQTransformer's results (`X_prediction_results.csv`): one row a detection, with a P and an S.

Its probabilities and uncertainties are the network's, between 0 and 1: they are kept as further values and are no seconds. The station
code is padded with blanks; an instrument (`HH`) stands for the channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labeling.seismo.formats.read_csv import picks_of_rows
from labeling.seismo.formats.table import Row, read_rows
from labeling.seismo.records import Problem, Records

_NEEDED = frozenset({"station", "p_arrival_time", "s_arrival_time"})
_OF_PHASES = ("arrival_time", "probability", "uncertainty", "snr", "error")


def is_detection_header(names: list[str]) -> bool:
    """True if a header with these lower-case names is that of EQTransformer's detections."""
    return set(names) >= _NEEDED


def read_eqtransformer(path: Path, *, place: str) -> Records:
    """Picks and problems; their names are `file:row:P` and `file:row:S`. place: what to call the file in the report."""
    yield from picks_of_rows(_rows(path, place), place=place)


def _rows(path: Path, place: str) -> Iterator[Row | Problem]:
    """A row for each pick; a detection without any is told of."""
    for row in read_rows(path, place):
        if isinstance(row, Problem):
            yield row
            continue
        kept = {name: cell for name, cell in row.cells.items() if name[:2] not in ("p_", "s_")}
        kept["channel"] = kept.pop("instrument_type", "")
        found = False
        for phase in ("P", "S"):
            of_phase = {name: row.cells.get(f"{phase.lower()}_{name}", "").strip() for name in _OF_PHASES}
            if of_phase["arrival_time"].lower() in ("", "none", "nan"):
                continue
            found = True
            further = {f"eqtransformer_{name}": of_phase[name].replace("None", "") for name in _OF_PHASES if name != "arrival_time"}
            identity = {"source_ref": f"{place}:{row.line}:{phase}", "phase": phase, "time": of_phase["arrival_time"]}
            yield Row({**kept, **further, **identity}, row.line)
        if not found:
            message = "The detection has neither P nor S; it is not imported."
            yield Problem("amplitude_reading", message, f"{place}:{row.line}", severity="info")
