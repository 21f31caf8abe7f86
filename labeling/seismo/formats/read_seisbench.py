"""The SeisBench form: `metadata.csv` (one row per trace) and `waveforms.hdf5`, in chunks `metadata_<c>.csv` where there are several.

Traces are whole datasets below `data`, or parts of a bucket: `bucket0$1,:3,:6000`. Column names are matched without case; the phase is in
the column's name (`trace_P_arrival_sample`, `trace_Pg_arrival_sample`). Our own export adds audit columns (`trace_p_pick_id` …), read too.
Source: Woollam et al. (2022), doi:10.1785/0220210324.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import h5py
import numpy as np
from numpy.typing import NDArray

from labeling.seismo.formats import cells
from labeling.seismo.formats.hdf5_file import find_dataset, find_group, read_samples
from labeling.seismo.formats.labelled_row import Metadata, SeenIds, TraceHead, event_of, first_code, first_text, labels_of, station_of
from labeling.seismo.formats.sample_array import as_float32
from labeling.seismo.formats.table import header_of, opened_text, read_rows
from labeling.seismo.formats.write_seisbench import COMPONENT_ROWS, COMPONENTS
from labeling.seismo.records import PickRecord, Problem, Record, Records, TraceRecord
from labeling.seismo.timing import parse_utc, placeholder_start

_ARRIVAL_COLUMN = re.compile(r"^(trace_(.+)_)arrival_sample$", re.IGNORECASE)
_SECOND_ROW = re.compile(r"_\d+(?=\$|$)")
_DEFAULT_RATE_HZ = 100.0


@dataclass(frozen=True)
class _Form:
    """What holds for the whole chunk. label_columns: (prefix in lower case, phase) in the order of the columns."""

    label_columns: tuple[tuple[str, str], ...]
    dimension_order: str = "CW"
    component_order: str = "ZNE"
    sampling_rate_hz: float | None = None


@dataclass
class _Told:
    """Name and number of each block of samples that a row has told of; a second row of the same block makes no second trace."""

    chunk: str
    blocks: dict[str, tuple[str, int]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def block(self, locator: str, metadata: Metadata) -> tuple[str, int]:
        if locator not in self.blocks:
            self.blocks[locator] = (self.name_of(locator, metadata), len(self.blocks))
            self.names.add(self.blocks[locator][0])
        return self.blocks[locator]

    def name_of(self, locator: str, metadata: Metadata) -> str:
        """The name before the data set was packed, else the place; every chunk has a bucket0, so that one is told apart by its chunk."""
        original = first_text(metadata, "trace_name_original")
        if original and original not in self.names:  # else two blocks would be one trace, and the picks of both on the second
            return original
        return f"{self.chunk}/{locator}" if self.chunk and "$" in locator else locator


def read_seisbench(metadata_csv: Path, waveforms: Path | None, *, place: str, waveforms_place: str) -> Records:
    """Events, stations, traces, picks and problems of one chunk of a SeisBench set. place, waveforms_place: names for the report."""
    columns = _label_columns(metadata_csv)
    if waveforms is None:
        message = "There is no waveforms.hdf5 for these rows; their picks are kept without waveform. Upload both files together."
        yield Problem("no_waveform_file", message, place, severity="warning")
        yield from _read(metadata_csv, None, _Form(columns), place)
        return
    try:
        file = h5py.File(waveforms, "r")
    except OSError as error:
        reason = str(error).replace(str(waveforms), waveforms_place)
        yield Problem("unreadable_file", f"The HDF5 file cannot be opened ({reason}). Copy it again from where it came.", waveforms_place)
        return
    with file:
        try:
            form = _form_of(file, columns)
        except (ValueError, OSError) as error:
            yield Problem("unreadable_file", f"The group data_format is not read: {error}.", waveforms_place)
            return
        yield from _read(metadata_csv, file, form, place)


def _read(metadata_csv: Path, file: h5py.File | None, form: _Form, place: str) -> Records:
    seen = SeenIds()
    told = _Told(chunk=_chunk_of(place))
    for row in read_rows(metadata_csv, place):
        if isinstance(row, Problem):
            yield row
            continue
        where = f"{place}:{row.line}"
        try:
            yield from _row(row.cells, file, form, seen, told, where)
        except (ValueError, OSError) as error:
            yield Problem("unreadable_row", f"The trace {row.cells.get('trace_name') or '(without name)'} is not read: {error}.", where)


def _row(metadata: Metadata, file: h5py.File | None, form: _Form, seen: SeenIds, told: _Told, where: str) -> Iterator[Record]:
    locator = _locator(file, metadata, told)
    is_first = locator not in told.blocks
    name, number = told.block(locator, metadata)
    head = _head(metadata, name, number, form)
    yield from event_of(metadata, seen, where)
    yield from station_of(metadata, head, seen, where)
    if file is not None and is_first:
        dataset, part = _find(file, locator)
        if dataset is None:
            message = f"There are no samples of {locator} in the HDF5 file; its picks are kept without waveform."
            yield Problem("no_waveform", message, where, severity="warning")
        else:
            yield from _samples(dataset, part, metadata, head, form, where)
    channel = first_code(metadata, "trace_channel")
    for prefix, hint in form.label_columns:
        for record in labels_of(metadata, head, prefix, hint, seen, where):
            if isinstance(record, PickRecord) and channel and f"{prefix}channel_code" not in metadata:
                record = replace(record, channel_code=channel)
            yield record


def _head(metadata: Metadata, name: str, number: int, form: _Form) -> TraceHead:
    start_text = first_text(metadata, "trace_start_time")
    rate = cells.number_or_none(first_text(metadata, "trace_sampling_rate_hz")) or form.sampling_rate_hz
    if rate is None:
        step = cells.number_or_none(first_text(metadata, "trace_dt_s"))
        rate = 1 / step if step else _DEFAULT_RATE_HZ
    if not 0 < rate < 1e6:
        raise ValueError(f"its sampling rate is {rate} Hz")
    station = first_code(metadata, "station_code", "trace_station_code")
    if not station:
        raise ValueError("it has no station_code")
    return TraceHead(
        trace_name=name,
        network_code=first_code(metadata, "station_network_code", "trace_network_code") or None,
        station_code=station,
        location_code=cells.code_or_none(first_code(metadata, "station_location_code", "trace_location_code")),
        start_time=parse_utc(start_text) if start_text else placeholder_start(number),
        time_is_relative=not start_text or cells.is_true(metadata.get("trace_time_is_relative")),
        sampling_rate_hz=rate,
        event_ref=first_text(metadata, "source_id") or None,
    )


def _samples(
    dataset: h5py.Dataset, part: tuple[int | slice, ...], metadata: Metadata, head: TraceHead, form: _Form, where: str
) -> Iterator[Record]:
    samples, problems = as_float32(_as_components_by_samples(read_samples(dataset, part), form.dimension_order), where)
    n_samples = cells.number_or_none(first_text(metadata, "trace_npts"))
    if n_samples is not None and 0 < n_samples < samples.shape[1]:
        samples = samples[:, : int(n_samples)]  # the rest of the block is padding
    order = first_code(metadata, "trace_component_order") or form.component_order
    if len(order) != samples.shape[0]:
        raise ValueError(f"it has {samples.shape[0]} components, and component_order ({order}) names {len(order)}")
    for letter, start, end in _gaps(metadata):
        if letter in order:
            samples[order.index(letter), start:end] = np.nan
    codes, rows = _channels(metadata, order)
    yield TraceRecord(
        source_ref=head.trace_name,
        network_code=head.network_code,
        station_code=head.station_code,
        location_code=head.location_code,
        channel_codes=codes,
        start_time=head.start_time,
        sampling_rate_hz=head.sampling_rate_hz,
        samples=np.ascontiguousarray(samples[rows]),
        time_is_relative=head.time_is_relative,
        event_ref=head.event_ref,
        extra={key: text for key in ("split", "trace_category") if (text := first_text(metadata, key))},
    )
    yield from problems


def _gaps(metadata: Metadata) -> Iterator[tuple[str, int, int]]:
    """Our own export fills gaps with zeros, since the form has no sign for them, and says where: `Z:1200:1370;N:0:20`."""
    for match in re.finditer(r"(\w):(\d+):(\d+)", first_text(metadata, "trace_gaps")):
        yield match.group(1), int(match.group(2)), int(match.group(3))


def _channels(metadata: Metadata, order: str) -> tuple[tuple[str, ...], list[int]]:
    """Channel codes, and the row of each. Our own export names the channels that it holds; its other rows are padding."""
    codes = tuple(first_text(metadata, "trace_channel_codes").split())
    if not codes or order != COMPONENTS or len(codes) > len(order):
        instrument = first_code(metadata, "trace_channel")[:2]
        return tuple(instrument + letter for letter in order), list(range(len(order)))
    wanted = [COMPONENT_ROWS.get(code[-1:]) for code in codes]
    free = [row for row in range(len(order)) if row not in wanted]
    return codes, [free.pop(0) if row is None else row for row in wanted]


def _as_components_by_samples(block: NDArray[np.floating], dimension_order: str) -> NDArray[np.floating]:
    """(n_components, n_samples) whatever the order of the file's dimensions: C components, W samples, N a leading dimension of length 1."""
    order = dimension_order.upper()
    if block.ndim == 1:
        return block[None, :]
    while len(order) > block.ndim and "N" in order:
        order = order.replace("N", "", 1)
    if block.ndim == 3 and block.shape[0] == 1:
        block, order = block[0], order.replace("N", "", 1)
    if block.ndim != 2 or sorted(order) != ["C", "W"]:
        raise ValueError(f"its samples have the shape {block.shape}, which dimension_order {dimension_order} does not explain")
    return block if order == "CW" else block.T


