"""The PhaseNet form: `waveform.csv` (fname, itp, its, channels) and a folder of .npz with `data` (n, 3) in the order E N Z.

Source: Zhu & Beroza (2019), doi:10.1093/gji/ggy423. Always 100 Hz unless the npz says otherwise. There are no absolute times: each trace
gets one placeholder hour from 1970 on.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.formats import cells
from labeling.seismo.formats.labelled_row import SeenIds
from labeling.seismo.formats.sample_array import as_float32
from labeling.seismo.formats.table import Row, read_rows
from labeling.seismo.records import PickRecord, Problem, Record, Records, TraceRecord
from labeling.seismo.timing import placeholder_start, sample_to_time

SAMPLING_RATE_HZ = 100.0
_COLUMN_OF = {"E": 0, "1": 0, "N": 1, "2": 1, "Z": 2, "3": 2}
_MAX_ARRAY_BYTES = 512 * 1024 * 1024
_NETWORK_STATION = re.compile(r"^([A-Za-z0-9]{1,2})[_.]([A-Za-z0-9]{1,5})(?=[_.]|$)")
_STATION_NETWORK = re.compile(r"^([A-Za-z0-9]{3,5})\.([A-Za-z0-9]{1,2})(?=[_.]|$)")


@dataclass
class _State:
    """What has been read of the set so far. numbers: placeholder hour of each trace."""

    labels_in_arrays: bool
    seen: SeenIds = field(default_factory=SeenIds)
    numbers: dict[str, int] = field(default_factory=dict)


def read_phasenet(csv_file: Path | None, arrays: Mapping[str, Path], *, place: str, csv_place: str) -> Records:
    """Traces, picks and problems of one PhaseNet set.

    arrays: path of each .npz by its base name. Without the CSV the labels in the .npz themselves are read. place, csv_place: what to call
    the folder and the CSV in the report. Picks of one trace may stand on several rows, or several in one cell.
    """
    state = _State(labels_in_arrays=csv_file is None)
    for item in _rows(csv_file, arrays, csv_place, place):
        if isinstance(item, Problem):
            yield item
            continue
        row, where = item
        try:
            yield from _trace(row, where, arrays, state)
        except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
            yield Problem("unreadable_row", f"The trace {row.get('fname', '')} is not read: {error}.", where)
    if csv_file is not None:
        untold = sorted(name for name in arrays if _stem(name) not in state.numbers)
        if untold:
            shown = ", ".join(untold[:3]) + (" …" if len(untold) > 3 else "")
            message = f"{len(untold)} .npz files are not named in the CSV and are not imported: {shown}."
            yield Problem("trace_without_metadata", message, csv_place, severity="warning")


def _rows(
    csv_file: Path | None, arrays: Mapping[str, Path], csv_place: str, place: str
) -> Iterator[tuple[Mapping[str, str], str] | Problem]:
    if csv_file is None:
        for name in sorted(arrays):
            yield {"fname": name}, f"{place}/{name}"
        return
    for row in read_rows(csv_file, csv_place):
        yield (row.cells, f"{csv_place}:{row.line}") if isinstance(row, Row) else row


def _trace(row: Mapping[str, str], where: str, arrays: Mapping[str, Path], state: _State) -> Iterator[Record]:
    file_name = PurePosixPath(row.get("fname", "").strip().replace("\\", "/")).name
    if not file_name:
        raise ValueError("the row has no fname")
    name = _stem(file_name)
    is_first = name not in state.numbers
    start_time = placeholder_start(state.numbers.setdefault(name, len(state.numbers)))
    network, station = _codes(name)
    if is_first and network is None:
        message = f"No network and station stand in the name {name} (the form is NC_MEM_2017….npz); the whole name is taken as the station."
        yield Problem("no_station_in_name", message, where, severity="warning")
    path = arrays.get(file_name) or arrays.get(f"{name}.npz")
    array = _read_array(path) if path is not None else {}
    labels = {key: str(array.get(key, "")) for key in ("itp", "its", "channels")} if state.labels_in_arrays else row
    rate = float(array["sampling_rate"]) if "sampling_rate" in array else SAMPLING_RATE_HZ
    if not 0 < rate < 1e6:
        raise ValueError(f"its sampling rate is {rate} Hz")
    if path is None:
        message = f"{file_name} is not among the uploaded files; its picks are kept without waveform. Upload the .npz folder with the CSV."
        yield Problem("no_waveform", message, where, severity="warning")
    elif is_first:
        codes, samples, problems = _components(array, labels.get("channels", ""), where)
        yield from problems
        yield TraceRecord(name, network, station, None, codes, start_time, rate, samples, time_is_relative=True)
    for phase, column in (("P", "itp"), ("S", "its")):
        try:
            # -1 is how some writers say "no pick".
            times = [sample_to_time(start_time, sample, rate) for sample in cells.numbers(labels.get(column)) if sample >= 0]
        except ValueError as error:
            yield Problem("unreadable_row", f"The {phase} pick of {name} is not read: {error} in {column}.", where)
            continue
        for time in times:
            ref = state.seen.next_pick_ref(name, phase)
            yield PickRecord(ref, time, phase, station, network, trace_ref=name, time_is_relative=True)


def _components(
    array: Mapping[str, NDArray[np.generic]], channels: str, where: str
) -> tuple[tuple[str, ...], NDArray[np.float32], list[Record]]:
    """Codes and rows in the order Z N E. A column of zeros that `channels` does not name is padding, and left out."""
    data = array.get("data")
    if data is None or data.ndim != 2 or data.shape[1] != 3 or data.shape[0] == 0:
        raise ValueError(f"`data` has the shape {None if data is None else data.shape} instead of (n, 3)")
    samples, found = as_float32(data, where)
    problems: list[Record] = list(found)
    named = _named_columns(channels)
    instrument = next((code[:-1] for code in named.values()), "")
    codes: list[str] = []
    columns: list[int] = []
    for column, letter in ((2, "Z"), (1, "N"), (0, "E")):
        is_padding = bool(np.all(np.nan_to_num(samples[:, column]) == 0))
        if column not in named and is_padding:
            continue
        if column not in named and named:
            message = f"Column {column} has samples, and `channels` ({channels}) does not name it; it is taken as {instrument}{letter}."
            problems.append(Problem("unnamed_component", message, where, severity="warning"))
        codes.append(named.get(column, instrument + letter))
        columns.append(column)
    if not columns:
        raise ValueError("all its samples are zero, and `channels` names no component")
    if len(columns) < 3:
        absent = [letter for column, letter in ((2, "Z"), (1, "N"), (0, "E")) if column not in columns]
        verb = "are" if len(absent) > 1 else "is"
        message = f"The trace holds {' and '.join(codes)} only; {' and '.join(absent)} {verb} zeros, and not among its `channels`."
        problems.append(Problem("missing_component", message, where, severity="info"))
    return tuple(codes), np.ascontiguousarray(samples[:, columns].T), problems


def _named_columns(channels: str) -> dict[int, str]:
    codes = [code for code in re.split(r"[_,;\s]+", cells.text_or_nothing(channels)) if code]
    if len(codes) == 3 and not {code[-1] for code in codes} <= set("ENZ"):
        return dict(enumerate(codes))
    return {_COLUMN_OF[code[-1]]: code for code in codes if code[-1] in _COLUMN_OF}


def _read_array(path: Path) -> dict[str, NDArray[np.generic]]:
    """Arrays of an .npz by name. Never unpickles; a member that claims or turns out to be huge is refused with ValueError."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            with archive.open(member) as stream:
                content = stream.read(_MAX_ARRAY_BYTES + 1)
            if len(content) > _MAX_ARRAY_BYTES:
                raise ValueError(f"{member} unpacks to more than {_MAX_ARRAY_BYTES // 1024**2} MiB")
            arrays[member.removesuffix(".npy")] = _array_of(content, member)
    return arrays


def _array_of(content: bytes, member: str) -> NDArray[np.generic]:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(stream)
    # The header is a promise, and NumPy allocates what it promises before it reads.
    if math.prod(shape) * dtype.itemsize > len(content):
        raise ValueError(f"{member} promises {shape} values and holds fewer")
    stream.seek(0)
    array: NDArray[np.generic] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _codes(name: str) -> tuple[str | None, str]:
    match = _NETWORK_STATION.match(name)
    if match:
        return match.group(1), match.group(2)
    match = _STATION_NETWORK.match(name)
    if match:
        return match.group(2), match.group(1)
    return None, name


def _stem(file_name: str) -> str:
    return file_name.removesuffix(".npz")
