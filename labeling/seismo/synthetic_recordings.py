"""One synthetic earthquake at one station: the seismogram with its noise, and when its waves truly came in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from labeling.seismo.records import FloatArray
from labeling.seismo.synthetic_network import SyntheticEvent, SyntheticStation
from labeling.seismo.synthetic_noise import ground_noise
from labeling.seismo.synthetic_sources import IncomingWave, ground_velocity, radiation, spectral_level_m_s
from labeling.seismo.timing import add_seconds, seconds_between
from labeling.seismo.traveltimes import REGIONAL_CRUST, arrivals_on_basin, azimuth_deg, distance_km

Float64Array = NDArray[np.float64]

SNR_BAND_HZ = (2.0, 15.0)
TAIL_S = 14.0  # coda kept after S at the least
LEAD_S = (7.0, 34.0)  # P comes this long after the start: never at a fixed place


@dataclass(frozen=True)
class Arrival:
    """What the analyst would have to read. snr_db: 1 s after against 4 s before P, 2 s before S, 2–15 Hz; P on Z, S on N and E."""

    phase_hint: str
    time: datetime
    snr_db: float


@dataclass(frozen=True)
class Paths:
    """When the waves of one event reach one station, and how. Times in seconds after the origin; NaN where there is no conversion."""

    distance_km: float
    path_km: float
    azimuth_deg: float
    p_s: float
    ps_s: float
    sp_s: float
    s_s: float
    p_ray_parameter_s_km: float
    p_name: str


@dataclass(frozen=True)
class Recording:
    """samples: (3, n) counts on Z, N, E. missed_p: the P of a second earthquake in the window, if there is one that can be seen."""

    station: SyntheticStation
    event: SyntheticEvent
    start_time: datetime
    samples: FloatArray
    paths: Paths
    p: Arrival
    s: Arrival
    sp_time: datetime | None
    p_is_up: bool
    missed_p: Arrival | None


def paths_between(event: SyntheticEvent, station: SyntheticStation, rng: np.random.Generator) -> Paths:
    """Travel times of the layered crust plus what it leaves out: the rock beneath the station, and heterogeneity along the path."""
    latitude, longitude, depth = event.position
    record = station.record
    away_km = float(distance_km(latitude, longitude, record.latitude or 0.0, record.longitude or 0.0))
    times = arrivals_on_basin(REGIONAL_CRUST, station.basin, away_km, depth)
    p_delay = station.delay_s[0] + float(rng.normal(0.0, 0.03 + 0.004 * float(times.p_s)))
    s_delay = station.delay_s[1] + 1.6 * p_delay
    return Paths(
        distance_km=away_km,
        path_km=float(np.hypot(away_km, depth)),
        azimuth_deg=float(azimuth_deg(latitude, longitude, record.latitude or 0.0, record.longitude or 0.0)),
        p_s=float(times.p_s) + p_delay,
        ps_s=float(times.ps_s) + p_delay,
        sp_s=float(times.sp_s) + s_delay,
        s_s=float(times.s_s) + s_delay,
        p_ray_parameter_s_km=float(times.p_ray_parameter_s_km),
        p_name="Pn" if bool(times.p_is_refracted) and away_km > 90 else "P",
    )


def record_event(
    event: SyntheticEvent,
    station: SyntheticStation,
    trace_s: tuple[float, float],
    companion: SyntheticEvent | None,
    rng: np.random.Generator,
) -> Recording:
    """Record one event, and the companion that follows it unlabelled, if there is one."""
    rate = station.sampling_rate_hz
    paths = paths_between(event, station, rng)
    n_samples = int(rng.uniform(*trace_s) * rate)
    latest_lead_s = n_samples / rate - (paths.s_s - paths.p_s) - TAIL_S
    lead_s = float(rng.uniform(LEAD_S[0], max(LEAD_S[0] + 0.5, min(LEAD_S[1], latest_lead_s))))
    origin = _origin(event)
    start_time = add_seconds(origin, round(paths.p_s - lead_s, 3))
    origin_s = seconds_between(start_time, origin)
    signal = _signal(event, station, paths, origin_s, n_samples, rng)
    night = not 5 <= origin.hour < 19
    noise = ground_noise(station.noise, event.microseism_level, night, n_samples, rate, rng)
    missed_p = None
    if companion is not None:
        second_paths = paths_between(companion, station, rng)
        second_origin_s = seconds_between(start_time, _origin(companion))
        second = _signal(companion, station, second_paths, second_origin_s, n_samples, rng)
        missed_p = _second_p(second, signal + noise, second_origin_s + second_paths.p_s, start_time, rate)
        signal = signal + second
    p_s, s_s, sp_s = origin_s + paths.p_s, origin_s + paths.s_s, origin_s + paths.sp_s
    ground = band_passed(signal + noise, rate)
    counts = np.round((signal + noise) * station.counts_per_m_s + np.asarray(station.offset_counts)[:, np.newaxis])
    return Recording(
        station=station,
        event=event,
        start_time=start_time,
        samples=counts.astype(np.float32),
        paths=paths,
        p=Arrival(paths.p_name, add_seconds(start_time, p_s), _snr_db(ground[:1], p_s, 4.0, rate)),
        s=Arrival("S", add_seconds(start_time, s_s), _snr_db(ground[1:], s_s, 2.0, rate)),
        sp_time=None if np.isnan(sp_s) else add_seconds(start_time, sp_s),
        p_is_up=_p_is_up(event, paths),
        missed_p=missed_p,
    )


def band_passed(samples: Float64Array, sampling_rate_hz: float) -> Float64Array:
    """Zero-phase 2–15 Hz by a Butterworth-shaped mask on the spectrum (4th order). samples: (C, n)."""
    n_samples = samples.shape[1]
    n_fft = fft.next_fast_len(n_samples, real=True)
    frequency_hz = np.maximum(fft.rfftfreq(n_fft, 1 / sampling_rate_hz), 1e-6)
    low, high = SNR_BAND_HZ
    mask = 1 / (1 + (low / frequency_hz) ** 8) / (1 + (frequency_hz / high) ** 8)
    return np.asarray(fft.irfft(fft.rfft(samples, n_fft, axis=1) * mask, n_fft, axis=1)[:, :n_samples])


def _origin(event: SyntheticEvent) -> datetime:
    if event.record.origin_time is None:
        raise ValueError(f"The synthetic event {event.record.source_ref} has no origin time; every one is made with it.")
    return event.record.origin_time


def _incidence(paths: Paths) -> float:
    """Angle of incidence at the surface in radians: steep, for the uppermost rock is slow (4.2 km/s)."""
    return float(np.arcsin(min(0.95, paths.p_ray_parameter_s_km * 4.2)))


def _takeoff_deg(paths: Paths) -> float:
    """Take-off angle from straight down. A refracted ray leaves downwards, a direct one upwards."""
    angle = float(np.degrees(np.arcsin(min(0.999, paths.p_ray_parameter_s_km * 6.0))))
    return angle if paths.p_name == "Pn" else 180.0 - angle


def _p_is_up(event: SyntheticEvent, paths: Paths) -> bool:
    return _radiation(event, paths)[0] > 0


def _signal(
    event: SyntheticEvent, station: SyntheticStation, paths: Paths, origin_s: float, n_samples: int, rng: np.random.Generator
) -> Float64Array:
    """Ground velocity of one event. origin_s: of its origin after the first sample. Returns (3, n_samples) m/s."""
    magnitude = event.record.magnitude or 0.0
    waves = [wave for wave in _waves(event, paths, magnitude, origin_s, rng) if wave.arrival_s < n_samples / station.sampling_rate_hz - 0.5]
    return ground_velocity(waves, magnitude, event.region.rock, station.response, n_samples, station.sampling_rate_hz, rng)


def _radiation(event: SyntheticEvent, paths: Paths) -> tuple[float, float, float]:
    return radiation(event.mechanism, paths.azimuth_deg, _takeoff_deg(paths), event.region.rock.radiation_floor)


def _waves(event: SyntheticEvent, paths: Paths, magnitude: float, origin_s: float, rng: np.random.Generator) -> list[IncomingWave]:
    p_factor, sv_factor, sh_factor = _radiation(event, paths)
    p_level = spectral_level_m_s(magnitude, "P", paths.path_km) * p_factor * (0.45 if paths.p_name == "Pn" else 1.0)
    s_level = spectral_level_m_s(magnitude, "S", paths.path_km)
    incidence, azimuth = _incidence(paths), np.radians(paths.azimuth_deg)
    radial = np.array([0.0, np.cos(azimuth), np.sin(azimuth)])
    transverse = np.array([0.0, -np.sin(azimuth), np.cos(azimuth)])
    up = np.array([1.0, 0.0, 0.0])
    p_vector = p_level * (np.cos(incidence) * up + np.sin(incidence) * radial)
    s_vector = s_level * (sv_factor * (np.cos(incidence) * radial - 0.5 * np.sin(incidence) * up) + sh_factor * transverse)
    s_minus_p_s = paths.s_s - paths.p_s
    region = event.region
    # Envelopes widen with distance by forward scattering (Sato & Fehler).
    broadening_s = region.coda_rise * (0.05 + 0.0045 * paths.distance_km)
    energy = float(np.exp(rng.normal(0.0, 0.35)))
    p = IncomingWave(
        "P", origin_s + paths.p_s, paths.p_s, _triple(p_vector), region.coda_energy_p * energy, broadening_s,
        1.4 + 0.55 * s_minus_p_s, (0.75, 0.5, 0.5),
    )  # fmt: skip
    s = IncomingWave(
        "S", origin_s + paths.s_s, paths.s_s, _triple(s_vector), region.coda_energy_s * energy, 1.5 * broadening_s,
        9.0 + 0.08 * paths.distance_km, (0.42, 0.7, 0.7),
    )  # fmt: skip
    if region.direct_spread > 0:
        p, s = (_direct_scaled(wave, float(np.exp(rng.normal(-0.2, region.direct_spread)))) for wave in (p, s))
    if np.isnan(paths.sp_s):
        return [p, s]
    to_s, to_p = rng.uniform(0.25, 0.5) * p_level * radial, rng.uniform(0.22, 0.45) * s_level * sv_factor * up
    ps = IncomingWave("P", origin_s + paths.ps_s, paths.p_s, _triple(to_s))
    sp = IncomingWave("S", origin_s + paths.sp_s, paths.s_s, _triple(to_p))
    return [p, ps, sp, s]


def _direct_scaled(wave: IncomingWave, factor: float) -> IncomingWave:
    """Its direct pulse stronger or weaker, its coda as before."""
    z, n, e = wave.amplitudes
    return replace(wave, amplitudes=(factor * z, factor * n, factor * e), coda_energy=wave.coda_energy / factor**2)


def _triple(vector: Float64Array) -> tuple[float, float, float]:
    return float(vector[0]), float(vector[1]), float(vector[2])


def _rms(samples: Float64Array, from_s: float, to_s: float, rate: float) -> float:
    first, last = max(0, round(from_s * rate)), round(to_s * rate)
    window = samples[:, first:last]
    return float(np.sqrt((window**2).mean())) if window.size else 0.0


def _snr_db(ground: Float64Array, onset_s: float, before_s: float, rate: float) -> float:
    before = _rms(ground, onset_s - before_s - 0.1, onset_s - 0.1, rate)
    after = _rms(ground, onset_s, onset_s + 1.0, rate)
    return float(20 * np.log10(max(after, 1e-15) / max(before, 1e-15)))


def _second_p(second: Float64Array, rest: Float64Array, onset_s: float, start_time: datetime, rate: float) -> Arrival | None:
    """The companion's P if it stands above the first event's coda by 3 dB, well inside the window."""
    if not 4.0 < onset_s < second.shape[1] / rate - 4.0:
        return None
    over_coda = _rms(band_passed(second, rate)[:1], onset_s, onset_s + 1.0, rate)
    coda = _rms(band_passed(rest, rate)[:1], onset_s - 2.0, onset_s + 1.0, rate)
    snr_db = float(20 * np.log10(max(over_coda, 1e-15) / max(coda, 1e-15)))
    return Arrival("P", add_seconds(start_time, onset_s), snr_db) if snr_db >= 3.0 else None
