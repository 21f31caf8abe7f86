"""Random windows of three components out of an SDS archive in place, beside ObsPy's `read(starttime=, endtime=)` of the same files."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from django.conf import settings
from obspy import Stream, Trace, UTCDateTime, read

from labeling.models import Trace as TraceRow
from labeling.seismo.formats.sds import Instrument, SdsArchive
from labeling.seismo.records import TraceRecord
from labeling.trace_samples import read_trace
from tests.bench.figure import Figure, Options

DAY = datetime(2020, 5, 17, tzinfo=UTC)
RATE_HZ, HOURS, WINDOW = 100.0, 24, 3000
BEFORE_S, AFTER_S = 30.0, 90.0  # what an import cuts around a pick by default
N_TRACES, N_ROUNDS, N_OBSPY = 200, 3, 40


def measure(options: Options, folder: Path) -> list[Figure]:
    root = (folder / "sds").resolve()
    files = [_write_day(root, channel, seed) for seed, channel in enumerate(("HHZ", "HHN", "HHE"))]
    settings.ARCHIVES = {"sds": root}
    draw = np.random.default_rng(0)
    began = time.perf_counter()
    rows = [_row(SdsArchive("sds", root, root), DAY + timedelta(seconds=60 + s)) for s in draw.uniform(0, HOURS * 3600 - 400, N_TRACES)]
    indexing_s = time.perf_counter() - began
    starts = draw.integers(rows[0].n_samples - WINDOW - 2, size=options.n_windows // 10).tolist()
    ours_s, theirs_s = [], []
    for _ in range(N_ROUNDS):  # in turn, so that whatever else the machine does falls on both
        began = time.perf_counter()
        for number, start in enumerate(starts):
            ours = read_trace(rows[number % N_TRACES], start, WINDOW)
        ours_s.append((time.perf_counter() - began) / len(starts))
        began = time.perf_counter()
        for number, start in enumerate(starts[-N_OBSPY:], start=len(starts) - min(N_OBSPY, len(starts))):
            first = UTCDateTime(rows[number % N_TRACES].start_time) + start / RATE_HZ
            theirs = [read(str(file), starttime=first, endtime=first + (WINDOW - 1) / RATE_HZ)[0].data for file in files]
        theirs_s.append((time.perf_counter() - began) / min(N_OBSPY, len(starts)))
    if not np.array_equal(ours, np.array(theirs, dtype=np.float32)):
        raise SystemExit("The archive in place and ObsPy give different samples.")
    details = {
        "window": f"(3, {WINDOW})",
        "day files": f"{len(files)} of {HOURS} h at {RATE_HZ:g} Hz, Steim2, 512 bytes",
        "traces made a second at import": f"{N_TRACES / indexing_s:.0f}",
        "best of the rounds": N_ROUNDS,
    }
    name, peer = "windows from miniSEED in place (SDS)", "obspy.read(file, starttime, endtime) of each component"
    return [Figure(name, 1 / min(ours_s), "windows/s", peer, 1 / min(theirs_s), more_is_better=True, details=details)]


def _write_day(root: Path, channel: str, seed: int) -> Path:
    path = root / "2020" / "XX" / "AAA" / f"{channel}.D" / f"XX.AAA..{channel}.D.2020.138"
    path.parent.mkdir(parents=True)
    counts = np.cumsum(np.random.default_rng(seed).integers(-40, 41, int(HOURS * 3600 * RATE_HZ))).astype(np.int32)
    codes = {"network": "XX", "station": "AAA", "location": "", "channel": channel, "sampling_rate": RATE_HZ}
    Stream([Trace(counts, {**codes, "starttime": UTCDateTime(DAY)})]).write(str(path), format="MSEED", reclen=512, encoding="STEIM2")
    return path


def _row(sds: SdsArchive, pick: datetime) -> TraceRow:
    """The trace that an import would make around a pick, unsaved."""
    span = pick - timedelta(seconds=BEFORE_S), pick + timedelta(seconds=AFTER_S)
    [record] = sds.records(Instrument("XX", "AAA", "", "HH"), *span)
    assert isinstance(record, TraceRecord)
    channels = [
        {"channel": code, "archive": "sds", "pieces": [(piece.file, piece.begin, piece.end, piece.crc32) for piece in pieces]}
        for code, pieces in zip(record.channel_codes, record.pieces, strict=True)
    ]
    return TraceRow(
        start_time=record.start_time, sampling_rate_hz=record.sampling_rate_hz, n_samples=record.samples.shape[1], channels=channels
    )