def _locator(file: h5py.File | None, metadata: Metadata, told: _Told) -> str:
    """Where the samples lie: `bucket0$1,:3,:6000` or the name of a dataset.

    Our own export writes a second pick of a phase as a second row, whose block is a hard link to the first's: `bucket1_2$1,:3,:6000`.
    """
    name = first_text(metadata, "trace_name")
    if not name:
        raise ValueError("it has no trace_name")
    bare = _SECOND_ROW.sub("", name)
    if bare == name or name in told.blocks or bare not in told.blocks:
        return name
    if file is None:
        return bare
    block, first_block = _find(file, name)[0], _find(file, bare)[0]
    return bare if block is None or block == first_block else name


def _find(file: h5py.File, locator: str) -> tuple[h5py.Dataset | None, tuple[int | slice, ...]]:
    """The dataset below `data` and the part of it that a locator names. Raises ValueError for a locator that is none."""
    name, _, part = locator.partition("$")
    dataset = find_dataset(file, f"data/{name}")
    if dataset is None or not part:
        return dataset, ()
    index: list[int | slice] = []
    for text in part.split(","):
        match = re.fullmatch(r"(\d*)(:?)(\d*)", text.strip())
        if match is None or not any(match.groups()):
            raise ValueError(f"{locator} is no place in a bucket such as bucket0$1,:3,:6000")
        start, colon, stop = match.groups()
        index.append(slice(int(start or 0), int(stop) if stop else None) if colon else int(start))
    return dataset, tuple(index)


