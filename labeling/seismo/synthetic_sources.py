"""Seismograms of small earthquakes: Brune's source, attenuation, double-couple radiation, and coda by random scattering.

Ground velocity in m/s. A wavelet is causal (minimum phase), so that nothing comes before the onset; a coda is the same wavelet
convolved with a random reflectivity, so that source and coda have one spectrum, as they do in nature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from labeling.seismo.synthetic_region import Rock

Float64Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

DENSITY_KG_M3 = 2700.0
VP_M_S, VS_M_S = 6000.0, 3460.0
FREE_SURFACE = 2.0
CORNER_CONSTANT = {"P": 0.38, "S": 0.26}  # Kaneko & Shearer (2014), doi:10.1093/gji/ggu030
Q_EXPONENT = 0.5
P_KAPPA = 0.55  # soft ground damps P less than S
SPECTRAL_FLOOR = 1e-5
CODA_BANDS_HZ = (0.0, 4.0, np.inf)


@dataclass(frozen=True)
class Mechanism:
    """A double couple, in degrees as Aki & Richards have them."""

    strike_deg: float
    dip_deg: float
    rake_deg: float


@dataclass(frozen=True)
class SiteResponse:
    """What the ground under a station and its sensor do. sensor_corner_hz: 0 for a broadband sensor, flat to the lowest frequency here."""

    kappa_s: float
    horizontal_gain: float
    coda_gain: float
    sensor_corner_hz: float


@dataclass(frozen=True)
class IncomingWave:
    """One arrival as it strikes the station. amplitudes: of its direct pulse on Z, N, E (ground moment spectrum level, m s).

    coda_energy: scattered over direct energy, 0 for no coda. coda_levels: relative amplitude of the coda on Z, N, E.
    """

    wave: str  # P or S: the leg through the crust, which sets corner frequency and Q
    arrival_s: float  # after the first sample
    travel_time_s: float
    amplitudes: tuple[float, float, float]
    coda_energy: float = 0.0
    coda_rise_s: float = 0.0
    coda_decay_s: float = 0.0
    coda_levels: tuple[float, float, float] = (0.0, 0.0, 0.0)


def moment_n_m(magnitude: float) -> float:
    """Seismic moment in newton metres (Hanks & Kanamori 1979)."""
    return float(10.0 ** (1.5 * magnitude + 9.1))


def corner_hz(magnitude: float, wave: str, rock: Rock) -> float:
    """Corner frequency of a circular source (Brune 1970; Kaneko & Shearer 2014)."""
    radius_m = (7 / 16 * moment_n_m(magnitude) / rock.stress_drop_pa) ** (1 / 3)
    return float(CORNER_CONSTANT[wave] * VS_M_S / radius_m)


def spectral_level_m_s(magnitude: float, wave: str, path_km: float) -> float:
    """Plateau of the far-field displacement spectrum at the free surface for a radiation factor of 1, in metre seconds."""
    speed = VP_M_S if wave == "P" else VS_M_S
    return FREE_SURFACE * moment_n_m(magnitude) / (4 * np.pi * DENSITY_KG_M3 * speed**3 * path_km * 1000)


def radiation(mechanism: Mechanism, azimuth_deg: float, takeoff_deg: float, floor: float) -> tuple[float, float, float]:
    """Factors of P, SV and SH (Aki & Richards 2002, eq. 4.89–4.91), lifted away from zero to `floor`. takeoff_deg: from straight down."""
    dip, rake = np.radians(mechanism.dip_deg), np.radians(mechanism.rake_deg)
    phi, toff = np.radians(azimuth_deg - mechanism.strike_deg), np.radians(takeoff_deg)
    sin_i, cos_i, sin_2i, cos_2i = np.sin(toff), np.cos(toff), np.sin(2 * toff), np.cos(2 * toff)
    p = (
        np.cos(rake) * np.sin(dip) * sin_i**2 * np.sin(2 * phi)
        - np.cos(rake) * np.cos(dip) * sin_2i * np.cos(phi)
        + np.sin(rake) * np.sin(2 * dip) * (cos_i**2 - sin_i**2 * np.sin(phi) ** 2)
        + np.sin(rake) * np.cos(2 * dip) * sin_2i * np.sin(phi)
    )
    sv = (
        np.sin(rake) * np.cos(2 * dip) * cos_2i * np.sin(phi)
        - np.cos(rake) * np.cos(dip) * cos_2i * np.cos(phi)
        + 0.5 * np.cos(rake) * np.sin(dip) * sin_2i * np.sin(2 * phi)
        - 0.5 * np.sin(rake) * np.sin(2 * dip) * sin_2i * (1 + np.sin(phi) ** 2)
    )
    sh = (
        np.cos(rake) * np.cos(dip) * cos_i * np.sin(phi)
        + np.cos(rake) * np.sin(dip) * sin_i * np.cos(2 * phi)
        + np.sin(rake) * np.cos(2 * dip) * cos_i * np.cos(phi)
        - 0.5 * np.sin(rake) * np.sin(2 * dip) * sin_i * np.sin(2 * phi)
    )
    p, sv, sh = (_lifted(float(value), floor) for value in (p, sv, sh))
    return p, sv, sh


def ground_velocity(
    waves: list[IncomingWave],
    magnitude: float,
    rock: Rock,
    site: SiteResponse,
    n_samples: int,
    sampling_rate_hz: float,
    rng: np.random.Generator,
) -> Float64Array:
    """Velocity on Z, N, E as the sensor sees it, without noise. Returns (3, n_samples) m/s."""
    # Room for the last wavelet, which a circular convolution would bring back at the start.
    n_fft = fast_length(n_samples + int(6 * sampling_rate_hz))
    frequency_hz = fft.rfftfreq(n_fft, 1 / sampling_rate_hz)
    total = np.zeros((3, len(frequency_hz)), dtype=np.complex64)
    for wave in waves:
        wavelet = wavelet_spectrum(wave.wave, magnitude, wave.travel_time_s, rock, site, frequency_hz, sampling_rate_hz)
        delay = np.exp(-2j * np.pi * frequency_hz * wave.arrival_s)
        total += np.outer(wave.amplitudes, wavelet * delay).astype(np.complex64)
        if wave.coda_energy > 0:
            total += (site.coda_gain * wavelet).astype(np.complex64) * _reflectivity(wave, n_samples, n_fft, sampling_rate_hz, rng)
    velocity = fft.irfft(total, n_fft, axis=1)[:, :n_samples] * sampling_rate_hz
    velocity[1:] *= site.horizontal_gain
    return np.asarray(velocity)


def wavelet_spectrum(
    wave: str,
    magnitude: float,
    travel_time_s: float,
    rock: Rock,
    site: SiteResponse,
    frequency_hz: Float64Array,
    sampling_rate_hz: float,
) -> ComplexArray:
    """Minimum-phase spectrum of the velocity pulse for a displacement plateau of 1, onset at time 0.

    Brune's ω² source, path attenuation with Q(f) = Q₁ √f, the site's kappa, the sensor's corner and the digitiser's filter.
    """
    corner = corner_hz(magnitude, wave, rock)
    kappa_s = site.kappa_s * (P_KAPPA if wave == "P" else 1.0)
    path = np.pi * travel_time_s * frequency_hz ** (1 - Q_EXPONENT) / (rock.q_p if wave == "P" else rock.q_s)
    amplitude = 2 * np.pi * frequency_hz / (1 + (frequency_hz / corner) ** 2) * np.exp(-path - np.pi * kappa_s * frequency_hz)
    amplitude = amplitude * sensor_gain(site.sensor_corner_hz, frequency_hz) / (1 + (frequency_hz / (0.4 * sampling_rate_hz)) ** 12)
    return _minimum_phase(amplitude)


def sensor_gain(sensor_corner_hz: float, frequency_hz: Float64Array) -> Float64Array:
    """Amplitude response to velocity of a sensor with a corner, critically damped; 1 for a broadband sensor."""
    if sensor_corner_hz == 0:
        return np.ones_like(frequency_hz)
    return np.asarray(frequency_hz**2 / (frequency_hz**2 + sensor_corner_hz**2))


def fast_length(n: int) -> int:
    """The next length of the form 2^a or 3·2^a: quick to transform."""
    power = 1 << (n - 1).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= n else power


def _lifted(factor: float, floor: float) -> float:
    return float(np.copysign(np.hypot(factor, floor), factor))


def _minimum_phase(amplitude: Float64Array) -> ComplexArray:
    """The causal spectrum of given amplitude, by folding the cepstrum (Oppenheim & Schafer). amplitude: (n // 2 + 1,) for even n."""
    n = 2 * (len(amplitude) - 1)
    cepstrum = fft.irfft(np.log(np.maximum(amplitude, SPECTRAL_FLOOR * amplitude.max())), n)
    fold = np.zeros(n)
    fold[0] = fold[n // 2] = 1.0
    fold[1 : n // 2] = 2.0
    return np.asarray(np.exp(fft.rfft(cepstrum * fold)))


def _reflectivity(
    wave: IncomingWave, n_samples: int, n_fft: int, sampling_rate_hz: float, rng: np.random.Generator
) -> NDArray[np.complex64]:
    """Spectra of the scattered impulses on Z, N, E. Each band has its own envelope, the low ones last longer. (3, n_fft // 2 + 1)."""
    first = max(0, int(wave.arrival_s * sampling_rate_hz) + 1)
    lag_s = np.arange(first, n_samples) / sampling_rate_hz - wave.arrival_s
    strength = float(np.linalg.norm(wave.amplitudes))
    # Laplace rather than Gaussian impulses: real coda is lumpy, with single late reflections standing out.
    impulses = rng.laplace(scale=np.sqrt(0.5), size=(3, len(lag_s))).astype(np.float32)
    impulses *= np.asarray(wave.coda_levels, dtype=np.float32)[:, np.newaxis]
    spectrum = np.zeros((3, n_fft // 2 + 1), dtype=np.complex64)
    for low_hz, high_hz, decay_scale in zip(CODA_BANDS_HZ, CODA_BANDS_HZ[1:], (1.4, 0.8), strict=False):
        envelope = _coda_envelope(lag_s, wave.coda_rise_s, wave.coda_decay_s * decay_scale)
        energy = float((envelope**2).sum()) or 1.0
        scattered = np.zeros((3, n_fft), dtype=np.float32)
        scattered[:, first:n_samples] = impulses * (envelope / np.sqrt(energy)).astype(np.float32)
        in_band = slice(_bin(low_hz, n_fft, sampling_rate_hz), _bin(high_hz, n_fft, sampling_rate_hz))
        spectrum[:, in_band] = fft.rfft(scattered, axis=1)[:, in_band]
    return spectrum * np.float32(strength * np.sqrt(wave.coda_energy))


def _bin(frequency_hz: float, n_fft: int, sampling_rate_hz: float) -> int:
    """Index of a frequency in a real spectrum, the one past its end for infinity."""
    return int(min(frequency_hz / sampling_rate_hz * n_fft, n_fft // 2 + 1))


def _coda_envelope(lag_s: Float64Array, rise_s: float, decay_s: float) -> Float64Array:
    """Amplitude of scattered energy against lag: a short rise, a peak, then single-scattering spread times an exponential."""
    return np.asarray(np.sqrt(1 - np.exp(-lag_s / rise_s)) / (1 + lag_s / (4 * rise_s + 1.0)) * np.exp(-lag_s / decay_s))
