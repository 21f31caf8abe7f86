"""An archive in SeisComP's folder structure (SDS), read where it lies: YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY in miniSEED.

A window of a channel is a range of bytes of one or two day files. Its checksum tells whether they still are what was imported; what a
recorder appends to the file later does not matter.
"""

from __future__ import annotations

import io
import os
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from obspy import Stream, Trace, UTCDateTime
from obspy.io.mseed.core import _read_mseed
from obspy.io.mseed.util import get_record_information

from labeling.seismo.formats.read_waveforms import records_of_stream
from labeling.seismo.formats.sample_array import as_float32
from labeling.seismo.matching import INSTRUMENT_ORDER
from labeling.seismo.records import ArchivePiece, FloatArray, Problem, Record, TraceRecord
from labeling.seismo.timing import seconds_between

MOST_BYTES = 64 << 20  # of one channel's window
_SLACK = np.timedelta64(1, "s")  # times of headers are without their corrections
# Of the fixed header of a record: name, offset and type of what is looked at.
_HEADER = (
    ("quality", 6, "S1"), ("year", 20, "u2"), ("day", 22, "u2"), ("hour", 24, "u1"), ("minute", 25, "u1"), ("second", 26, "u1"),
    ("fraction", 28, "u2"), ("n_samples", 30, "u2"), ("factor", 32, "i2"), ("multiplier", 34, "i2"),
)  # fmt: skip


class ArchiveProblem(Exception):
    """The archive does not hold what it held when it was imported, or something that can't be read."""


@dataclass(frozen=True)
class Instrument:
    """A recorder's sensor in the archive: its codes, the last of them band and instrument (`HH`)."""

    network_code: str
    station_code: str
    location_code: str
    instrument_code: str


@dataclass(frozen=True)
class SdsArchive:
    """Folder `folder` of the archive called `name`, whose root is `root`."""

    name: str
    root: Path
    folder: Path

    def instruments(
        self, network: str | None, station: str, location: str | None, channel: str | None, start: datetime, end: datetime
    ) -> list[Instrument]:
        """Those that a pick there may have been read on: its own band and instrument, else the first that is usual. None: not said."""
        found: dict[tuple[str, str], set[str]] = {}
        for path in self._files(network or "*", station, start, end):
            net, _, loc, chan = path.name.split(".")[:4]
            if len(chan) == 3 and (location is None or loc == location):
                found.setdefault((net, loc), set()).add(chan[:2])
        chosen = []
        for (net, loc), bands in sorted(found.items()):
            named = (channel or "")[:2]
            usual = [band for band in INSTRUMENT_ORDER if band in bands] or sorted(bands)
            chosen.append(Instrument(net, station, loc, named if named in bands else usual[0]))
        return chosen

    def records(self, instrument: Instrument, start: datetime, end: datetime) -> Iterator[Record]:
        """Its traces from start to end with the place of their samples, and what can't be read."""
        one = instrument
        stream = Stream()
        pieces: dict[str, list[ArchivePiece]] = {}
        for path in self._files(one.network_code, one.station_code, start, end):
            _, _, location, channel = path.name.split(".")[:4]
            if location != one.location_code or channel[:2] != one.instrument_code or len(channel) != 3:
                continue
            try:
                piece = self._piece(path, start, end)
                if piece is not None:
                    read = _decoded(_bytes_of(self.root, piece), piece.file)
                    pieces.setdefault(channel, []).append(piece)
                    stream.extend(_of_channel(read, channel))
            except ArchiveProblem as problem:
                yield Problem("archive_unreadable", str(problem), f"{self.name}:{path.relative_to(self.root)}")
        stream.trim(UTCDateTime(start), UTCDateTime(end))
        for record in records_of_stream(stream, "MSEED", self.name):
            if isinstance(record, TraceRecord):
                yield replace(record, archive=self.name, pieces=tuple(tuple(pieces[code]) for code in record.channel_codes))
            else:
                yield record

    def _files(self, network: str, station: str, start: datetime, end: datetime) -> list[Path]:
        """Day files that may hold the time. A day file may begin a little before its day, and end a little after."""
        found = []
        day = (start - timedelta(minutes=10)).date()
        while day <= (end + timedelta(minutes=10)).date():
            year = f"{day.year:04d}"
            suffix = f".D.{year}.{day.timetuple().tm_yday:03d}"
            for name in _day_files(str(self.folder), year, network, station):
                if name.endswith(suffix):
                    found.append(Path(name))
            day += timedelta(days=1)
        return found

    def _piece(self, path: Path, start: datetime, end: datetime) -> ArchivePiece | None:
        """The range of bytes that holds the window; None where the file has nothing of it."""
        if self.root not in path.resolve().parents:
            raise ArchiveProblem("The file is a link that leads out of the archive. Put the file itself there.")
        try:
            status = path.stat()
            begin, stop = _byte_range(str(path), status.st_size, status.st_mtime_ns, start, end)
        except OSError as problem:
            raise ArchiveProblem(f"The file can't be read ({problem.strerror}). Let Repick's account read it.") from None
        if begin == stop:
            return None
        if stop - begin > MOST_BYTES:
            raise ArchiveProblem(f"The window takes {stop - begin} bytes of the file; its records are not in order. Sort the file by time.")
        file = str(path.relative_to(self.root))
        piece = ArchivePiece(file, begin, stop, 0)
        return replace(piece, crc32=zlib.crc32(_raw(self.root, piece)))


