"""Traces for picks that have none, from an FDSN web service: the stretch around each pick, kept as a file of the import.

One request at a time, with a pause between two, some windows of one station in each. A worker that dies loses one request: what has come
is a file of the import, and the next attempt asks only for picks that still have no waveform.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from obspy import UTCDateTime
from obspy.clients.fdsn import Client
from obspy.clients.fdsn.header import URL_MAPPINGS, FDSNException, FDSNNoDataException

from labeling.files import original_files
from labeling.jobs.import_rows import Rows
from labeling.jobs.lease import JobFailed, Lease
from labeling.jobs.picks_without_waveform import Span, merged, picks_by_station
from labeling.models import Import, SourceFile
from labeling.seismo.formats.read_waveforms import read_waveforms
from labeling.seismo.matching import INSTRUMENT_ORDER
from labeling.seismo.records import Problem
from labeling.seismo.timing import iso

WINDOWS_AT_ONCE = 10
TIMEOUT_S = 60
TRIES = 3
MOST_FAILURES = 3  # requests in a row that fail in all their tries: then the service is left alone
AGENT = "Repick (ObsPy)"

_Codes = tuple[str, str, str, str]  # network, station, location, band and instrument; * and -- as the service takes them


def fdsn_services() -> dict[str, str]:
    """Addresses by name: those that ObsPy knows, and the server's own (REPICK_FDSN_SERVICES)."""
    return {**URL_MAPPINGS, **settings.FDSN_SERVICES}


class _Stopped(Exception):
    """The service did not answer for a while."""


class _Fetch:
    """Requests to one service, with what they must keep to."""

    def __init__(self, source_import: Import, wanted: dict[str, Any], folder: Path, rows: Rows, lease: Lease) -> None:
        address = fdsn_services().get(wanted["service"])
        if address is None:
            raise JobFailed(f"The FDSN service {wanted['service']!r} is not known to this worker. Set REPICK_FDSN_SERVICES there, too.")
        self.service: str = wanted["service"]
        self._client = Client(address, user_agent=AGENT, timeout=TIMEOUT_S, _discover_services=False)
        self._import, self._folder, self._rows, self._lease = source_import, folder, rows, lease
        self._failures = 0
        self.n_requests = 0

    def add(self, codes: _Codes, spans: Sequence[Span]) -> bool:
        """Asks for some windows of a station's instrument. Returns whether there was anything."""
        network, station, location, instrument = codes
        lines = [(network, station, location, f"{instrument}?", UTCDateTime(start), UTCDateTime(end)) for start, end in spans]
        place = f"{network}.{station}.{location}.{instrument}".replace("*", "any")
        name = f"fdsn/{self.service}/{place}/{spans[0][0]:%Y%m%dT%H%M%S.%f}.mseed"
        path = self._folder / "fdsn" / str(self.n_requests)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self._downloaded(lines, path, name):
            return False
        self._keep(path, name)
        found = False
        for record in read_waveforms(path, place=name):
            found = True
            self._rows.add(record)
        path.unlink()
        return found

    def _downloaded(self, lines: list[Any], path: Path, name: str) -> bool:
        reason = ""
        for attempt in range(TRIES):
            self._wait(settings.FDSN_PAUSE_S * (1 if attempt == 0 else 10 * attempt))
            self.n_requests += 1
            try:
                self._client.get_waveforms_bulk(lines, filename=str(path))
                self._failures = 0
                return path.exists() and path.stat().st_size > 0
            except FDSNNoDataException:
                self._failures = 0
                return False
            except (FDSNException, OSError, http.client.HTTPException, ValueError) as error:
                reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        self._failures += 1
        message = f"{len(lines)} windows could not be fetched ({reason}). Start the fetching again later; what has come stays."
        self._rows.add(Problem("fdsn_failed", message, name))
        if self._failures >= MOST_FAILURES:
            raise _Stopped
        return False

    def _wait(self, seconds: float) -> None:
        """Between two requests, alive to the lease and to being cancelled."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
            self._lease.beat_if_due()

    def _keep(self, path: Path, name: str) -> None:
        limit = settings.UPLOAD_MAX_FILE_BYTES
        with path.open("rb") as file:
            chunks = iter(lambda: file.read(1 << 20), b"")
            received = original_files().receive(chunks, max_bytes=limit, refuse=lambda _: JobFailed(f"{name}: larger than {limit} bytes."))
            with received as content, transaction.atomic():
                self._lease.write()
                values = {"sha256": content.sha256, "size_bytes": content.size_bytes}
                SourceFile.objects.update_or_create(source_import=self._import, name=name[:500], defaults=values)
                content.keep()


def add_fdsn_windows(source_import: Import, folder: Path, rows: Rows, lease: Lease) -> None:
    """Fetches what `use_fdsn` asked for. folder: scratch space. Its traces go to `rows`, as do the reasons why something is missing."""
    wanted: dict[str, Any] = source_import.fdsn or {}
    fetch = _Fetch(source_import, wanted, folder, rows, lease)
    before, after = (timedelta(seconds=wanted[name]) for name in ("before_s", "after_s"))
    rows.begin_source("waveforms")
    try:
        for station, picks in picks_by_station(source_import.workspace):
            windows: dict[tuple[str, str, str], list[Span]] = {}
            n_odd = 0
            for pick in picks:
                codes = (station, pick.network_code, pick.location_code, pick.channel_code)
                if not all(re.fullmatch(r"[A-Za-z0-9-]{1,8}", code) for code in codes if code):
                    n_odd += 1  # they would be lines of the request
                    continue
                location = "*" if pick.location_code is None else pick.location_code or "--"
                named = (pick.channel_code or "")[:2] if len(pick.channel_code or "") == 3 else ""
                windows.setdefault((pick.network_code or "*", location, named), []).append((pick.time - before, pick.time + after))
            if n_odd:
                message = f"{n_odd} picks have a code that no service takes (letters and digits, 8 at most). Mend the codes."
                rows.add(Problem("not_at_service", message, f"{fetch.service}:{station[:60]}", severity="warning"))
            lease.beat(message=f"{fetch.service}: {station}, {rows.n_traces} traces")
            for (network, location, named), spans in windows.items():
                _add_station(fetch, (network, station, location), named, list(merged(spans)), rows)
    except _Stopped:
        message = (
            "The service did not answer several times in a row and is left alone. Start the fetching again later; it goes on from here."
        )
        rows.add(Problem("fdsn_stopped", message, fetch.service))
    rows.close()


def _add_station(fetch: _Fetch, place: tuple[str, str, str], named: str, spans: list[Span], rows: Rows) -> None:
    """All windows of one station. Without a named instrument the usual ones are asked for in turn, until one has something."""
    likely = [named] if named else list(INSTRUMENT_ORDER)
    for first in range(0, len(spans), WINDOWS_AT_ONCE):
        together = spans[first : first + WINDOWS_AT_ONCE]
        found = next((one for one in likely if fetch.add((*place, one), together)), None)
        if found is not None:
            likely = [found, *(one for one in likely if one != found)]
        else:
            message = f"The service has nothing for {len(together)} windows of {'.'.join(place)} from {iso(together[0][0])} on."
            rows.add(Problem("not_at_service", message, f"{fetch.service}:{place[1]}", severity="warning"))
