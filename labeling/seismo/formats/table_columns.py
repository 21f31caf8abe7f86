"""What a column of an unknown table is, by its name and by its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from labeling.seismo.formats.cells import WEIGHTS
from labeling.seismo.formats.read_csv import EVENT_COLUMNS, PICK_COLUMNS
from labeling.seismo.formats.table_mapping import FIELDS
from labeling.seismo.formats.table_times import formats_of

SURE = 0.8  # share of a column's cells that must look like what the column is taken for
Column = tuple[str, list[str]]  # its name, and its cells that are not blank
# Names beyond those of the CSV form, without units in brackets, anything but letters and digits as one underscore.
_FURTHER_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "time": ("arrival", "onset_time", "pick", "picktime", "arrivaltime", "datetime", "date_time", "utc", "epoch", "unix_time",
                 "unixtime", "time_utc", "utc_time", "time_local", "local_time", "pick_datetime", "t", "arrival_date_time", "hora", "zeit",
                 "heure", "phase_index", "arrival_sample", "pick_sample", "sample", "sample_index"),
        "p_time": ("p_time", "ptime", "p_arrival", "p_arrival_time", "p_pick", "p_pick_time", "tp", "t_p", "p", "p_onset", "p_utc",
                   "p_arrival_sample", "p_sample", "itp"),
        "s_time": ("s_time", "stime", "s_arrival", "s_arrival_time", "s_pick", "s_pick_time", "ts", "t_s", "s", "s_onset", "s_utc",
                   "s_arrival_sample", "s_sample", "its"),
        "date": ("date", "day", "pick_date", "arrival_date", "phase_date", "datum", "fecha", "ymd", "date_utc"),
        "begin_time": ("begin_time", "trace_start_time", "trace_start", "start_time", "starttime", "t0"),
        "station_code": ("stat", "stn", "sta_code", "kstnm", "site", "receiver", "estacion", "stationcode"),
        "network_code": ("nw", "netw", "knetwk", "networkcode"),
        "location_code": ("khole", "loc_code", "locationcode"),
        "channel_code": ("comp", "component", "kcmpnm", "chn", "channelcode"),
        "phase_hint": ("ph", "phasehint", "pha", "iphase", "wave", "wave_type", "fase", "label", "phase_label"),
        "uncertainty": ("uncertainty", "uncertainty_s", "unc", "uncert", "error", "err", "time_error", "time_uncertainty", "sigma",
                        "sigma_s", "time_uncertainty_s", "pick_error", "std", "fehler"),
        "weight": ("wt", "w", "quality", "qual", "wgt", "pick_quality"),
        "event_id": ("evid", "eventid", "ev_id", "eid", "orid", "event_no", "event_number", "evt", "ev", "eq_id", "catalog_id"),
        "source_ref": ("pickid", "arid", "pick_no", "arrival_id"),
        "onset": ("onset_type",),
        "polarity": ("pol", "first_motion", "fm"),
        "evaluation_mode": ("mode",),
        "author": ("analyst", "picker", "operator", "reader", "user"),
        "event_time": ("ot", "origin", "origintime"),
        "event_latitude": ("ev_lat", "evla", "event_lat", "origin_latitude"),
        "event_longitude": ("ev_lon", "evlo", "event_lon", "origin_longitude"),
        "event_depth_km": ("ev_depth", "evdp", "event_depth", "depth_km", "dep_km"),
        "event_magnitude": ("mag", "magnitude", "ml", "event_mag"),
    }
)  # fmt: skip
_OWN_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {names[0]: names for names in (*PICK_COLUMNS.values(), *EVENT_COLUMNS.values()) if names[0] in FIELDS}
)
_PHASE = re.compile(r"[PSps][A-Za-z]{0,3}[*'0-9]?")
_SEED_ID = re.compile(r"[A-Z0-9]{0,8}\.[A-Z0-9]{1,8}\.(--|[A-Z0-9]{0,8})(\.[A-Z0-9]{0,3})?")
_CHANNEL = re.compile(r"[FGDCESHBMLVURPTQA][HLGMNDP][ZNE123RT]")
_STATION = re.compile(r"(?=.*[A-Z])[A-Z0-9]{2,6}")
_NETWORK = re.compile(r"[A-Z][A-Z0-9]|[0-9][A-Z]")
_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "s": "s", "sec": "s", "secs": "s", "seconds": "s", "ms": "ms", "msec": "ms", "millis": "ms", "milliseconds": "ms", "us": "us",
        "µs": "us", "μs": "us", "usec": "us", "microseconds": "us", "ns": "ns", "samples": "samples", "sample": "samples", "smp": "samples",
        "index": "samples",
    }
)  # fmt: skip


def share_of(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def _normal(name: str) -> str:
    """A column's name without its unit in brackets."""
    return re.sub(r"[^a-z0-9µμ]+", "_", re.sub(r"[(\[{].*?[)\]}]", "", name.lower())).strip("_")