@dataclass(frozen=True)
class Grid:
    """The samples of a trace: time of the first, rate, and how many."""

    start_time: datetime
    sampling_rate_hz: float
    n_samples: int


def read_pieces(root: Path, pieces: Sequence[ArchivePiece], channel_code: str, grid: Grid, first: int, count: int) -> FloatArray:
    """Samples [first, first + count) of one component: (count,) float32, NaN in gaps and outside. ArchiveProblem where it has changed."""
    window = np.full(count, np.nan, dtype=np.float32)
    parts = [trace for piece in pieces for trace in _of_channel(_decoded(_bytes_of(root, piece), piece.file), channel_code)]
    for trace in sorted(parts, key=lambda part: part.stats.starttime):
        if round(float(trace.stats.sampling_rate), 4) != round(grid.sampling_rate_hz, 4):
            continue
        samples, _ = as_float32(trace.data, channel_code)
        since = seconds_between(grid.start_time, trace.stats.starttime.datetime.replace(tzinfo=UTC))
        _lay(window, samples, round(since * grid.sampling_rate_hz), grid.n_samples, first)
    return window


def _lay(window: FloatArray, samples: FloatArray, offset: int, n_trace: int, first: int) -> None:
    """Writes what falls into the window, where nothing stands yet. offset: of the samples in the trace of n_trace samples."""
    begin, end = max(offset, first, 0), min(offset + len(samples), first + len(window), n_trace)
    if begin < end:
        target = window[begin - first : end - first]
        empty = np.isnan(target)
        target[empty] = samples[begin - offset : end - offset][empty]


def _raw(root: Path, piece: ArchivePiece) -> bytes:
    try:
        descriptor = os.open(root / piece.file, os.O_RDONLY)
    except OSError as problem:
        raise ArchiveProblem(
            f"{piece.file} is not in the archive any more, or can't be read ({problem.strerror}). Put it back, or import the archive again."
        ) from None
    try:
        return os.pread(descriptor, piece.end - piece.begin, piece.begin)
    finally:
        os.close(descriptor)


def _bytes_of(root: Path, piece: ArchivePiece) -> bytes:
    content = _raw(root, piece)
    if zlib.crc32(content) != piece.crc32:
        raise ArchiveProblem(
            f"{piece.file} has changed in the archive since it was imported (bytes {piece.begin} to {piece.end}). Import the archive again."
        )
    return content


def _decoded(content: bytes, file: str) -> Stream:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read_mseed(io.BytesIO(content))
    except Exception as error:
        raise ArchiveProblem(f"{file} can't be read as miniSEED ({type(error).__name__}). Copy it again from where it came.") from None


