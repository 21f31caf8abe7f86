"""What readers yield and writers take: plain records of the field's objects, free of any database.

A reader is a generator of `Record`s: events, picks, stations, traces and problems in the order of the file.
A row that cannot be read becomes a `Problem`; it never ends the file.

Conventions: times are timezone-aware UTC datetimes (microseconds). A location code of "" is empty (written `--`),
`None` is missing (the form did not say). The same holds for network and channel codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

Severity = Literal["error", "warning", "info"]
# error: the row is not in the workspace. warning: it is in, and something about it is doubtful. info: it was understood, and is not a pick.


@dataclass(frozen=True)
class Problem:
    """One line of the import report. code: a stable token such as `unreadable_row`; place: `file:line` or a resource id."""

    code: str
    message: str
    place: str
    severity: Severity = "error"


@dataclass(frozen=True)
class EventRecord:
    """An earthquake with its preferred origin. source_ref: its own name in what was uploaded (publicID, S-file, source_id)."""

    source_ref: str
    origin_time: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    depth_km: float | None = None
    magnitude: float | None = None
    magnitude_type: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass  # not frozen as the others are: a million are made, and making a frozen one takes four times as long
class PickRecord:
    """A time read on a trace. `source_ref` as the command-line contract names it; `event_ref` and `trace_ref` name other records.

    Nobody changes one that is made; `dataclasses.replace` makes another.
    phase_hint: the analyst's guess, as written (Pg, Pn, S …). weight: Nordic or HYPO71 weight 0–4 or 9 (not an uncertainty).
    trace_ref: set by forms where the pick names its trace (SeisBench, PhaseNet); then no search by station is made.
    """

    source_ref: str
    time: datetime
    phase_hint: str
    station_code: str
    network_code: str | None = None
    location_code: str | None = None
    channel_code: str | None = None
    event_ref: str | None = None
    trace_ref: str | None = None
    uncertainty_s: float | None = None
    lower_uncertainty_s: float | None = None
    upper_uncertainty_s: float | None = None
    weight: int | None = None
    onset: Literal["", "emergent", "impulsive", "questionable"] = ""
    polarity: Literal["", "positive", "negative", "undecidable"] = ""
    evaluation_mode: Literal["", "manual", "automatic"] = ""
    evaluation_status: Literal["", "preliminary", "confirmed", "reviewed", "final", "rejected"] = ""
    agency_id: str = ""
    author: str = ""
    method_id: str = ""
    creation_time: datetime | None = None
    time_is_relative: bool = False
    waveform_files: tuple[str, ...] = ()  # names of the files that the catalog says the pick was read on (Nordic type 6 lines)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StationRecord:
    """A station or one of its epochs. Degrees (WGS84), metres above sea level."""

    source_ref: str
    network_code: str | None
    station_code: str
    latitude: float | None = None
    longitude: float | None = None
    elevation_m: float | None = None
    start: datetime | None = None
    end: datetime | None = None
    site_name: str = ""


@dataclass(frozen=True)
class ArchivePiece:
    """Bytes [begin, end) of a miniSEED file of an archive. file: path below the archive's root. crc32: of those bytes."""

    file: str
    begin: int
    end: int
    crc32: int


@dataclass(frozen=True)
class ChannelRecord:
    """One epoch of a channel. Degrees: azimuth clockwise from north, dip down from the horizontal.

    sensitivity: counts per input_unit at sensitivity_hz. response: the channel's StationXML element, deflated.
    """

    source_ref: str
    network_code: str | None
    station_code: str
    location_code: str
    channel_code: str
    start: datetime | None = None
    end: datetime | None = None
    azimuth_deg: float | None = None
    dip_deg: float | None = None
    sensitivity: float | None = None
    sensitivity_hz: float | None = None
    input_unit: str = ""
    response: bytes = b""


@dataclass(frozen=True)
class TraceRecord:
    """One recording of one instrument: 1 to 3 components on one time grid.

    channel_codes: SEED channel codes in the order of the rows of `samples` (`("HHZ", "HHN", "HHE")`).
    samples: (n_components, n_samples) float32, NaN where there is a gap. start_time: time of sample 0.
    A component that the form holds only as padding (zeros in all samples) is left in, and reported as dead by the import.
    archive, pieces: where the samples lie, in the order of the components, if they stay in an archive and are not to be copied.
    """

    source_ref: str
    network_code: str | None
    station_code: str
    location_code: str | None
    channel_codes: tuple[str, ...]
    start_time: datetime
    sampling_rate_hz: float
    samples: FloatArray
    time_is_relative: bool = False
    event_ref: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    archive: str = ""
    pieces: tuple[tuple[ArchivePiece, ...], ...] = ()

    @property
    def instrument_code(self) -> str:
        """Band and instrument code, the channel code less its component: `HH`."""
        return self.channel_codes[0][:-1]


Record = EventRecord | PickRecord | StationRecord | ChannelRecord | TraceRecord | Problem
Records = Iterator[Record]
