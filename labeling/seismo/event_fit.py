"""Whether the arrivals of one event fit together: its Wadati line, and travel-time residuals against a layered model.

What is said of a station comes from the other stations only, so that no pick has a voice in its own judgement. Times are seconds after
one instant of the event, distances epicentral kilometres. NaN stands for what is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.traveltimes import REGIONAL_CRUST, LayeredModel, Wave, first_arrivals

Float64Array = NDArray[np.float64]

LEAST_FOR_OFFSET = 3  # arrivals that tell what the model is late by
LEAST_FOR_LINE = 5  # and how that grows with the travel time
LEAST_FOR_WADATI = 3
VP_VS_RANGE = (1.5, 2.0)  # of rocks; a few stations close to each other would give anything
CORRECTION_RANGE = (-0.25, 0.25)  # by how much of itself a travel time is corrected: a crust is no more off than that


@dataclass(frozen=True)
class EventArrivals:
    """One row a station. p_s, s_s: first arrivals, distance_km: epicentral. All of shape (n_stations,), NaN where there is none."""

    p_s: Float64Array
    s_s: Float64Array
    distance_km: Float64Array

    def of(self, wave: Wave) -> Float64Array:
        return self.p_s if wave == "P" else self.s_s


@dataclass(frozen=True)
class Line:
    """y = intercept + slope x. squares: sum of the squared distances of its n points, in y."""

    intercept: float
    slope: float
    n: int
    squares: float

    def at(self, x: float) -> float:
        return self.intercept + self.slope * x


@dataclass(frozen=True)
class Expectation:
    """Where the other stations expect an arrival. time_s: NaN never. per_s: what a second of the pick is in the fit's own misfit
    (−vp/vs for a P against the Wadati line). n, squares: how many misfits of others there are, and the sum of their squares."""

    time_s: float
    per_s: float
    n: int
    squares: float

    def scatter_s(self, time_s: float) -> float:
        """Root mean square of all misfits, with the arrival at time_s."""
        return float(np.sqrt((self.squares + (self.per_s * (time_s - self.time_s)) ** 2) / (self.n + 1)))


def wadati_line(arrivals: EventArrivals) -> Line | None:
    """S−P against P over stations that have both, by the median of slopes; the slope is vp/vs − 1. None with too few."""
    lag_s = arrivals.s_s - arrivals.p_s
    known = np.isfinite(lag_s) & (lag_s > 0)
    if known.sum() < LEAST_FOR_WADATI:
        return None
    least, most = (ratio - 1 for ratio in VP_VS_RANGE)
    return _robust_line(arrivals.p_s[known], lag_s[known], least, most)


def expected_by_wadati(arrivals: EventArrivals, station: int, wave: Wave) -> Expectation | None:
    """From the station's other arrival and the line of the other stations. None where either is missing."""
    line = wadati_line(_without(arrivals, station))
    if line is None:
        return None
    if wave == "S":
        time_s = arrivals.p_s[station] + line.at(arrivals.p_s[station])
        per_s = 1.0
    else:
        time_s = (arrivals.s_s[station] - line.intercept) / (1 + line.slope)
        per_s = -(1 + line.slope)
    return Expectation(float(time_s), per_s, line.n, line.squares) if np.isfinite(time_s) else None


def model_times(distance_km: Float64Array, depth_km: float, wave: Wave, model: LayeredModel = REGIONAL_CRUST) -> Float64Array:
    """First arrivals after the origin, NaN where the distance is unknown. Shape of distance_km."""
    known = np.isfinite(distance_km)
    time_s = first_arrivals(model, wave, np.where(known, distance_km, 0.0), max(depth_km, 0.0)).time_s
    return np.where(known, time_s, np.nan)


def correction(observed_s: Float64Array, model_s: Float64Array) -> Line | None:
    """What a model is late by, as a line over its own travel times; an offset only where there are few arrivals, None where too few."""
    late_s = observed_s - model_s
    known = np.isfinite(late_s)
    n = int(known.sum())
    if n < LEAST_FOR_OFFSET:
        return None
    least, most = CORRECTION_RANGE if n >= LEAST_FOR_LINE else (0.0, 0.0)
    return _robust_line(model_s[known], late_s[known], least, most)


def expected_by_model(arrivals: EventArrivals, station: int, wave: Wave, depth_km: float) -> Expectation | None:
    """From the layered model, corrected by what the other stations' arrivals of this kind say. None where too little is known."""
    model_s = model_times(arrivals.distance_km, depth_km, wave)
    line = correction(_without(arrivals, station).of(wave), model_s)
    if line is None or not np.isfinite(model_s[station]):
        return None
    return Expectation(float(model_s[station] + line.at(model_s[station])), 1.0, line.n, line.squares)


def _without(arrivals: EventArrivals, station: int) -> EventArrivals:
    p_s, s_s = arrivals.p_s.copy(), arrivals.s_s.copy()
    p_s[station] = s_s[station] = np.nan
    return EventArrivals(p_s, s_s, arrivals.distance_km)


def _robust_line(x: Float64Array, y: Float64Array, least_slope: float, most_slope: float) -> Line:
    """Theil and Sen: the median slope of all pairs of points, kept within bounds, and the median of what is left."""
    first, second = np.triu_indices(len(x), k=1)
    apart = x[second] != x[first]
    slopes = (y[second] - y[first])[apart] / (x[second] - x[first])[apart]
    slope = float(np.clip(np.median(slopes) if slopes.size else 0.0, least_slope, most_slope))
    left = y - slope * x
    intercept = float(np.median(left))
    return Line(intercept, slope, len(x), float(((left - intercept) ** 2).sum()))
