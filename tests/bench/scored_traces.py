"""Traces scored a second, beside the bare network on the same windows in memory."""

from __future__ import annotations

from pathlib import Path

from tests.bench.figure import Figure, Options
from tests.bench.training_set import CONFIG, labelled_set, use_threads
from training.benchmark.speed import scoring_pace

N_SEGMENTS = 128
N_ROUNDS = 4


def measure(options: Options, folder: Path) -> list[Figure]:
    use_threads(options.n_threads)
    dataset = labelled_set(N_SEGMENTS)
    pace = scoring_pace(dataset, CONFIG, "cpu", N_ROUNDS)
    details = {"labels a trace": 2, "samples a trace": dataset.n_samples, "threads": options.n_threads}
    peer = "the same network, contrast included, on the same windows in memory"
    return [Figure("scored traces", pace.ours_per_s, "traces/s", peer, pace.bare_per_s, more_is_better=True, details=details)]
