"""How a trace's components may be shown: turned, and as ground motion."""

from __future__ import annotations

from typing import Any

from labeling.seismo.ground_motion import COUNTS
from labeling.services.instruments import Instrument


def instrument_json(instrument: Instrument, back_azimuth_deg: float | None) -> dict[str, Any]:
    """The ways that there are, and in words why not the others. back_azimuth_deg: None where it is not known."""
    turn, calibration = instrument.turn, instrument.calibration
    obstacle = turn if isinstance(turn, str) else ""
    no_direction = "where the event or the station lies is not known"
    return {
        "can_be_turned": instrument.has_other_directions,
        "back_azimuth_deg": None if obstacle or back_azimuth_deg is None else round(back_azimuth_deg, 2),
        "why_not_rotated": obstacle or (no_direction if back_azimuth_deg is None else ""),
        "unit": COUNTS if isinstance(calibration, str) else calibration.unit,
        "why_no_unit": calibration if isinstance(calibration, str) else "",
        "sensitivity_hz": instrument.sensitivity_hz,
    }
