"""Picks, events and stations from CSV with documented columns (docs: columns of the CSV form).

The names that our own export writes come first in every list of names below; the rest are what other tools call the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from labeling.seismo.formats import cells
from labeling.seismo.formats.ids_on_disk import IdsOnDisk
from labeling.seismo.formats.table import Row, read_rows
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records, StationRecord
from labeling.seismo.timing import parse_utc

PICK_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "source_ref": ("source_ref", "pick_id"),
        "event_id": ("event_id", "event_index", "event_ref", "source_id", "event"),
        "seed_id": ("seed_id", "station_id", "trace_id", "id"),
        "network_code": ("network_code", "network", "net", "station_network_code"),
        "station_code": ("station_code", "station", "sta", "station_name"),
        "location_code": ("location_code", "location", "loc", "station_location_code"),
        "channel_code": ("channel_code", "channel", "cha", "chan"),
        "phase_hint": ("phase_hint", "phase", "phase_type", "phase_name", "type"),
        "time": ("time", "phase_time", "pick_time", "arrival_time", "peak_time", "timestamp"),
        "uncertainty_s": ("uncertainty_s", "uncertainty", "time_uncertainty_s"),
        "lower_uncertainty_s": ("lower_uncertainty_s",),
        "upper_uncertainty_s": ("upper_uncertainty_s",),
        "weight": ("weight", "pick_weight"),
        "onset": ("onset",),
        "polarity": ("polarity",),
        "evaluation_mode": ("evaluation_mode",),
        "evaluation_status": ("evaluation_status",),
        "agency_id": ("agency_id", "agency"),
        "author": ("author",),
        "method_id": ("method_id",),
        "creation_time": ("creation_time",),
        "time_is_relative": ("time_is_relative",),
        "trace_name": ("trace_name", "trace_ref"),
    }
)
EVENT_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "origin_time": ("event_time", "event_origin_time", "origin_time", "source_origin_time"),
        "latitude": ("event_latitude", "source_latitude_deg", "source_latitude"),
        "longitude": ("event_longitude", "source_longitude_deg", "source_longitude"),
        "depth_km": ("event_depth_km", "source_depth_km"),
        "magnitude": ("event_magnitude", "source_magnitude"),
        "magnitude_type": ("event_magnitude_type", "source_magnitude_type"),
    }
)
STATION_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "network_code": ("network_code", "network", "net", "station_network_code"),
        "station_code": ("station_code", "station", "sta"),
        "latitude": ("latitude", "station_latitude_deg", "lat"),
        "longitude": ("longitude", "station_longitude_deg", "lon", "long"),
        "elevation_m": ("elevation_m", "station_elevation_m", "elevation", "elev"),
        "start": ("start", "start_time", "starttime", "start_date"),
        "end": ("end", "end_time", "endtime", "end_date"),
        "site_name": ("site_name", "sitename", "site"),
    }
)
_NO_EVENT = ("-1", "-1.0")  # GaMMA's word for a pick that it associates with none
_CODES = ("network_code", "station_code", "location_code", "channel_code", "seed_id")
_Columns = tuple[tuple[str, str], ...]  # field and column, the one that counts most last
_Shared = tuple[Mapping[str, Any], str]  # values of a PickRecord that many rows have in common, and what is wrong with the weight
_Values = Mapping[str, str]  # cells by field, blank ones left out
KNOWN_COLUMNS = frozenset(name for names in (*PICK_COLUMNS.values(), *EVENT_COLUMNS.values()) for name in names)


def is_pick_header(names: list[str]) -> bool:
    """True if a header with these lower-case names can hold picks: a time, a phase, and a station or a SEED id."""
    present = set(names)
    return all(present & set(PICK_COLUMNS[field]) for field in ("time", "phase_hint")) and bool(
        present & {*PICK_COLUMNS["station_code"], *PICK_COLUMNS["seed_id"]}
    )


def is_station_header(names: list[str]) -> bool:
    """True if a header with these lower-case names can hold stations: a code, a latitude and a longitude."""
    present = set(names)
    return all(present & set(STATION_COLUMNS[field]) for field in ("station_code", "latitude", "longitude"))


@dataclass(frozen=True)
class _Layout:
    """Where a file of picks has what. further: columns that no field takes. Worked out once for a file: a row has few of all the names."""

    pick: _Columns  # of the fields that each row has a value of its own for
    shared: tuple[str, ...]  # columns of the others: few different ones, which many rows have in common
    read_shared: Callable[[tuple[str | None, ...]], _Shared]
    event: _Columns
    further: tuple[str, ...]

    @classmethod
    def of(cls, row: Row) -> _Layout:
        further = tuple(name for name in row.cells if name not in KNOWN_COLUMNS)
        present = _present(PICK_COLUMNS, row)
        own = tuple((field, name) for field, name in present if field in _OWN_FIELDS)
        shared = tuple((field, name) for field, name in present if field not in _OWN_FIELDS)
        read_shared = lru_cache(maxsize=10_000)(partial(_shared, shared))  # a catalog has few different ones beside its picks
        return cls(own, tuple(name for _, name in shared), read_shared, _present(EVENT_COLUMNS, row), further)


def read_picks_csv(path: Path, *, place: str) -> Records:
    """Events (each once, before its first pick), picks and problems. place: what to call the file in the report."""
    yield from picks_of_rows(read_rows(path, place), place=place)


def picks_of_rows(rows: Iterable[Row | Problem], *, place: str) -> Records:
    """The same of rows that come from anywhere."""
    events_seen: set[str] = set()
    refs_seen = IdsOnDisk()
    layout: _Layout | None = None
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        where = f"{place}:{row.line}"
        layout = layout or _Layout.of(row)
        values = _values(row, layout.pick)
        event_id = _text(values, "event_id")
        event_id = "" if event_id in _NO_EVENT else event_id
        if event_id and event_id not in events_seen:
            events_seen.add(event_id)
            yield from _event(event_id, _values(row, layout.event), where)
        for record in _pick(values, row, layout, where, event_id):
            if isinstance(record, PickRecord) and record.source_ref != where and refs_seen.add(record.source_ref) is not None:
                message = f"The pick id {record.source_ref} stands on an earlier row too. Give every pick its own id, or leave out pick_id."
                yield Problem("repeated_pick_id", message, where)
                continue
            yield record


def read_stations_csv(path: Path, *, place: str) -> Records:
    """Stations with their coordinates, and problems. Also takes the pipe-separated text of FDSN station services."""
    for row in read_rows(path, place):
        if isinstance(row, Problem):
            yield row
            continue
        try:
            yield _station(_values(row, _present(STATION_COLUMNS, row)), f"{place}:{row.line}")
        except ValueError as error:
            message = f"The station is not read: {error}. Mend the row and import the file again."
            yield Problem("unreadable_row", message, f"{place}:{row.line}")


def _pick(values: _Values, row: Row, layout: _Layout, where: str, event_id: str) -> list[Record]:
    cell_of = row.cells.get
    if cell_of("status", "").strip().lower() == "removed" or cell_of("decision", "").strip().lower() == "remove":
        message = "The pick was removed by an analyst before this file was written; it is not imported."
        return [Problem("removed_pick", message, where, severity="info")]
    shared, weight_error = layout.read_shared(tuple(map(cell_of, layout.shared)))
    try:
        time_text = _text(values, "time")
        if not time_text:
            raise ValueError("it has no time")
        if not shared["station_code"]:
            raise ValueError("it names no station")
        pick = PickRecord(
            source_ref=_text(values, "source_ref") or where,
            time=parse_utc(time_text),
            event_ref=event_id or None,
            trace_ref=_text(values, "trace_name") or None,
            extra={name: cell for name in layout.further if (cell := row.cells[name]) and not cell.isspace()},
            **{field: read(values[field]) for field, read in _READ_BY_ROW if field in values},
            **shared,
        )
    except ValueError as error:
        return [Problem("unreadable_row", f"The pick is not read: {error}. Mend the row and import the file again.", where)]
    if weight_error:
        message = f"The pick is imported without its weight: {weight_error}."
        return [pick, Problem("unknown_weight", message, where, severity="warning")]
    return [pick]


_number_or_none = lru_cache(maxsize=10_000)(cells.number_or_none)  # most uncertainties come again


def _time_or_none(cell: str) -> datetime | None:
    text = cells.text_or_nothing(cell)
    return parse_utc(text) if text else None


# Fields that nearly every row has another value for, and how those of them are read that a file need not have.
_READ_BY_ROW: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("uncertainty_s", _number_or_none),
    ("lower_uncertainty_s", _number_or_none),
    ("upper_uncertainty_s", _number_or_none),
    ("creation_time", _time_or_none),
)
_OWN_FIELDS = frozenset({"source_ref", "event_id", "time", "trace_name", *(field for field, _ in _READ_BY_ROW)})
# How the others are read. Nothing in them makes a row unreadable.
_READ_ONCE: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "phase_hint": cells.text_or_nothing,
        "onset": cells.onset,
        "polarity": cells.polarity,
        "evaluation_mode": cells.evaluation_mode,
        "evaluation_status": cells.evaluation_status,
        "agency_id": cells.text_or_nothing,
        "author": cells.text_or_nothing,
        "method_id": cells.text_or_nothing,
        "time_is_relative": cells.is_true,
    }
)


def _shared(columns: _Columns, row: tuple[str | None, ...]) -> _Shared:
    """row: the columns' cells."""
    values = {field: cell for (field, _), cell in zip(columns, row, strict=True) if cell and not cell.isspace()}
    network, station, location, channel = _seed_codes(*map(values.get, _CODES))
    codes = {"network_code": network, "station_code": station, "location_code": location, "channel_code": channel}
    read = {field: read(values[field]) for field, read in _READ_ONCE.items() if field in values}
    shared = {"phase_hint": "", **codes, **read}
    try:
        return {**shared, "weight": cells.weight_or_none(values.get("weight"))}, ""
    except ValueError as error:
        return shared, str(error)


