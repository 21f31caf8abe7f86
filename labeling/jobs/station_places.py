"""Whether a station stands where it stood in an earlier file."""

from __future__ import annotations

from labeling.models import Station
from labeling.seismo.records import Problem, StationRecord

SAME_DEGREES = 1e-4  # 11 m: how finely other files round
SAME_METRES = 1.0
_TOLERANCES = {"latitude": SAME_DEGREES, "longitude": SAME_DEGREES, "elevation_m": SAME_METRES}


def moved_station(known: Station, told: StationRecord) -> Problem | None:
    """What to do about a station that is told of at another place than the one it is known at."""
    if all(_agree(getattr(known, name), getattr(told, name), tolerance) for name, tolerance in _TOLERANCES.items()):
        return None
    message = (
        f"{known} is known at {_place(known)}, and stands here at {_place(told)}. The known place is kept. If the new one is right, "
        "an administrator sets it in the administration, under Stations."
    )
    return Problem("station_moved", message, told.source_ref, severity="warning")


def _agree(known: float | None, told: float | None, tolerance: float) -> bool:
    return told is None or (known is not None and abs(known - told) <= tolerance)


def _place(station: Station | StationRecord) -> str:
    """`-43.15, 170.9, 750 m`, with a question mark for what is not known."""
    latitude, longitude, elevation = (
        "?" if value is None else f"{value:.7g}" for value in (station.latitude, station.longitude, station.elevation_m)
    )
    return f"{latitude}, {longitude}, {elevation} m"
