"""Arrivals in one-dimensional Earth models, by ObsPy's TauP."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labeling.seismo.traveltimes import EARTH_RADIUS_KM

EARTH_MODELS = ("ak135", "iasp91")
PHASES = ("p", "P", "Pg", "Pn", "s", "S", "Sg", "Sn")
_KM_PER_DEGREE = math.radians(EARTH_RADIUS_KM)
_SAME_S = 0.005


class NoRays(ValueError):
    """TauP finds no way from source to station, or stumbles over the model."""


@dataclass(frozen=True)
class TheoreticalArrival:
    """time_s: after the origin."""

    name: str
    time_s: float


@lru_cache(maxsize=4096)
def theoretical_arrivals(model: str, distance_km: float, depth_km: float) -> tuple[TheoreticalArrival, ...]:
    """The first arrival of each phase of local and regional distances, in the order of time.

    model: one of EARTH_MODELS, or the path of a built one. A source above the surface is put on it. Names that mean the same ray here (a P
    that is a Pn) stand once, the shorter one. The first call of a process reads the model, which takes a second or more; others take 50 to
    500 ms. Raises NoRays where TauP can't trace any.
    """
    from obspy.taup.helper_classes import SlownessModelError, TauModelError

    try:
        rays = _model(model).get_travel_times(max(depth_km, 0.0), distance_km / _KM_PER_DEGREE, phase_list=PHASES)
    except (SlownessModelError, TauModelError, ValueError, ArithmeticError, LookupError) as error:
        raise NoRays(str(error)) from error
    found: list[TheoreticalArrival] = []
    for ray in sorted(rays, key=lambda ray: (ray.time, len(ray.name))):
        is_new = all(ray.name != other.name and abs(ray.time - other.time_s) > _SAME_S for other in found)
        if is_new:
            found.append(TheoreticalArrival(ray.name, float(ray.time)))
    return tuple(found)


@lru_cache(maxsize=8)
def _model(name: str) -> Any:
    # Reading ObsPy's TauP takes half a second, which pages that show no waveform should not wait for.
    from obspy.taup import TauPyModel

    return TauPyModel(name)
