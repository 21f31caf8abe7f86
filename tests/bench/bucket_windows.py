"""Windows where the data folder is a cache of a bucket: the first of a shard, which has to come, and those after it.

The bucket is moto's, in this process: it answers slower than a storage does, and no network lies between.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import boto3
import numpy as np

from labeling.bucket import Bucket
from labeling.shared_files import SharedFiles
from labeling.waveform_store import Address, WaveformStore
from tests.bench.figure import Figure, Options
from tests.integration.s3 import CREDENTIALS, S3Server

N_TRACES, TRACES_AT_ONCE, TRACE, WINDOW = 2000, 200, 6000, 3000
N_ROUNDS = 6


def measure(options: Options, folder: Path) -> list[Figure]:
    server = S3Server()
    os.environ.update({**CREDENTIALS, "AWS_ENDPOINT_URL": server.address})
    client = boto3.session.Session().client("s3")
    client.create_bucket(Bucket="bench", CreateBucketConfiguration={"LocationConstraint": CREDENTIALS["AWS_REGION"]})
    try:
        written, fetched, plain = (_store(folder / name, "s3://bench/site" * (name != "plain")) for name in ("written", "fetched", "plain"))
        addresses = _write(written)
        firsts = [addresses[number] for number in range(0, N_TRACES, TRACES_AT_ONCE)]
        cold_s = [_seconds(fetched, [first], [0]) for first in firsts]
        plain_addresses = _write(plain)
        download_s = [_download_seconds(client, f"site/waveforms/shards/{first[0].shard}.f32") for first in firsts]
        draw = np.random.default_rng(0)
        picked = draw.integers(N_TRACES, size=options.n_windows).tolist()
        warm_s, plain_s = [], []
        for _ in range(N_ROUNDS):  # in turn, so that whatever else the machine does falls on both
            warm_s.append(_seconds(fetched, addresses, picked))
            plain_s.append(_seconds(plain, plain_addresses, picked))
    finally:
        server.stop()
    megabytes = TRACES_AT_ONCE * 3 * TRACE * 4 / 1e6
    cold = {"shards": len(firsts), "a shard": f"{megabytes:.1f} MB", "median of the shards": True, "server": "moto in this process"}
    warm = {"window": f"(3, {WINDOW})", "best of the rounds": N_ROUNDS}
    name, peer = "first window of a shard in a bucket", "get_object of the shard"
    other, beside = "windows from the cache of a bucket", "the same store without a bucket"
    return [
        Figure(name, 1e3 * np.median(cold_s), "ms", peer, 1e3 * np.median(download_s), more_is_better=False, details=cold),
        Figure(
            other,
            options.n_windows / min(warm_s),
            "windows/s",
            beside,
            options.n_windows / min(plain_s),
            more_is_better=True,
            details=warm,
        ),
    ]


def _store(folder: Path, bucket: str) -> WaveformStore:
    folder.mkdir()
    return WaveformStore(folder / "waveforms", SharedFiles(folder, Bucket(bucket) if bucket else None))


def _write(store: WaveformStore) -> list[list[Address]]:
    """As an import does: made durable every so many traces."""
    draw, addresses = np.random.default_rng(1), []
    with store.writer() as writer:
        for number in range(N_TRACES):
            addresses.append([writer.append(draw.standard_normal(TRACE, dtype=np.float32)) for _ in range(3)])
            if (number + 1) % TRACES_AT_ONCE == 0:
                writer.flush()
    return addresses


def _seconds(store: WaveformStore, addresses: Sequence[Sequence[Address]], picked: Sequence[int]) -> float:
    began = time.perf_counter()
    for number in picked:
        store.read_many(addresses[number], 1000, WINDOW)
    return time.perf_counter() - began


def _download_seconds(client: object, key: str) -> float:
    began = time.perf_counter()
    client.get_object(Bucket="bench", Key=key)["Body"].read()  # type: ignore[attr-defined]
    return time.perf_counter() - began
