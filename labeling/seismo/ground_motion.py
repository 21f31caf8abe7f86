"""From counts to ground motion, by a channel's overall sensitivity: right where its response is flat."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

COUNTS = "counts"
_BLANKS = re.compile(r"[\s()]")
# How inventories write units (StationXML in small letters, SEED in capitals), with the unit shown and how many of it one of theirs is.
_VELOCITY, _ACCELERATION, _DISPLACEMENT = "µm/s", "m/s²", "µm"
_SHOWN = {
    **dict.fromkeys(("m/s", "m/sec"), (_VELOCITY, 1e6)),
    **dict.fromkeys(("nm/s", "nm/sec"), (_VELOCITY, 1e-3)),
    **dict.fromkeys(("m/s**2", "m/s^2", "m/s2", "m/s/s", "m/sec**2", "m/sec/sec"), (_ACCELERATION, 1.0)),
    "m": (_DISPLACEMENT, 1e6),
    "nm": (_DISPLACEMENT, 1e-3),
}


@dataclass(frozen=True)
class Sensitivity:
    """counts_per_unit of input_unit, as the inventory writes it, at frequency_hz."""

    counts_per_unit: float | None
    input_unit: str
    frequency_hz: float | None = None


@dataclass(frozen=True)
class Calibration:
    """Counts times factors[row] are ground motion in `unit`."""

    unit: str
    factors: tuple[float, ...]


def calibration_of(sensitivities: Sequence[Sensitivity | None]) -> Calibration | str:
    """Of the components of one trace, or why there is none. None: a channel that no inventory tells of."""
    factors, units = [], []
    for one in sensitivities:
        if one is None:
            return "no inventory tells of all its channels at that time"
        if not one.counts_per_unit or not math.isfinite(one.counts_per_unit):
            return "its inventory has no overall sensitivity"
        unit, per_unit = _SHOWN.get(_BLANKS.sub("", one.input_unit.lower()), ("", 0.0))
        if not unit:
            return f"its inventory counts {one.input_unit or 'an unnamed unit'}, which is no ground motion"
        units.append(unit)
        factors.append(per_unit / one.counts_per_unit)
    if len(set(units)) != 1:
        return f"its components have different units: {', '.join(units)}"
    return Calibration(units[0], tuple(factors))