def _of_channel(stream: Stream, channel_code: str) -> list[Trace]:
    return [trace for trace in stream if trace.stats.channel == channel_code]


@lru_cache(maxsize=4096)
def _year_files(folder: str, year: str, network: str, station: str, _changed: tuple[int, ...]) -> tuple[str, ...]:
    stem = Path(folder) / year
    return tuple(sorted(str(path) for path in stem.glob(f"{network}/{station}/*.D/*.D.{year}.*") if path.name.count(".") == 6))


def _day_files(folder: str, year: str, network: str, station: str) -> tuple[str, ...]:
    """Files of a station's year. Listed anew once one of its folders has changed."""
    if any(letter in station for letter in "*?[]/\\") or station in ("", ".", "..") or any(letter in network for letter in "?[]/\\."):
        return ()
    stations = list((Path(folder) / year).glob(f"{network}/{station}"))
    changed = tuple(sorted(path.stat().st_mtime_ns for one in stations for path in (one, *one.glob("*.D"))))
    return _year_files(folder, year, network, station, changed)


def _byte_range(path: str, size: int, changed: int, start: datetime, end: datetime) -> tuple[int, int]:
    """Records of the file that overlap the window, from the first to the last of them; (0, 0) where none does."""
    found = _record_times(path, size, changed)
    if found is None:
        return 0, size  # records of several lengths: all of it
    length, begins, ends = found
    first, last = (np.datetime64(time.astimezone(UTC).replace(tzinfo=None)) for time in (start, end))
    hits = np.flatnonzero((begins <= last + _SLACK) & (ends >= first - _SLACK))
    return (0, 0) if not hits.size else (int(hits[0]) * length, int(hits[-1] + 1) * length)


@lru_cache(maxsize=128)
def _record_times(path: str, size: int, _changed: int) -> tuple[int, NDArray[np.datetime64], NDArray[np.datetime64]] | None:
    """Length of the file's records in bytes, and when each begins and ends. None where they are not all of one length."""
    try:
        told = get_record_information(path)
        length = int(told["record_length"])
    except Exception as error:
        raise ArchiveProblem(f"The file can't be read as miniSEED ({type(error).__name__}). Copy it again from where it came.") from None
    if length < 64 or size < length:
        raise ArchiveProblem("The file is shorter than one record of miniSEED. Copy it again from where it came.")
    names, offsets, kinds = (list(column) for column in zip(*_HEADER, strict=True))
    formats = [f"{told['byteorder']}{kind}" for kind in kinds]
    dtype = np.dtype({"names": names, "offsets": offsets, "formats": formats, "itemsize": length})
    headers = np.array(np.memmap(path, dtype=dtype, mode="r", shape=(size // length,)))
    if not (
        np.isin(headers["quality"], [b"D", b"R", b"Q", b"M"]).all() and (headers["year"] > 1900).all() and (headers["year"] < 2200).all()
    ):
        return None
    begins = (headers["year"].astype(np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[us]")
    for name, unit_us in (
        ("day", 86_400_000_000),
        ("hour", 3_600_000_000),
        ("minute", 60_000_000),
        ("second", 1_000_000),
        ("fraction", 100),
    ):
        begins += ((headers[name].astype(np.int64) - (name == "day")) * unit_us).astype("timedelta64[us]")
    with np.errstate(divide="ignore", invalid="ignore"):
        rates_hz = _rate_part(headers["factor"]) * _rate_part(headers["multiplier"])
        lengths_s = np.where(rates_hz > 0, headers["n_samples"] / rates_hz, 0.0)
    return length, begins, begins + np.round(lengths_s * 1e6).astype("timedelta64[us]")


def _rate_part(values: NDArray[np.int16]) -> NDArray[np.float64]:
    """SEED: a positive number multiplies, a negative one divides."""
    numbers = values.astype(np.float64)
    return np.where(numbers < 0, -1.0 / np.where(numbers == 0, 1.0, numbers), numbers)
