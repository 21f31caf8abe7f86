"""Ground noise between Peterson's low and high noise models: microseism, people and machines, passing cars, mains hum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from labeling.seismo.synthetic_sources import fast_length, sensor_gain

Float64Array = NDArray[np.float64]

# Power spectral density of acceleration, dB of (m/s²)²/Hz, read off Peterson (1993), USGS Open-File Report 93-322.
MODEL_FREQUENCY_HZ = np.array([0.01, 0.04, 0.065, 0.12, 0.2, 0.35, 0.7, 1.2, 3.0, 10.0, 50.0, 100.0])
LOW_NOISE_DB = np.array([-185.0, -187.0, -163.0, -158.0, -141.0, -146.0, -161.0, -167.0, -167.0, -167.0, -165.0, -165.0])
HIGH_NOISE_DB = np.array([-130.0, -125.0, -120.0, -108.0, -97.0, -101.0, -114.0, -119.0, -108.0, -92.0, -92.0, -92.0])
MICROSEISM_BELOW_HZ = 0.7
CULTURE_ABOVE_HZ = 1.2
TRANSIENT_BAND_HZ = (6.0, 22.0)


@dataclass(frozen=True)
class NoiseSite:
    """How noisy a station is. Levels run from 0 (Peterson's low noise model) to 1 (the high one).

    culture_level: above 1 Hz. culture_slope_db: tilt of the cultural noise per decade above 3 Hz. hum_hz: 0 for none.
    transients_per_minute: cars, steps, gusts. horizontal_excess_db: tilt and wind, on N and E below 1 Hz.
    """

    culture_level: float
    culture_slope_db: float
    hum_hz: float
    hum_level: float
    transients_per_minute: float
    horizontal_excess_db: float
    sensor_corner_hz: float


def ground_noise(
    site: NoiseSite, microseism_level: float, night: bool, n_samples: int, sampling_rate_hz: float, rng: np.random.Generator
) -> Float64Array:
    """Velocity noise on Z, N, E as the sensor sees it. microseism_level: as the sea was that day. Returns (3, n_samples) m/s."""
    n_fft = fast_length(n_samples)
    frequency_hz = fft.rfftfreq(n_fft, 1 / sampling_rate_hz)
    quiet_db = -6.0 if night else 0.0
    sea, culture = velocity_amplitudes(site, microseism_level, quiet_db, frequency_hz)
    per_root_hz = np.sqrt(sampling_rate_hz / 2)
    # White noise drawn as a spectrum saves a transform; its scale is that of n_fft unit samples transformed.
    white = rng.standard_normal((2, 3, 2 * len(frequency_hz)), dtype=np.float32).view(np.complex64) * np.float32(np.sqrt(n_fft / 2))
    lift = np.array([1.0, *[10 ** (site.horizontal_excess_db / 20)] * 2])[:, np.newaxis]
    sea_m_s = fft.irfft(white[0] * (sea * lift).astype(np.float32), n_fft)[:, :n_samples] * per_root_hz
    culture_m_s = fft.irfft(white[1] * culture.astype(np.float32), n_fft)[:, :n_samples] * per_root_hz
    culture_m_s *= _slow_modulation(n_samples, sampling_rate_hz, rng)
    noise = sea_m_s + culture_m_s
    rms = np.sqrt((culture_m_s**2).mean(axis=1, keepdims=True))
    if site.hum_hz > 0:
        noise += _hum(site, rms, n_samples, sampling_rate_hz, rng)
    for _ in range(rng.poisson(site.transients_per_minute * n_samples / sampling_rate_hz / 60)):
        noise += rms * _transient(n_samples, sampling_rate_hz, rng)
    return np.asarray(noise)


def velocity_amplitudes(
    site: NoiseSite, microseism_level: float, quiet_db: float, frequency_hz: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Amplitude densities, m/s/√Hz, of what comes from the sea and of what comes from people. Zero at frequency 0."""
    safe_hz = np.maximum(frequency_hz, MODEL_FREQUENCY_HZ[0])
    log_hz = np.log10(safe_hz)
    low = np.interp(log_hz, np.log10(MODEL_FREQUENCY_HZ), LOW_NOISE_DB)
    high = np.interp(log_hz, np.log10(MODEL_FREQUENCY_HZ), HIGH_NOISE_DB)
    tilt_db = site.culture_slope_db * np.maximum(log_hz - np.log10(3.0), 0.0) + quiet_db
    to_culture = np.clip((log_hz - np.log10(MICROSEISM_BELOW_HZ)) / np.log10(CULTURE_ABOVE_HZ / MICROSEISM_BELOW_HZ), 0.0, 1.0)
    response = sensor_gain(site.sensor_corner_hz, frequency_hz) / (2 * np.pi * safe_hz) * (frequency_hz > 0)
    sea = 10 ** ((low + microseism_level * (high - low)) / 20) * np.sqrt(1 - to_culture)
    # The low noise model is a floor that people do not reach: their part of the spectrum is tilted, not the rock's.
    culture = 10 ** ((low + site.culture_level * (high - low) + tilt_db) / 20) * np.sqrt(to_culture)
    return sea * response, culture * response


def _slow_modulation(n_samples: int, sampling_rate_hz: float, rng: np.random.Generator) -> Float64Array:
    """A wandering gain with a median of 1: traffic and wind come and go within seconds."""
    knots_s = np.arange(0.0, n_samples / sampling_rate_hz + 6.0, 3.0)
    gain_db = 1.8 * rng.standard_normal(len(knots_s))
    smooth = np.interp(np.arange(n_samples) / sampling_rate_hz, knots_s, gain_db)
    return np.asarray(10 ** (smooth / 20))


def _hum(site: NoiseSite, rms: Float64Array, n_samples: int, sampling_rate_hz: float, rng: np.random.Generator) -> Float64Array:
    """A machine nearby, of almost steady frequency. rms: (3, 1). Returns (3, n_samples)."""
    time_s = np.arange(n_samples) / sampling_rate_hz
    phase = 2 * np.pi * site.hum_hz * time_s + np.cumsum(rng.normal(0.0, 0.02, n_samples))
    return np.asarray(site.hum_level * rms * np.sin(phase + rng.uniform(0, 2 * np.pi, (3, 1))))


def _transient(n_samples: int, sampling_rate_hz: float, rng: np.random.Generator) -> Float64Array:
    """A burst of 0.6–8 s, in units of the noise's rms: a step, a door, a car passing. Returns (3, n_samples)."""
    length = int(np.exp(rng.uniform(np.log(0.6), np.log(8.0))) * sampling_rate_hz)
    length = min(length, n_samples)
    low_hz = rng.uniform(TRANSIENT_BAND_HZ[0], 12.0)
    high_hz = min(TRANSIENT_BAND_HZ[1], 0.45 * sampling_rate_hz)
    frequency_hz = fft.rfftfreq(length, 1 / sampling_rate_hz)
    shape = np.exp(-0.5 * ((frequency_hz - 0.5 * (low_hz + high_hz)) / (0.35 * (high_hz - low_hz))) ** 2)
    burst = fft.irfft(fft.rfft(rng.standard_normal((3, length)), axis=1) * shape, length, axis=1)
    burst *= np.hanning(length) * rng.uniform(2.0, 5.0) / burst.std()
    placed = np.zeros((3, n_samples))
    first = int(rng.integers(0, n_samples - length + 1))
    placed[:, first : first + length] = burst
    return placed
