"""The picks of a catalog as columns, for what is asked of all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.db.models import Max, Min
from numpy.typing import NDArray

from labeling.jobs.microseconds import ExactTime, microseconds
from labeling.models import Catalog, Event, Station, Trace
from labeling.seismo.phases import phase_family
from labeling.seismo.timing import PLACEHOLDER_EPOCH
from labeling.seismo.traveltimes import distance_km

PAGE = 10_000
PAGES_IN_BLOCK = 25
_READ = ("pk", "exact_time", "phase_hint", "network_code", "station_code", "event_id", "uncertainty_s", "trace_id")
_MOST_STATIONS = 1 << 20
_UNKNOWN = (float("nan"), float("nan"))
_NO_KEY = -1

Values = Mapping[int, tuple[float, ...]]  # of rows, by their ids


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
    picks = catalog.picks.filter(time_is_relative=False, is_removed=False).order_by("pk")
    rows = (row for row in _rows(picks.annotate(exact_time=ExactTime("time")).values_list(*_READ)) if phase_family(row[2]))
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
        pk, exact_time, phase_hint, network, code, event_id, uncertainty_s, trace_id = zip(*page, strict=True)
        time_us = microseconds(exact_time)
        station = self._numbers_of(list(zip(network, code, strict=True)), time_us)
        event, time_s = _keys(event_id), time_us / 1e6
        origin_s, *origin = _looked_up(event, _events, 4).T
        start_s, rate_hz = _looked_up(_keys(trace_id), _traces, 2).T
        numbers = (
            [phase_family(hint) == "S" for hint in phase_hint],
            station,
            np.where(event == _NO_KEY, -1, event * _MOST_STATIONS + station),
            np.array(uncertainty_s, dtype=np.float64),  # NaN for None
            (time_s - start_s) * rate_hz,
            time_s - origin_s,
            origin[2],
            *origin[:2],
            *np.array([self._places[number] for number in station.tolist()]).T,
        )
        return np.stack(numbers, axis=1), np.stack([pk, time_us], axis=1)

    def _numbers_of(self, codes: list[tuple[str | None, str]], time_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """The stations' numbers. A new one's place is that of its first pick's epoch and serves for all: it does not move far."""
        for network, code in dict.fromkeys(codes):
            number = self._stations.setdefault((network or "", code), len(self._stations))
            if number not in self._places:
                first = PLACEHOLDER_EPOCH + timedelta(microseconds=int(time_us[codes.index((network, code))]))
                epoch = self._epochs.at(network, code, first)
                self._places[number] = _UNKNOWN if epoch is None else (_number(epoch.latitude), _number(epoch.longitude))
        return np.array([self._stations[network or "", code] for network, code in codes])


def _keys(ids: Iterable[int | None]) -> NDArray[np.int64]:
    return np.array([_NO_KEY if pk is None else pk for pk in ids])


def _looked_up(keys: NDArray[np.int64], find: Callable[[list[int]], Values], n_values: int) -> NDArray[np.float64]:
    """(keys × n_values), all NaN where there is no such row."""
    different, places = np.unique(keys, return_inverse=True)
    found = find(different[different != _NO_KEY].tolist())
    return np.array([found.get(pk, (np.nan,) * n_values) for pk in different.tolist()])[places]


def _events(ids: list[int]) -> Values:
    """Origin time in seconds since 1970, latitude, longitude and depth."""
    found = Event.objects.filter(pk__in=ids).values_list("pk", "origin_time", "latitude", "longitude", "depth_km")
    return {
        pk: (_number(None if origin_time is None else origin_time.timestamp()), *map(_number, place)) for pk, origin_time, *place in found
    }


def _traces(ids: list[int]) -> Values:
    """Start in seconds since 1970, and sampling rate."""
    found = Trace.objects.filter(pk__in=ids).values_list("pk", "start_time", "sampling_rate_hz")
    return {pk: (start_time.timestamp(), rate_hz) for pk, start_time, rate_hz in found}


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
