"""The picks of a catalog as columns, for what is asked of all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
from django.db.models import Max, Min
from numpy.typing import NDArray

from labeling.models import Catalog, Event, Station, Trace
from labeling.seismo.phases import phase_family
from labeling.seismo.traveltimes import distance_km

PAGE = 10_000
PAGES_IN_BLOCK = 25
_READ = ("pk", "time", "phase_hint", "network_code", "station_code", "event_id", "uncertainty_s", "trace_id")
_MOST_STATIONS = 1 << 20
_UNKNOWN = (float("nan"),) * 4


@dataclass(frozen=True)
class PickColumns:
    """P and S with absolute times. Shapes (n_picks,); what is not known is NaN. stations: names by the number in `station`.

    group: a number for each event and station, −1 without event. sample: position on the pick's trace. delay_s: time less origin time.
    """

    pk: NDArray[np.int64]
    time_us: NDArray[np.int64]
    is_s: NDArray[np.bool_]
    station: NDArray[np.int64]
    group: NDArray[np.int64]
    uncertainty_s: NDArray[np.float64]
    sample: NDArray[np.float64]
    delay_s: NDArray[np.float64]
    distance_km: NDArray[np.float64]
    depth_km: NDArray[np.float64]
    stations: tuple[str, ...]


def read_pick_columns(catalog: Catalog) -> Iterator[PickColumns]:
    """Some hundred thousand picks at a time, in the order of their files: events are whole but for one where two blocks meet."""
    reader = _Reader(catalog)
    picks = catalog.picks.filter(time_is_relative=False, is_removed=False).order_by("pk").values_list(*_READ)
    rows = (row for row in _rows(picks) if phase_family(row[2]))
    pages = iter(lambda: list(islice(rows, PAGE)), [])
    while block := [reader.read(page) for page in islice(pages, PAGES_IN_BLOCK)]:
        yield _columns(block, reader.station_names())


def _rows(picks: Any) -> Iterator[tuple[Any, ...]]:
    """Page by page, with no cursor open between two: beside one, SQLite lets nobody write whose snapshot is not the last.

    By their ids from both sides: before PostgreSQL has counted the rows of a new catalog, it sorts all of them for one page.
    """
    ends = picks.aggregate(first=Min("pk"), last=Max("pk"))
    for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, PAGE):
        yield from list(picks.filter(pk__gte=start, pk__lt=start + PAGE))


def _columns(block: list[tuple[NDArray[np.float64], NDArray[np.int64]]], stations: tuple[str, ...]) -> PickColumns:
    exact = np.concatenate([part for _, part in block])
    is_s, station, group, uncertainty, sample, delay, depth, *coordinates = np.concatenate([part for part, _ in block]).T
    return PickColumns(
        pk=exact[:, 0],
        time_us=exact[:, 1],
        is_s=is_s > 0,
        station=station.astype(np.int64),
        group=_numbered(group.astype(np.int64)),
        uncertainty_s=uncertainty,
        sample=sample,
        delay_s=delay,
        distance_km=distance_km(*coordinates),
        depth_km=depth,
        stations=stations,
    )


def _numbered(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers from 0 on in the place of the groups' own; what is below 0 stays."""
    numbers = np.unique(group, return_inverse=True)[1]
    return np.where(group < 0, -1, numbers)


class _Reader:
    """Looks up what the rows name, a page at a time."""

    def __init__(self, catalog: Catalog) -> None:
        self._epochs = Station.objects.filter(workspace=catalog.workspace_id).epochs()
        self._stations: dict[tuple[str, str], int] = {}
        self._places: dict[int, tuple[float, float]] = {}

    def station_names(self) -> tuple[str, ...]:
        return tuple(f"{network}.{code}".strip(".") for network, code in self._stations)

    def read(self, page: list[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """(rows × 11 numbers in the order of PickColumns from is_s on, rows × pk and microseconds)."""
        events, traces = _events(row[5] for row in page), _traces(row[7] for row in page)
        numbers, exact = [], []
        for pk, time, phase_hint, network, code, event_id, uncertainty_s, trace_id in page:
            time_s = time.timestamp()
            station = self._stations.setdefault((network or "", code), len(self._stations))
            group = -1 if event_id is None else event_id * _MOST_STATIONS + station
            origin_s, latitude, longitude, depth_km = events.get(event_id, _UNKNOWN)
            start_s, rate_hz = traces.get(trace_id, _UNKNOWN[:2])
            place = self._place(station, network, code, time)
            sample, spread_s = (time_s - start_s) * rate_hz, float("nan") if uncertainty_s is None else uncertainty_s
            known = (phase_family(phase_hint) == "S", station, group, spread_s, sample, time_s - origin_s, depth_km)
            numbers.append((*known, latitude, longitude, *place))
            exact.append((pk, round(time_s * 1e6)))
        return np.array(numbers, dtype=np.float64), np.array(exact, dtype=np.int64)

    def _place(self, number: int, network: str | None, code: str, time: datetime) -> tuple[float, float]:
        """Latitude and longitude of the station: those of its first pick's epoch serve for all, it does not move far."""
        if number not in self._places:
            epoch = self._epochs.at(network, code, time)
            self._places[number] = _UNKNOWN[:2] if epoch is None else (_number(epoch.latitude), _number(epoch.longitude))
        return self._places[number]


def _events(ids: Iterable[int | None]) -> dict[int | None, tuple[float, float, float, float]]:
    """Origin time in seconds since 1970, latitude, longitude and depth."""
    found = Event.objects.filter(pk__in={pk for pk in ids if pk is not None})
    return {
        pk: (_number(None if origin_time is None else origin_time.timestamp()), _number(latitude), _number(longitude), _number(depth_km))
        for pk, origin_time, latitude, longitude, depth_km in found.values_list("pk", "origin_time", "latitude", "longitude", "depth_km")
    }


def _traces(ids: Iterable[int | None]) -> dict[int | None, tuple[float, float]]:
    """Start in seconds since 1970, and sampling rate."""
    found = Trace.objects.filter(pk__in={pk for pk in ids if pk is not None}).values_list("pk", "start_time", "sampling_rate_hz")
    return {pk: (start_time.timestamp(), rate_hz) for pk, start_time, rate_hz in found}


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
