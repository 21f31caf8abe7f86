"""Waveform files of every kind that ObsPy reads (miniSEED, SAC, GSE2, SEISAN, …) as one TraceRecord per instrument and stretch of time.

ObsPy finds out formats by trying each reader it knows, among them one that unpickles the file and some that open other files by name.
Here only the readers named below are tried, and never on an archive.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from obspy import Stream, Trace
from obspy.core.util.base import ENTRY_POINTS
from obspy.core.util.misc import buffered_load_entry_point

from labeling.seismo.components import LARGEST_SHIFT_UNREPORTED, component_families, component_rank, on_one_grid
from labeling.seismo.formats.sample_array import as_float32
from labeling.seismo.records import FloatArray, Problem, Record, Records, TraceRecord
from labeling.seismo.timing import add_seconds, iso, seconds_between

# Left out: PICKLE (runs code), CSS, NNSA_KB_CORE and Q (open files that they name), SU, WAV and CYBERSHAKE (no station or no sure sign).
READABLE = (
    "MSEED", "SAC", "GSE2", "GSE1", "SEISAN", "SACXY", "SH_ASC", "SLIST", "TSPAIR", "Y", "SEG2", "SEGY", "WIN", "AH", "PDAS",
    "KINEMETRICS_EVT", "GCF", "DMX", "KNET", "REFTEK130", "RG16",
)  # fmt: skip
# These forms always have a place for the location code; in the others an empty one means that nothing was said.
_FORMS_WITH_LOCATION = frozenset({"MSEED"})
LONGEST_FILLED_GAP_S = 60.0
_LONGEST_FILLED_GAP_SAMPLES = 60_000


@dataclass(frozen=True)
class _Segment:
    """One unbroken stretch of one channel."""

    channel_code: str
    start_time: datetime
    sampling_rate_hz: float
    samples: FloatArray

    @property
    def end_time(self) -> datetime:
        return add_seconds(self.start_time, (len(self.samples) - 1) / self.sampling_rate_hz)


_GSE_LINE_BYTES = 82  # with its end
_Key = tuple[str | None, str, str | None, str, float]  # network, station, location, band and instrument, sampling rate


def waveform_format(path: Path) -> str | None:
    """ObsPy's name of the file's format, None if it is none of READABLE."""
    for name in READABLE:
        # ObsPy's detectors raise whatever their parsing meets; for us that is a "no".
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if _entry(name, "isFormat")(str(path)) and (name != "SACXY" or _begins_with_numbers(path)):
                    return name
        except Exception:  # noqa: S112
            continue
    return None


def _entry(form: str, action: str) -> Callable[[str], Any]:
    entry = ENTRY_POINTS["waveform"][form]
    function: Callable[[str], Any] = buffered_load_entry_point(entry.dist.name, f"obspy.plugin.waveform.{form}", action)
    return function


def _begins_with_numbers(path: Path) -> bool:
    """ObsPy takes many a text for alphanumeric SAC, whose header begins with lines of numbers."""
    with path.open("rb") as raw:
        words = raw.readline(200).split()
    return len(words) == 5 and all(re.fullmatch(rb"-?[\d.]+(e[+-]?\d+)?", word, re.IGNORECASE) for word in words)


def read_waveforms(path: Path, *, place: str) -> Records:
    """Traces (components of one instrument joined on one grid, rows Z N E, Z 1 2 or 3 1 2) and problems. place: name for the report.

    Gaps up to a minute are NaN; a longer one begins a new TraceRecord. Where two stretches of one channel overlap, the earlier one stays.
    """
    form = waveform_format(path)
    if form is None:
        yield Problem("unreadable_file", "The file is in no waveform format that can be read. Upload miniSEED or SAC.", place)
        return
    overlong = _overlong_data_line(path) if form in ("GSE1", "GSE2") else None
    if overlong is not None:
        message = (
            f"The line of data is longer than {_GSE_LINE_BYTES} characters, as no {form} file has it. Copy it again from where it came."
        )
        yield Problem("unreadable_file", message, f"{place}:{overlong}")
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The form's own reader, since obspy.read would first unpack what looks like an archive.
            stream: Stream = _entry(form, "readFormat")(str(path))
    except Exception as error:
        reason = str(error).replace(str(path), place)
        message = f"The file looks like {form} and cannot be read ({type(error).__name__}: {reason}). Copy it again from where it came."
        yield Problem("unreadable_file", message, place)
        return
    yield from records_of_stream(stream, form, place)


def records_of_stream(stream: Stream, form: str, place: str) -> Records:
    """What ObsPy has read of a file of that form, as `read_waveforms` yields it."""
    groups: dict[_Key, list[_Segment]] = {}
    empty = [trace for trace in stream if not _has_samples(trace)]
    if empty:
        message = f"{len(empty)} of {len(stream)} traces have no samples or no sampling rate; nothing is imported from them."
        yield Problem("empty_trace", message, f"{place}:{empty[0].id}", severity="warning")
    for trace in stream:
        if _has_samples(trace):
            yield from _sort_in(trace, form, groups, place)
    for key, segments in groups.items():
        yield from _traces_of(key, segments, place)


def _overlong_data_line(path: Path) -> int | None:
    """Number of the first line of GSE data that ObsPy would write beyond its buffer of 83 bytes: the process ends there, no exception."""
    in_data = False
    with path.open("rb") as raw:
        for number, line in enumerate(raw, start=1):
            if line.startswith((b"DAT1", b"DAT2")):
                in_data = True
            elif line.startswith((b"CHK1", b"CHK2")):
                in_data = False
            elif in_data and len(line) > _GSE_LINE_BYTES:
                return number
    return None


def _has_samples(trace: Trace) -> bool:
    return len(trace.data) > 0 and bool(np.isfinite(trace.stats.sampling_rate)) and trace.stats.sampling_rate > 0


def _sort_in(trace: Trace, form: str, groups: dict[_Key, list[_Segment]], place: str) -> Iterator[Problem]:
    stats = trace.stats
    where = f"{place}:{trace.id}"
    if not stats.station.strip():
        yield Problem("no_station", f"The trace {trace.id} names no station. Set its station code and upload it again.", where)
        return
    try:
        samples, problems = as_float32(_unmasked(trace.data), where)
    except ValueError as error:
        yield Problem("unreadable_trace", f"The trace is not read: {error}.", where)
        return
    yield from problems
    if samples.ndim != 1:
        yield Problem("unreadable_trace", f"The trace has samples of the shape {samples.shape}.", where)
        return
    try:
        start_time = stats.starttime.datetime.replace(tzinfo=UTC)
        add_seconds(start_time, len(samples) / float(stats.sampling_rate))
    except (ValueError, OverflowError) as error:
        message = f"The trace begins or ends at no time that can be read ({error}). Mend its start or its sampling rate."
        yield Problem("unreadable_trace", message, where)
        return
    location: str | None = stats.location.strip()
    if not location and form not in _FORMS_WITH_LOCATION:
        location = None
    channel = stats.channel.strip()
    key = (stats.network.strip() or None, stats.station.strip(), location, channel[:-1], round(float(stats.sampling_rate), 4))
    groups.setdefault(key, []).append(_Segment(channel, start_time, float(stats.sampling_rate), samples))


def _unmasked(data: NDArray[np.generic]) -> NDArray[np.generic]:
    if not isinstance(data, np.ma.MaskedArray):
        return np.asarray(data)
    return np.asarray(np.ma.filled(data.astype(np.float64), np.nan))


def _traces_of(key: _Key, segments: list[_Segment], place: str) -> Iterator[Record]:
    """Each family of components, cut where it rests for more than a minute."""
    for family in component_families(dict.fromkeys(segment.channel_code for segment in segments)):
        chosen = sorted((s for s in segments if s.channel_code in family), key=lambda s: (s.start_time, component_rank(s.channel_code)))
        for stretch in _stretches(chosen):
            yield from _joined(key, stretch, place)


def _stretches(segments: Sequence[_Segment]) -> Iterator[list[_Segment]]:
    stretch: list[_Segment] = []
    end_time = datetime.min.replace(tzinfo=UTC)
    for segment in segments:
        allowed_s = min(LONGEST_FILLED_GAP_S, _LONGEST_FILLED_GAP_SAMPLES / segment.sampling_rate_hz)
        if stretch and seconds_between(end_time, segment.start_time) > allowed_s:
            yield stretch
            stretch = []
        stretch.append(segment)
        end_time = max(end_time, segment.end_time)
    if stretch:
        yield stretch


def _joined(key: _Key, stretch: list[_Segment], place: str) -> Iterator[Record]:
    network, station, location, instrument, _ = key
    codes = tuple(sorted({segment.channel_code for segment in stretch}, key=component_rank))
    start_time = min(segment.start_time for segment in stretch)
    rate = stretch[0].sampling_rate_hz
    name = f"{network or ''}.{station}.{location or ''}.{instrument}{''.join(code[-1:] for code in codes)}"
    where = f"{place}:{name}"
    placed = []
    largest_shift = 0.0
    for segment in stretch:
        exact = seconds_between(start_time, segment.start_time) * rate
        largest_shift = max(largest_shift, abs(exact - round(exact)))
        placed.append((segment.channel_code, round(exact), segment.samples))
    n_samples = max(offset + len(samples) for _, offset, samples in placed)
    samples = on_one_grid([(0, np.empty(0, np.float32)) for _ in codes], n_samples)
    n_conflicts = sum(_lay(samples[codes.index(code)], offset, part) for code, offset, part in placed)
    yield TraceRecord(
        source_ref=f"{where}@{iso(start_time)}",
        network_code=network,
        station_code=station,
        location_code=location,
        channel_codes=codes,
        start_time=start_time,
        sampling_rate_hz=rate,
        samples=samples,
        extra={"source_file": place},
    )
    if largest_shift > LARGEST_SHIFT_UNREPORTED:
        message = (
            f"The components do not begin on one grid; samples were moved by up to {largest_shift:.2f} of a sample "
            f"({largest_shift / rate * 1000:.1f} ms). Upload them one by one if that matters."
        )
        yield Problem("off_grid", message, where, severity="warning")
    if n_conflicts:
        message = f"{n_conflicts} samples at {iso(start_time)} stand in the file twice with different values; the earlier stretch was kept."
        yield Problem("overlap_conflict", message, where, severity="warning")


def _lay(row: FloatArray, offset: int, part: FloatArray) -> int:
    """Writes a part into a row where the row is still empty. Returns how many samples were there already with another value."""
    target = row[offset : offset + len(part)]
    empty = np.isnan(target)
    conflicts = int(np.count_nonzero(~empty & ~np.isnan(part) & (target != part)))
    target[empty] = part[empty]
    return conflicts
