"""Picks a second from a CSV into the database, beside bare `executemany` (SQLite) or COPY (PostgreSQL) of rows from the same file."""

from __future__ import annotations

import csv
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from django.db import connection, transaction

from labeling.jobs.import_catalog import import_catalog
from labeling.models import Pick, Work, Workspace
from labeling.seismo.timing import iso
from labeling.services.uploads import add_file, begin_import, start_import
from tests.bench.figure import Figure, Options

COLUMNS = (
    "pick_id", "event_id", "network_code", "station_code", "location_code", "channel_code", "phase_hint", "time", "uncertainty_s", "weight",
    "agency_id", "author",
)  # fmt: skip
PICKS_PER_EVENT = 20
N_STATIONS = 120


def measure(options: Options, folder: Path) -> list[Figure]:
    path = folder / "picks.csv"
    _write_catalog(path, options.n_picks)
    bare_s = _bare_copy(path) if connection.vendor == "postgresql" else _bare_executemany(path, folder / "bare.sqlite3")

    workspace = Workspace.objects.create(name="CSV", slug="csv")
    source_import = begin_import(workspace=workspace, name="CSV", by=None)
    with path.open("rb") as file:
        add_file(source_import=source_import, name=path.name, chunks=iter(lambda: file.read(1 << 20), b""))
    start_import(source_import=source_import, send=False)
    began, began_cpu = time.perf_counter(), time.process_time()
    import_catalog(source_import.pk)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    source_import.refresh_from_db()
    n_stored = Pick.objects.filter(workspace=workspace).count()
    if source_import.state != Work.State.DONE or n_stored != options.n_picks:
        raise SystemExit(f"{n_stored} of {options.n_picks} picks were stored: {source_import.message}")
    details = {
        "picks": n_stored, "events": source_import.counts["events"], "seconds": round(seconds, 2), "of these on the CPU": round(cpu_s, 2),
        "bare seconds": round(bare_s, 2),
    }  # fmt: skip
    name = f"picks from CSV into {connection.vendor}"
    peer = f"bare {'COPY' if connection.vendor == 'postgresql' else 'executemany'} of the same {len(COLUMNS)} columns, without index"
    return [Figure(name, n_stored / seconds, "picks/s", peer, options.n_picks / bare_s, more_is_better=True, details=details)]


def _write_catalog(path: Path, n_picks: int) -> None:
    draw = np.random.default_rng(0)
    with path.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        for number in range(n_picks):
            event = number // PICKS_PER_EVENT
            time_of_pick = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=10 * event, seconds=float(draw.uniform(2, 60)))
            station, phase = f"S{draw.integers(N_STATIONS):03d}", "PS"[number % 2]
            codes = ("NZ", station, "10", "HHZ" if phase == "P" else "HHN")
            writer.writerow((number, f"e{event}", *codes, phase, iso(time_of_pick), "0.05", number % 4, "GNS", "otto"))


def _bare_executemany(path: Path, database: Path) -> float:
    """Seconds for the rows of the file into one table, with the same care for a power cut."""
    began = time.perf_counter()
    with closing(sqlite3.connect(database)) as bare, path.open(newline="") as source:
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute(f"CREATE TABLE pick ({', '.join(COLUMNS)})")
        rows = csv.reader(source)
        next(rows)
        with bare:
            bare.executemany(f"INSERT INTO pick VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    return time.perf_counter() - began


def _bare_copy(path: Path) -> float:
    """Seconds for the rows of the file into one table, cut into cells in Python on the way."""
    began = time.perf_counter()
    with path.open(newline="") as source, (path.parent / "bare.csv").open("w+", newline="") as rows_text:
        rows = csv.reader(source)
        next(rows)
        csv.writer(rows_text).writerows(rows)
        rows_text.seek(0)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE bare_pick ({', '.join(f'{name} text' for name in COLUMNS)})")
            cursor.copy_expert("COPY bare_pick FROM STDIN WITH (FORMAT csv)", rows_text)
    return time.perf_counter() - began
