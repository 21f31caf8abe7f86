"""Traces scored a second, beside the bare network on the same windows in memory."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import numpy as np
import torch

from tests.bench.figure import Figure, Options
from tests.bench.training_set import CONFIG, labelled_set, use_threads
from training.lancor.alignment import seeded_network
from training.lancor.augment import cut_windows
from training.lancor.checkpoint import FittedNetwork
from training.lancor.curves import window_starts
from training.lancor.score import SEGMENTS_AT_ONCE, score_labels

N_SEGMENTS = 128
N_ROUNDS = 4


def measure(options: Options, folder: Path) -> list[Figure]:
    use_threads(options.n_threads)
    dataset = labelled_set(N_SEGMENTS)
    network = seeded_network(CONFIG, 0).eval()
    starts = window_starts(dataset.n_samples, CONFIG.window_samples, CONFIG.score_stride_samples)
    groups = []
    for first in range(0, N_SEGMENTS, SEGMENTS_AT_ONCE):
        which = np.repeat(np.arange(first, first + SEGMENTS_AT_ONCE), len(starts))
        waveform = cut_windows(dataset.segments, which, np.tile(starts, SEGMENTS_AT_ONCE), CONFIG.window_samples)
        groups.append((torch.from_numpy(waveform), torch.from_numpy(dataset.live[which])))

    def bare() -> None:
        with torch.no_grad():
            for waveform, live in groups:
                network(waveform, live)

    def ours() -> None:
        score_labels([FittedNetwork(network, CONFIG, 0)], dataset, np.arange(dataset.n_labels), None, CONFIG, "cpu")

    seconds: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(N_ROUNDS + 1):  # the first round warms both up
        for name, work in (("ours", ours), ("bare", bare)):
            began = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - began)
    rates = {name: N_SEGMENTS / statistics.median(took[1:]) for name, took in seconds.items()}
    details = {"labels a trace": 2, "windows a trace": len(starts), "samples a trace": dataset.n_samples, "threads": options.n_threads}
    peer = "the picker alone on the same windows in memory"
    return [Figure("scored traces", rates["ours"], "traces/s", peer, rates["bare"], more_is_better=True, details=details)]
