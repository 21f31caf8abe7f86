"""Traces for picks that have none, out of an archive that is read in place: the stretch around each pick."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings

from labeling.jobs.import_rows import Rows
from labeling.jobs.lease import JobFailed, Lease
from labeling.jobs.picks_without_waveform import Span, merged, picks_by_station
from labeling.models import Catalog
from labeling.seismo.formats.sds import Instrument, SdsArchive
from labeling.seismo.records import Problem


def add_archive_windows(catalog: Catalog, archive: dict[str, Any], rows: Rows, lease: Lease) -> None:
    """archive: what `use_archive` wrote. Its traces go to `rows`, as do the reasons why something could not be read."""
    root = settings.ARCHIVES.get(archive["name"])
    if root is None:
        raise JobFailed(f"The archive {archive['name']!r} is not known to this worker. Set REPICK_ARCHIVES there, too.")
    sds = SdsArchive(archive["name"], root, root / archive["folder"])
    before, after = timedelta(seconds=archive["before_s"]), timedelta(seconds=archive["after_s"])
    rows.begin_source("data_set")
    for station, picks in picks_by_station(catalog.workspace):
        windows: dict[Instrument, list[Span]] = {}
        n_without = 0
        for pick in picks:
            start, end = pick.time - before, pick.time + after
            instruments = sds.instruments(pick.network_code, station, pick.location_code, pick.channel_code, start, end)
            n_without += not instruments
            for one in instruments:
                windows.setdefault(one, []).append((start, end))
        if n_without:
            message = f"{n_without} picks of {station} have no waveform, and the archive has no file of their codes and days either."
            rows.add(Problem("not_in_archive", message, f"{sds.name}:{station}", severity="warning"))
        for instrument, spans in windows.items():
            for start, end in merged(spans):
                lease.beat_if_due(message=f"Archive {sds.name}: {station}, {rows.n_traces} traces")
                for record in sds.records(instrument, start, end):
                    rows.add(record)
    rows.close()