def unit_of(name: str) -> str | None:
    """The unit that a column's name ends in: `error (ms)`, `error_ms`."""
    bracketed = re.search(r"[(\[{]\s*([a-zµμ]+)\s*[)\]}]", name.lower())
    return _UNITS.get(bracketed[1]) if bracketed else _UNITS.get(_normal(name).rpartition("_")[2])


def _without_unit(name: str) -> str:
    normal = _normal(name)
    stem, _, last = normal.rpartition("_")
    return stem if stem and last in _UNITS else normal


def columns_named(field: str, columns: Sequence[Column], used: Collection[str] = ()) -> list[Column]:
    """Columns that are called like a field, in the order of its names."""
    names = (*_OWN_NAMES.get(field, ()), *_FURTHER_NAMES.get(field, ()))
    taken = set(used)
    ranked = [
        (min(names.index(name) for name in (_normal(column[0]), _without_unit(column[0])) if name in names), column)
        for column in columns
        if column[0] not in taken and {_normal(column[0]), _without_unit(column[0])} & set(names)
    ]
    return [column for _, column in sorted(ranked, key=lambda item: item[0])]


# What the cells of a field look like. A column that is called so and looks otherwise is not taken for it.
_LOOKS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "phase_hint": lambda text: bool(_PHASE.fullmatch(text)),
        "seed_id": lambda text: bool(_SEED_ID.fullmatch(text)),
        "weight": lambda text: bool(re.fullmatch(r"\d(\.0+)?", text)) and int(text[0]) in WEIGHTS,
        "event_time": lambda text: bool(formats_of([text])),
        "uncertainty": lambda text: bool(re.fullmatch(r"[-+]?\d*[.,]?\d+([eE][-+]?\d+)?", text)),
        "channel_code": lambda text: len(text) <= 8 and text[-1:].upper() in "ZNE123RTXYUVW",
        "author": lambda text: not re.fullmatch(r"[-+\d.,]+", text),
    }
)
# Fields that are found by their cells where no name says so.
_BY_CELLS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "phase_hint": _LOOKS["phase_hint"],
        "seed_id": _LOOKS["seed_id"],
        "channel_code": lambda text: bool(_CHANNEL.fullmatch(text)),
        "network_code": lambda text: bool(_NETWORK.fullmatch(text)),
        "station_code": lambda text: bool(_STATION.fullmatch(text)),
    }
)


def column_of(field: str, columns: Sequence[Column], used: Collection[str]) -> str | None:
    looks = _LOOKS.get(field, lambda text: True)
    for name, cells in columns_named(field, columns, used):
        if not cells or share_of(cells, looks) >= SURE:
            return name
    if field not in _BY_CELLS:
        return None
    free = [(name, cells) for name, cells in columns if name not in set(used)]
    likely = [(name, cells) for name, cells in free if cells and share_of(cells, _BY_CELLS[field]) >= SURE]
    if field == "station_code":  # phases, channels and networks can look like stations, and their fields are told by stricter signs
        strict = ("phase_hint", "channel_code", "network_code")
        likely = [(name, cells) for name, cells in likely if not any(share_of(cells, _BY_CELLS[other]) >= SURE for other in strict)]
    return likely[0][0] if likely else None