def _seed_codes(
    network_cell: str | None, station_cell: str | None, location_cell: str | None, channel_cell: str | None, seed_id_cell: str | None
) -> tuple[str | None, str, str | None, str | None]:
    """Network, station, location and channel from their own cells, else from an id such as `CI.BOM..HH`."""
    network, location, channel = (cells.code_or_none(cell) for cell in (network_cell, location_cell, channel_cell))
    station = cells.code_or_nothing(station_cell)
    seed_id = station if station and "." in station else cells.code_or_nothing(seed_id_cell)
    if not seed_id:
        return network, station, location, channel
    first, code, *rest = seed_id.split(".") if "." in seed_id else ["", seed_id]
    # NC.MEM.HHZ and NC.MEM.HH end in a channel, SeisBench's CX.PB01.00 and CX.PB01. in a location.
    is_channel = len(rest) == 1 and (len(rest[0]) > 2 or (len(rest[0]) == 2 and rest[0].isalpha()))
    of_location, of_channel = [None, rest[0]] if is_channel else [*rest, None, None][:2]
    if location is None and of_location is not None:
        location = "" if of_location == cells.EMPTY_CODE else of_location
    network = network if network is not None else first or None
    channel = channel if channel is not None else of_channel or None
    return network, code if station in ("", seed_id) else station, location, channel


