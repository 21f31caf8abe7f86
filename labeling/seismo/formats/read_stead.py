"""The STEAD form (EQTransformer): HDF5 with one (n, 3) dataset per trace in the order E N Z, and its labels in attributes or metadata.csv.

Source: Mousavi et al. (2019), doi:10.1109/ACCESS.2019.2947848. Always 100 Hz.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py

from labeling.seismo.formats import cells
from labeling.seismo.formats.hdf5_file import dataset_names, find_dataset, find_group, read_samples
from labeling.seismo.formats.labelled_row import Metadata, SeenIds, TraceHead, event_of, first_code, first_text, labels_of, station_of
from labeling.seismo.formats.sample_array import as_float32
from labeling.seismo.formats.table import read_rows
from labeling.seismo.records import Problem, Record, Records, TraceRecord
from labeling.seismo.timing import parse_utc, placeholder_start

GROUPS = ("earthquake/local", "non_earthquake/noise", "data")
SAMPLING_RATE_HZ = 100.0
_COMPONENTS = "ENZ"


def read_stead(waveforms: Path | None, metadata_csv: Path | None, *, place: str, metadata_place: str) -> Records:
    """Events, stations, traces, picks and problems of one STEAD set; either file may be missing.

    place, metadata_place: what to call the HDF5 and the CSV in the report. Without the CSV the attributes of the datasets are read.
    """
    if waveforms is None:
        message = "There is no HDF5 file for these traces. Upload the waveforms beside this metadata file."
        yield Problem("no_waveform_file", message, metadata_place, severity="warning")
        yield from _read(None, _csv_rows(metadata_csv, metadata_place), set())
        return
    try:
        file = h5py.File(waveforms, "r")
    except OSError as error:
        reason = str(error).replace(str(waveforms), place)
        yield Problem("unreadable_file", f"The HDF5 file cannot be opened ({reason}). Copy it again from where it came.", place)
        return
    with file:
        told: set[str] = set()
        yield from _read(file, _attribute_rows(file, place) if metadata_csv is None else _csv_rows(metadata_csv, metadata_place), told)
        yield from _untold_traces(file, told, place)


def _read(file: h5py.File | None, rows: Iterator[tuple[Metadata, str] | Problem], told: set[str]) -> Records:
    """told: takes the names of the traces that the rows speak of."""
    seen = SeenIds()
    for index, item in enumerate(rows):
        if isinstance(item, Problem):
            yield item
            continue
        metadata, where = item
        name = first_text(metadata, "trace_name")
        told.add(name)
        try:
            yield from _trace(file, metadata, name, index, seen, where)
        except (ValueError, OSError) as error:
            yield Problem("unreadable_row", f"The trace {name or '(without name)'} is not read: {error}.", where)


def _trace(file: h5py.File | None, metadata: Metadata, name: str, index: int, seen: SeenIds, where: str) -> Iterator[Record]:
    if not name:
        raise ValueError("it has no trace_name")
    start_text = first_text(metadata, "trace_start_time")
    head = TraceHead(
        trace_name=name,
        network_code=first_code(metadata, "network_code") or None,
        station_code=first_code(metadata, "receiver_code") or name.split(".")[0],
        location_code=cells.code_or_none(metadata.get("location_code")),
        start_time=parse_utc(start_text) if start_text else placeholder_start(index),
        time_is_relative=not start_text,
        sampling_rate_hz=SAMPLING_RATE_HZ,
        event_ref=first_text(metadata, "source_id") or None,
    )
    yield from event_of(metadata, seen, where)
    yield from station_of(metadata, head, seen, where)
    dataset = _find(file, name) if file is not None else None
    if dataset is not None:
        yield from _samples(dataset, metadata, head, where)
    elif file is not None:
        message = f"There are no samples of {name} in the HDF5 file; its picks are kept without waveform."
        yield Problem("no_waveform", message, where, severity="warning")
    for phase in ("P", "S"):
        yield from labels_of(metadata, head, f"{phase.lower()}_", phase, seen, where)


def _samples(dataset: h5py.Dataset, metadata: Metadata, head: TraceHead, where: str) -> Iterator[Record]:
    if dataset.ndim != 2 or dataset.shape[1] != 3:
        raise ValueError(f"its samples have the shape {dataset.shape} instead of (n, 3)")
    samples, problems = as_float32(read_samples(dataset), where)
    instrument = first_code(metadata, "receiver_type")[:2]
    yield TraceRecord(
        source_ref=head.trace_name,
        network_code=head.network_code,
        station_code=head.station_code,
        location_code=head.location_code,
        channel_codes=tuple(instrument + letter for letter in reversed(_COMPONENTS)),
        start_time=head.start_time,
        sampling_rate_hz=head.sampling_rate_hz,
        samples=samples.T[::-1].copy(),
        time_is_relative=head.time_is_relative,
        event_ref=head.event_ref,
        extra={"trace_category": first_text(metadata, "trace_category")},
    )
    yield from problems


def _find(file: h5py.File, name: str) -> h5py.Dataset | None:
    for group in GROUPS:
        dataset = find_dataset(file, f"{group}/{name}")
        if dataset is not None:
            return dataset
    return None


def _csv_rows(path: Path | None, place: str) -> Iterator[tuple[Metadata, str] | Problem]:
    if path is None:
        return
    for row in read_rows(path, place):
        yield row if isinstance(row, Problem) else (row.cells, f"{place}:{row.line}")


def _attribute_rows(file: h5py.File, place: str) -> Iterator[tuple[Metadata, str] | Problem]:
    for group_name in GROUPS:
        group = find_group(file, group_name)
        if group is None:
            continue
        for name in dataset_names(group):
            where = f"{place}:{group_name}/{name}"
            try:
                attributes = {str(key).lower(): value for key, value in group[name].attrs.items()}
            except (OSError, ValueError, UnicodeDecodeError) as error:
                yield Problem("unreadable_row", f"The attributes of the trace are not read: {error}.", where)
                continue
            yield {"trace_name": name, **attributes}, where


def _untold_traces(file: h5py.File, told: set[str], place: str) -> Iterator[Problem]:
    groups = [group for name in GROUPS if (group := find_group(file, name)) is not None]
    untold = [name for group in groups for name in dataset_names(group) if name not in told]
    if untold:
        shown = ", ".join(untold[:3]) + (" …" if len(untold) > 3 else "")
        message = f"{len(untold)} traces of the HDF5 file are not in the metadata file and are not imported: {shown}."
        yield Problem("trace_without_metadata", message, place, severity="warning")
