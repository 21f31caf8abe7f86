"""Export of windows in SeisBench's form by its job, beside a copy of the same samples on the same disk."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction

from labeling.files import exports_folder, waveform_store
from labeling.jobs.bulk_rows import insert_rows
from labeling.jobs.export_snapshot import export_snapshot
from labeling.models import Catalog, Export, Pick, PickRevision, Trace, Work, Workspace
from labeling.services.exports import begin_export
from labeling.services.snapshots import freeze_snapshot
from tests import factories
from tests.bench.figure import Figure, Options
from tests.bench.surroundings import peak_memory_mib

N_SAMPLES = 6000
N_SHAPES = 64  # windows that differ
CHANNELS = ("HHZ", "HHN", "HHE")
P_S, S_S = 10.0, 14.0
LABEL = ("time", "phase_hint", "uncertainty_s")
AT_ONCE = 2_000
Row = dict[str, Any]


def measure(options: Options, folder: Path) -> list[Figure]:
    workspace = factories.make_workspace("Exported")
    catalog = factories.make_catalog(workspace)
    shards = _write_windows(workspace, catalog, options.n_exported)
    snapshot = freeze_snapshot(workspace=workspace, by=None)
    n_bytes = sum(shard.stat().st_size for shard in shards)
    before_mib = peak_memory_mib()

    def export() -> list[Path]:
        row = begin_export(snapshot=snapshot, format=Export.Format.SEISBENCH, by=None, send=False)
        export_snapshot(row.pk)
        row.refresh_from_db()
        if row.state != Work.State.DONE:
            raise SystemExit(row.message)
        return [exports_folder() / row.path]

    def copy() -> list[Path]:
        return [Path(shutil.copyfile(shard, folder / shard.name)) for shard in shards]

    copied_before_s = _timed_from_disk(shards, copy)
    ours_s = _timed_from_disk(shards, export)
    copied_s = min(copied_before_s, _timed_from_disk(shards, copy))
    details = {
        "windows": options.n_exported,
        "MiB of samples": round(n_bytes / 2**20),
        "MiB/s": round(n_bytes / 2**20 / ours_s, 1),
        "copied at MiB/s": round(n_bytes / 2**20 / copied_s, 1),
        "both": "read from a cold cache, written and fsynced; of the copies, one before and one behind, the faster",
    }
    n = options.n_exported
    return [
        Figure("windows exported to SeisBench's form", n / ours_s, "windows/s", "a copy of their shards", n / copied_s, True, details,
               peak_memory_mib(), before_mib)
    ]  # fmt: skip


def _timed_from_disk(sources: list[Path], write: Callable[[], list[Path]]) -> float:
    """Seconds until what is written lies on the disk, the sources being out of the page cache at the beginning."""
    for source in sources:
        with source.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    began = time.perf_counter()
    for path in write():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    return time.perf_counter() - began


def _write_windows(workspace: Workspace, catalog: Catalog, n_windows: int) -> list[Path]:
    """Traces of 60 s on three components with a P and an S each, in the store and in the database. Returns the shards."""
    shapes = [factories.onset_samples(n_samples=N_SAMPLES, p_s=P_S, s_s=S_S, seed=seed) for seed in range(N_SHAPES)]
    home = {"workspace_id": workspace.pk, "catalog_id": catalog.pk, "network_code": "BG", "station_code": "FUM", "location_code": ""}
    starts = [factories.ORIGIN + timedelta(minutes=number) for number in range(n_windows)]

    def traces() -> Iterator[Row]:
        with waveform_store().writer() as writer:
            for number, start in enumerate(starts):
                addresses = [writer.append(row) for row in shapes[number % N_SHAPES]]
                yield home | {
                    "id": 1 + number,
                    "source_ref": f"window{number}",
                    "identity": f"window{number}",
                    "instrument_code": "HH",
                    "start_time": start,
                    "end_time": start + timedelta(seconds=(N_SAMPLES - 1) / 100),
                    "sampling_rate_hz": 100.0,
                    "n_samples": N_SAMPLES,
                    "channels": [
                        {"channel": code, "shard": address.shard, "offset": address.offset, "dead": False, "gaps": []}
                        for code, address in zip(CHANNELS, addresses, strict=True)
                    ],
                }

    def picks() -> Iterator[Row]:
        for number in range(2 * n_windows):
            phase, onset_s = (("P", P_S), ("S", S_S))[number % 2]
            yield home | {
                "id": 1 + number,
                "trace_id": 1 + number // 2,
                "source_ref": f"pick{number}",
                "identity": f"pick{number}",
                "channel_code": "HHZ",
                "time": starts[number // 2] + timedelta(seconds=onset_s),
                "phase_hint": phase,
                "uncertainty_s": 0.05,
                "state": Pick.State.SCORED,
            }

    def revisions() -> Iterator[Row]:
        yield from ({"pick_id": pick["id"], "number": 0, **{name: pick[name] for name in LABEL}} for pick in picks())

    with transaction.atomic():
        for model, rows in ((Trace, traces()), (Pick, picks()), (PickRevision, revisions())):
            while block := list(islice(rows, AT_ONCE)):
                insert_rows(model, list(block[0]), (list(row.values()) for row in block))
    return sorted((waveform_store().folder / "shards").iterdir())