def _event(event_id: str, values: _Values, where: str) -> Records:
    try:
        origin_text = _text(values, "origin_time")
        latitude, longitude, depth_km, magnitude = (_number(values, field) for field in ("latitude", "longitude", "depth_km", "magnitude"))
        yield EventRecord(
            source_ref=event_id,
            origin_time=parse_utc(origin_text) if origin_text else None,
            latitude=latitude,
            longitude=longitude,
            depth_km=depth_km,
            magnitude=magnitude,
            magnitude_type=_text(values, "magnitude_type"),
        )
    except ValueError as error:
        message = f"The event {event_id} is imported without origin: {error}. Mend the event_ columns of this row."
        yield Problem("unreadable_event", message, where, severity="warning")
        yield EventRecord(source_ref=event_id)


def _station(values: _Values, where: str) -> StationRecord:
    station = _code(values, "station_code")
    if not station:
        raise ValueError("it names no station")
    start, end = (_text(values, field) for field in ("start", "end"))
    latitude, longitude, elevation_m = (_number(values, field) for field in ("latitude", "longitude", "elevation_m"))
    if latitude is not None and not -90 <= latitude <= 90:
        raise ValueError(f"latitude {latitude} is not between -90 and 90")
    if longitude is not None and not -180 <= longitude <= 360:
        raise ValueError(f"longitude {longitude} is not between -180 and 180")
    return StationRecord(
        source_ref=where,
        network_code=_code(values, "network_code") or None,
        station_code=station,
        latitude=latitude,
        longitude=longitude,
        elevation_m=elevation_m,
        start=parse_utc(start) if start else None,
        end=parse_utc(end) if end else None,
        site_name=_text(values, "site_name"),
    )


def _present(columns: Mapping[str, tuple[str, ...]], row: Row) -> _Columns:
    """The fields that the file has columns for. Worked out once for a file: a row has few of all the names."""
    return tuple((field, name) for field, names in columns.items() for name in reversed(names) if name in row.cells)


def _values(row: Row, columns: _Columns) -> _Values:
    """The first cell of each field that is not blank."""
    cell_of = row.cells.get
    return {field: cell for field, name in columns if (cell := cell_of(name)) and not cell.isspace()}


def _text(values: _Values, field: str) -> str:
    return cells.text_or_nothing(values[field]) if field in values else ""


def _code(values: _Values, field: str) -> str:
    return cells.code_or_nothing(values[field]) if field in values else ""


def _number(values: _Values, field: str) -> float | None:
    return cells.number_or_none(values[field]) if field in values else None
