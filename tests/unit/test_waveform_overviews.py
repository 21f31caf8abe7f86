"""Long traces in few points."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from labeling.seismo.decimation import least_and_greatest
from labeling.waveform_overviews import FINEST_BIN, LEVELS, WaveformOverviews

N_SAMPLES = 300_001


class Samples:
    """Counts how often it is read."""

    def __init__(self) -> None:
        self.values = np.random.default_rng(1).normal(size=(2, N_SAMPLES)).astype(np.float32)
        self.values[0, 100_000:140_000] = np.nan
        self.n_reads = 0

    def read(self, first: int, last: int) -> np.ndarray:
        self.n_reads += 1
        return self.values[:, first:last]


@pytest.fixture
def samples() -> Samples:
    return Samples()


def overview_of(samples: Samples, folder: Path, name: str = "one", **limits: int):
    return WaveformOverviews(folder, **limits).get(name, n_components=2, n_samples=N_SAMPLES, read=samples.read)


@pytest.mark.parametrize("bin_samples", [FINEST_BIN, 150, LEVELS[-1], 3000])
def test_bins_hold_the_least_and_greatest_of_all_their_samples(samples, tmp_path, bin_samples):
    first, wide, pairs = overview_of(samples, tmp_path).window(70_000, 290_000, bin_samples)
    assert first <= 70_000
    assert wide >= bin_samples
    expected = least_and_greatest(samples.values[:, first : first + wide * (pairs.shape[1] // 2)], wide)
    n_whole = 2 * ((290_000 - first) // wide)
    np.testing.assert_array_equal(pairs[:, :n_whole], expected[:, :n_whole])


def test_the_end_of_a_trace_is_in_its_overview(samples, tmp_path):
    samples.values[1, -1] = 99.0
    assert overview_of(samples, tmp_path).window(0, N_SAMPLES, 4000)[2][1].max() == 99.0


def test_an_overview_is_made_once(samples, tmp_path):
    overview_of(samples, tmp_path)
    n_reads = samples.n_reads
    np.testing.assert_array_equal(overview_of(samples, tmp_path).levels[1], overview_of(Samples(), tmp_path).levels[1])
    assert samples.n_reads == n_reads


def test_one_that_was_cut_short_is_made_again(samples, tmp_path):
    whole = overview_of(samples, tmp_path).levels[0].copy()
    file = next(tmp_path.glob("*.f32"))
    os.truncate(file, file.stat().st_size - 4)
    np.testing.assert_array_equal(overview_of(samples, tmp_path).levels[0], whole)


def test_the_least_recently_used_make_room(samples, tmp_path):
    overview_of(samples, tmp_path, "old")
    size = next(tmp_path.glob("*.f32")).stat().st_size
    os.utime(next(tmp_path.glob("*.f32")), (1, 1))
    overview_of(samples, tmp_path, "new", most_bytes=size + 10)
    assert len(list(tmp_path.glob("*"))) == 1
    n_reads = samples.n_reads
    overview_of(samples, tmp_path, "new")
    assert samples.n_reads == n_reads
