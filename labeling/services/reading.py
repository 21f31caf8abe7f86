"""What an analyst says of an arrival, and whether that is possible."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from labeling.models import Decision
from labeling.services.refusals import Refused

MOST_UNCERTAINTY_S = 3600.0
POLARITIES = ("positive", "negative", "undecidable")
ONSETS = ("impulsive", "emergent", "questionable")
WEIGHTS = (0, 1, 2, 3, 4, 9)


@dataclass(frozen=True)
class Reading:
    """What an analyst says of an arrival; None or "" where they say nothing. uncertainty_s: one standard deviation.

    weight: of HYPO71 and Nordic, 0 (full) to 4 (none), 9 for a time that can't be trusted.
    """

    time: datetime | None = None
    phase: str = ""
    uncertainty_s: float | None = None
    weight: int | None = None
    onset: str = ""
    polarity: str = ""

    def described(self) -> dict[str, float | int | str]:
        """What it says besides time and phase, by the names of a label."""
        said = {"uncertainty_s": self.uncertainty_s, "weight": self.weight, "onset": self.onset, "polarity": self.polarity}
        return {name: value for name, value in said.items() if value not in (None, "")}


def check_reading(reading: Reading, kind: str) -> None:
    """That what is said besides time and phase is possible, and that this kind of decision takes it: nothing is dropped silently."""
    may_say = {
        Decision.Kind.DESCRIBE: {"uncertainty_s", "weight", "onset", "polarity"},
        Decision.Kind.MOVE: {"uncertainty_s"},
        Decision.Kind.ADD: {"uncertainty_s"},
    }.get(Decision.Kind(kind), set())
    for name in reading.described().keys() - may_say:
        raise Refused("not_of_this_kind", f"{name} is set by `describe`, not by `{kind}`.", fields={name: ["Not with this decision."]})
    spread_s = reading.uncertainty_s
    if spread_s is not None and not (math.isfinite(spread_s) and 0 < spread_s <= MOST_UNCERTAINTY_S):
        raise _impossible("uncertainty_s", spread_s, f"seconds above 0 and up to {MOST_UNCERTAINTY_S:.0f}")
    if reading.weight is not None and reading.weight not in WEIGHTS:
        raise _impossible("weight", reading.weight, f"one of {', '.join(str(weight) for weight in WEIGHTS)}")
    if reading.onset and reading.onset not in ONSETS:
        raise _impossible("onset", reading.onset, f"one of {', '.join(ONSETS)}")
    if reading.polarity and reading.polarity not in POLARITIES:
        raise _impossible("polarity", reading.polarity, f"one of {', '.join(POLARITIES)}")


def _impossible(name: str, value: object, wanted: str) -> Refused:
    return Refused("invalid", f"{name} is {value!r}; it should be {wanted}.", fields={name: [f"Should be {wanted}."]})
