"""Times that can't be right for where and when the earthquake was.

delay_s: pick less origin time. distance_km: epicentral. NaN where one is not known; then nothing is said about the pick.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.doubts.rounding import FEWEST_PICKS
from labeling.seismo.traveltimes import EARTH_RADIUS_KM, REGIONAL_CRUST, Wave, first_arrivals

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# No wave is faster or slower than these (km/s). LOCAL_KM: what is farther has been through the mantle.
LOCAL_KM = 300.0
FASTEST_LOCAL, FASTEST_FAR = {"P": 8.6, "S": 5.0}, {"P": 13.8, "S": 7.5}
SLOWEST = {"P": 1.0, "S": 0.5}
ORIGIN_SLACK_S, LATE_SLACK_S = 2.0, 10.0

AT_ONCE = 50_000  # the travel times of a million would take hundreds of megabytes
_P: Wave = "P"
_S: Wave = "S"

HOUR_S = 3600.0
LONGEST_TRAVEL_S = 1800.0
MOST_IN_LOCAL_TIME = 0.8

FEWEST_AT_STATION = 20
SMALLEST_OFFSET_S = 0.75
SAME_SIDE = 0.9


def s_before_p(group: NDArray[np.int64], is_s: Bools, time_us: NDArray[np.int64]) -> Bools:
    """Which S are earlier than the first P of their group. group: a number from 0 for each event and station, below 0 for none."""
    if not len(group):
        return np.zeros(0, dtype=bool)
    never = np.iinfo(np.int64).max
    first_p = np.full(int(group.max()) + 1 if group.max() >= 0 else 1, never)
    is_p = ~is_s & (group >= 0)
    np.minimum.at(first_p, group[is_p], time_us[is_p])
    first = first_p[np.maximum(group, 0)]
    return np.asarray(is_s & (group >= 0) & (first != never) & (time_us < first))


def impossible_delays(delay_s: Floats, distance_km: Floats, depth_km: Floats, is_s: Bools) -> Bools:
    """Which picks come earlier than the fastest wave, or later than the slowest. A depth that is not known counts as 0."""
    chord_km = 2 * EARTH_RADIUS_KM * np.sin(np.minimum(distance_km / (2 * EARTH_RADIUS_KM), np.pi / 2))
    depth_km = np.nan_to_num(depth_km)
    path_km = np.hypot(chord_km, depth_km)
    fast = np.where(is_s, FASTEST_LOCAL["S"], FASTEST_LOCAL["P"])
    far = np.where(is_s, FASTEST_FAR["S"], FASTEST_FAR["P"])
    # From deep sources to the far side, the straight line is an upper bound of nothing: chord and depth are not at right angles.
    shortest_km = np.where(path_km < LOCAL_KM, path_km, np.maximum(chord_km - depth_km, 0.0))
    earliest_s = shortest_km / np.where(path_km < LOCAL_KM, fast, far) - ORIGIN_SLACK_S
    latest_s = np.hypot(distance_km, depth_km) / np.where(is_s, SLOWEST["S"], SLOWEST["P"]) + LATE_SLACK_S
    return np.asarray((delay_s < earliest_s) | (delay_s > latest_s))


def whole_hours_off(delay_s: Floats) -> int:
    """By how many hours most picks are off from their origins, 0 where they are not: time stamps in local time."""
    known = delay_s[np.isfinite(delay_s)]
    if len(known) < FEWEST_PICKS:
        return 0
    hours = np.floor((known + 60.0) / HOUR_S)
    rest_s = known - HOUR_S * hours
    found, counts = np.unique(hours[rest_s <= LONGEST_TRAVEL_S], return_counts=True)
    if not len(found) or counts.max() < MOST_IN_LOCAL_TIME * len(known):
        return 0
    hours_off = int(found[counts.argmax()])
    return hours_off if abs(hours_off) <= 14 else 0  # no time zone is farther from UTC


def residuals_s(delay_s: Floats, distance_km: Floats, depth_km: Floats, is_s: Bools) -> Floats:
    """Delays less those of the average crust, NaN beyond LOCAL_KM."""
    residual = np.full(len(delay_s), np.nan)
    usable = np.isfinite(delay_s) & (distance_km < LOCAL_KM) & np.isfinite(depth_km) & (depth_km >= 0) & (depth_km < 50)
    for wave, of_wave in (_P, usable & ~is_s), (_S, usable & is_s):
        wanted = np.flatnonzero(of_wave)
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            residual[part] = delay_s[part] - first_arrivals(REGIONAL_CRUST, wave, distance_km[part], depth_km[part]).time_s
    return residual


def station_offsets_s(station: NDArray[np.int64], residual_s: Floats) -> dict[int, float]:
    """Stations whose picks are nearly all early (below 0) or late against the rest of the catalog, with their median.

    station: its number for each pick. What all stations share (a crust that is faster than the average one) is taken off.
    """
    known = np.isfinite(residual_s)
    offsets: dict[int, float] = {}
    if not known.any():
        return offsets
    station, residual_s = station[known], residual_s[known] - np.median(residual_s[known])
    order = np.argsort(station, kind="stable")
    numbers, starts = np.unique(station[order], return_index=True)
    for number, own in zip(numbers, np.split(residual_s[order], starts[1:]), strict=True):
        median_s = float(np.median(own))
        same_side = np.mean(np.sign(own) == np.sign(median_s))
        if len(own) >= FEWEST_AT_STATION and abs(median_s) >= SMALLEST_OFFSET_S and same_side >= SAME_SIDE:
            offsets[int(number)] = median_s
    return offsets
