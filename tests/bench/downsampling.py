"""24 h at 100 Hz in 2,000 points: from the kept overview, and from the samples themselves beside tsdownsample, where that is installed."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from labeling.seismo.decimation import bin_for, least_and_greatest
from labeling.seismo.records import FloatArray
from labeling.waveform_overviews import WaveformOverviews
from tests.bench.figure import Figure, Options

N_SAMPLES, N_POINTS = 24 * 3600 * 100, 2000
WANTED_MS = 0.5
N_ROUNDS = 50


def measure(options: Options, folder: Path) -> list[Figure]:
    samples = np.random.default_rng(0).normal(size=(1, N_SAMPLES)).astype(np.float32)
    bin_samples = bin_for(N_SAMPLES, N_POINTS)
    overviews = WaveformOverviews(folder / "overviews")

    def from_overview() -> FloatArray:
        overview = overviews.get("a day", n_components=1, n_samples=N_SAMPLES, read=lambda first, last: samples[:, first:last])
        return overview.window(0, N_SAMPLES, bin_samples)[2]

    def from_samples() -> FloatArray:
        return least_and_greatest(samples, bin_samples)

    details = {"samples": N_SAMPLES, "points": N_POINTS, "rounds": N_ROUNDS, "best of the rounds": True}
    from_overview()  # makes it
    kept_ms = _best_ms([from_overview])[0]
    figures = [Figure("a day from its overview", kept_ms, "ms", "wanted", WANTED_MS, more_is_better=False, details=details)]
    if importlib.util.find_spec("tsdownsample") is not None:
        peer = importlib.import_module("tsdownsample").NaNMinMaxDownsampler()
        ours_ms, theirs_ms = _best_ms([from_samples, lambda: samples[0][peer.downsample(samples[0], n_out=N_POINTS)]])
        name, what = "a day from its samples", "tsdownsample, least and greatest"
        figures.append(Figure(name, ours_ms, "ms", what, theirs_ms, more_is_better=False, details=details))
    return figures


def _best_ms(ways: list[Callable[[], FloatArray]]) -> list[float]:
    best = [float("inf")] * len(ways)
    for _ in range(N_ROUNDS):  # in turn, so that whatever else the machine does falls on all
        for place, way in enumerate(ways):
            began = time.perf_counter()
            way()
            best[place] = min(best[place], 1000 * (time.perf_counter() - began))
    return best
