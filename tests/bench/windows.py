"""Random windows of three components a second from the store, beside slices of one `np.memmap`."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from labeling.files import waveform_store
from tests.bench.figure import Figure, Options

N_TRACES, N_SAMPLES, WINDOW = 600, 9001, 3000
N_ROUNDS = 6


def measure(options: Options, folder: Path) -> list[Figure]:
    draw = np.random.default_rng(0)
    store = waveform_store()
    block = np.memmap(folder / "bare.f32", dtype=np.float32, mode="w+", shape=(N_TRACES, 3, N_SAMPLES))
    addresses = []
    with store.writer() as writer:
        for number in range(N_TRACES):
            samples = draw.normal(size=(3, N_SAMPLES)).astype(np.float32)
            block[number] = samples
            addresses.append([writer.append(row) for row in samples])
    block.flush()
    bare = np.memmap(folder / "bare.f32", dtype=np.float32, mode="r", shape=(N_TRACES, 3, N_SAMPLES))

    traces = draw.integers(N_TRACES, size=options.n_windows)
    starts = draw.integers(N_SAMPLES - WINDOW, size=options.n_windows)
    places = list(zip(traces.tolist(), starts.tolist(), strict=True))
    ours_s, bare_s = [], []
    for _ in range(N_ROUNDS):  # in turn, so that whatever else the machine does falls on both
        began = time.perf_counter()
        for trace, start in places:
            ours = store.read_many(addresses[trace], start, WINDOW)
        ours_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        for trace, start in places:
            theirs = np.array(bare[trace, :, start : start + WINDOW])
        bare_s.append(time.perf_counter() - began)
    if not np.array_equal(ours, theirs):
        raise SystemExit("The store and the memmap give different samples.")
    n = options.n_windows
    details = {"window": f"(3, {WINDOW})", "windows a round": n, "rounds": N_ROUNDS, "best of the rounds": True}
    name, peer = "random windows from the store", "copies of slices of one np.memmap"
    return [Figure(name, n / min(ours_s), "windows/s", peer, n / min(bare_s), more_is_better=True, details=details)]
