"""The ground, the earthquakes and the wave paths of an invented region, as far as regions differ."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Rock:
    """stress_drop_pa: of Brune's source. q_p, q_s: at 1 Hz, growing with the square root of frequency. radiation_floor: factors of the
    radiation pattern are not less than this; above a few hertz, scattering fills its nodes."""

    stress_drop_pa: float = 3e6
    q_p: float = 260.0
    q_s: float = 170.0
    radiation_floor: float = 0.25


@dataclass(frozen=True)
class Region:
    """half_width_deg: of the stations' area in latitude; the earthquakes lie within it too. depth_km: shallowest, most frequent, deepest.
    least_magnitude, most_magnitude: ML. coda_energy_p, coda_energy_s: scattered over direct energy. coda_rise: factor on the time in
    which the coda builds up; emergent onsets have a long one. direct_spread: of the direct waves' log amplitudes, path by path.
    """

    half_width_deg: float = 0.72
    depth_km: tuple[float, float, float] = (2.5, 8.0, 17.0)
    least_magnitude: float = 1.1
    most_magnitude: float = 3.6
    coda_energy_p: float = 4.5
    coda_energy_s: float = 8.0
    coda_rise: float = 1.0
    direct_spread: float = 0.0
    rock: Rock = field(default_factory=Rock)


def draw_region(rng: np.random.Generator) -> Region:
    """One of many kinds of region: a geothermal field 10 km across or a mountain belt, hard rock or soft, clear onsets or emergent ones."""
    half_width_deg = float(np.exp(rng.uniform(np.log(0.05), np.log(0.75))))
    deepest_km = float(rng.uniform(2.0, 18.0))
    hardness = float(np.exp(rng.normal(0.0, 0.35)))
    scattering_p, scattering_s = np.exp(rng.normal(0.0, 0.7, 2)).tolist()
    return Region(
        half_width_deg=half_width_deg,
        depth_km=(0.3, deepest_km / 2, deepest_km),
        least_magnitude=float(rng.uniform(-0.1, 0.7) if half_width_deg < 0.2 else rng.uniform(0.7, 1.1)),
        coda_energy_p=4.5 * scattering_p,
        coda_energy_s=8.0 * scattering_s,
        coda_rise=float(np.exp(rng.normal(0.0, 0.6))),
        direct_spread=0.4,
        rock=Rock(
            stress_drop_pa=float(np.exp(rng.uniform(np.log(5e5), np.log(2e7)))),
            q_p=260.0 * hardness,
            q_s=170.0 * hardness * float(np.exp(rng.normal(0.0, 0.2))),
            radiation_floor=float(rng.uniform(0.1, 0.4)),
        ),
    )