def _form_of(file: h5py.File, columns: tuple[tuple[str, str], ...]) -> _Form:
    if find_group(file, "data") is None:
        raise ValueError("there is no group named data")
    group = find_group(file, "data_format")

    def text(name: str, default: str) -> str:
        dataset = find_dataset(group, name) if group is not None else None
        return cells.text_or_nothing(dataset[()]) or default if dataset is not None and dataset.shape == () else default

    return _Form(
        label_columns=columns,
        dimension_order=text("dimension_order", "CW"),
        component_order=text("component_order", "ZNE"),
        sampling_rate_hz=cells.number_or_none(text("sampling_rate", "")),
    )


def _chunk_of(place: str) -> str:
    match = re.fullmatch(r"metadata_?(.*)\.csv", PurePosixPath(place).name, re.IGNORECASE)
    return match.group(1) if match else ""


def _label_columns(metadata_csv: Path) -> tuple[tuple[str, str], ...]:
    """Prefix and phase of each column of labels: `("trace_pg_", "Pg")`."""
    with opened_text(metadata_csv) as text:
        header = text.readline()
    found = []
    for name in header_of(header, lower=False):
        match = _ARRIVAL_COLUMN.match(name)
        if match:
            phase = match.group(2)
            found.append((match.group(1).lower(), phase[0].upper() + phase[1:] if phase.islower() else phase))
    return tuple(found)
