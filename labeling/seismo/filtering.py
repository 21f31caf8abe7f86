"""Filtering for looking at waveforms, and causal for the networks.

A zero-phase filter runs forwards and backwards: it moves no onset, but lets some energy leak ahead of it. A causal one runs forwards only:
it leaks nothing ahead, and delays what it lets through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, sosfilt_zi, sosfiltfilt

from labeling.seismo.quality import find_gaps
from labeling.seismo.records import FloatArray

ORDER = 3  # zero-phase the slope is that of order 6
CAUSAL_ORDER = 2  # of the networks' filter
HIGHEST_OF_NYQUIST = 0.95


@dataclass(frozen=True)
class Band:
    """A pass band in hertz. is_causal: the filter runs forwards only."""

    low_hz: float
    high_hz: float
    is_causal: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.low_hz < self.high_hz:
            raise ValueError(f"A band runs from a lower to a higher frequency above 0 Hz, not from {self.low_hz:g} to {self.high_hz:g} Hz.")

    def __str__(self) -> str:
        return f"{self.low_hz:g}-{self.high_hz:g}{'-causal' if self.is_causal else ''}"

    @property
    def settling_s(self) -> float:
        """How far beyond a window samples still matter to it."""
        return 2.0 / self.low_hz

    def highest_hz(self, sampling_rate_hz: float) -> float | None:
        """The upper corner at that rate; None where it is left out, since it lies near the Nyquist frequency or above."""
        return None if self.high_hz >= HIGHEST_OF_NYQUIST * sampling_rate_hz / 2 else self.high_hz


def band_pass(samples: FloatArray, sampling_rate_hz: float, band: Band) -> FloatArray:
    """(n_components, n_samples) float32 filtered with a Butterworth of order 3, forwards and backwards or forwards only.

    Each stretch between gaps (NaN) is freed of its mean and filtered by itself; gaps stay gaps. An upper corner near or above the Nyquist
    frequency is left out. Raises ValueError where the whole band lies there.
    """
    nyquist_hz = sampling_rate_hz / 2
    if band.low_hz >= HIGHEST_OF_NYQUIST * nyquist_hz:
        raise ValueError(f"At {sampling_rate_hz:g} Hz there is nothing above {nyquist_hz:g} Hz to see. Choose a lower band.")
    highest_hz = band.highest_hz(sampling_rate_hz)
    if highest_hz is None:
        sections = butter(ORDER, band.low_hz, "highpass", fs=sampling_rate_hz, output="sos")
    else:
        sections = butter(ORDER, (band.low_hz, highest_hz), "bandpass", fs=sampling_rate_hz, output="sos")
    padding = int(np.ceil(band.settling_s * sampling_rate_hz))
    filtered = np.full(samples.shape, np.nan, dtype=np.float32)
    for row, gaps in enumerate(find_gaps(samples)):
        for start, end in _stretches(gaps, samples.shape[1]):
            stretch = samples[row, start:end].astype(np.float64)
            stretch -= stretch.mean()
            filtered[row, start:end] = _forwards(stretch, sections) if band.is_causal else _both_ways(stretch, sections, padding)
    return filtered


def causal_high_pass(samples: FloatArray, sampling_rate_hz: float, corner_hz: float) -> FloatArray:
    """(n_samples,) float32 by a Butterworth of order 2 that runs forwards only: nothing of an arrival leaks ahead of its onset.

    Each stretch between gaps (NaN) is filtered by itself, as if its first sample had stood there for ever; gaps stay gaps.
    """
    sections = butter(CAUSAL_ORDER, corner_hz, "highpass", fs=sampling_rate_hz, output="sos")
    filtered = np.full(samples.shape, np.nan, dtype=np.float32)
    for start, end in _stretches(find_gaps(samples[None, :])[0], len(samples)):
        filtered[start:end] = _forwards(samples[start:end].astype(np.float64), sections)
    return filtered


def _stretches(gaps: list[tuple[int, int]], n_samples: int) -> list[tuple[int, int]]:
    edges = [0, *(edge for gap in gaps for edge in gap), n_samples]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]


def _both_ways(stretch: NDArray[np.float64], sections: NDArray[np.float64], padding: int) -> NDArray[np.float64]:
    if stretch.size < 2:
        return np.zeros_like(stretch)
    return np.asarray(sosfiltfilt(sections, stretch, padlen=min(padding, stretch.size - 1)), dtype=np.float64)


def _forwards(stretch: NDArray[np.float64], sections: NDArray[np.float64]) -> NDArray[np.float64]:
    """As if the first sample had stood there for ever."""
    return np.asarray(sosfilt(sections, stretch, zi=sosfilt_zi(sections) * stretch[0])[0], dtype=np.float64)
