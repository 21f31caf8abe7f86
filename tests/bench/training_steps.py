"""Training steps a second, beside the same network and losses on batches that lie in memory already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.bench.figure import Figure, Options
from tests.bench.training_set import CONFIG, labelled_set, use_threads
from training.benchmark.speed import training_pace

N_SEGMENTS = 160
N_ROUNDS = 5


def measure(options: Options, folder: Path) -> list[Figure]:
    use_threads(options.n_threads)
    return [_measure(objective, options, folder) for objective in ("lancor", "plain")]


def _measure(objective: str, options: Options, folder: Path) -> Figure:
    config = replace(CONFIG, objective=objective)
    pace = training_pace(labelled_set(N_SEGMENTS), config, "cpu", folder, N_ROUNDS)
    details = {"batch": config.batch_size, "window": f"(3, {config.window_samples})", "threads": options.n_threads, "epochs": N_ROUNDS}
    name, peer = f"training steps, {objective}", "the same network, losses and optimiser on batches in memory"
    return Figure(name, pace.ours_per_s, "steps/s", peer, pace.bare_per_s, more_is_better=True, details=details)
