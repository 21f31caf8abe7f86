"""What a snapshot holds, in the form that every writer takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain, islice
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from django.db.models import Q, QuerySet

from labeling.jobs.export_picks import AT_ONCE, HINTS, SnapshotPicks
from labeling.jobs.lease import JobFailed
from labeling.jobs.plain_columns import json_of, plain, time_of
from labeling.jobs.rows_in_blocks import any_of, keys_in_blocks, rows_in_blocks
from labeling.models import Decision, Event, Pick, Snapshot, Station, Trace
from labeling.models.waveforms import StationQuerySet
from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, ExportTrace
from labeling.seismo.records import EventRecord, FloatArray, StationRecord
from labeling.trace_samples import read_whole_trace, read_whole_traces
from labeling.waveform_store import StoreProblem

EVENTS_AT_ONCE = 100  # with all their picks
TRACES_AT_ONCE = 500  # with some two picks each
_EVENT_FIELDS = [field.name for field in fields(EventRecord) if field.name != "source_ref"]
_STATION_FIELDS = [field.name for field in fields(StationRecord) if field.name != "source_ref"]
_IS_NOISE = Q(extra__trace_category__iexact="noise")

Item = TypeVar("Item")


class _TraceRow(NamedTuple):
    """Columns of a trace. A model instance costs as much as all its picks."""

    id: int
    event_id: int | None
    network_code: str | None
    station_code: str
    location_code: str | None
    instrument_code: str
    start_time: datetime
    sampling_rate_hz: float
    n_samples: int
    channels: list[dict[str, Any]]
    time_is_relative: bool
    extra: dict[str, Any]


_READ = [plain(Trace, name) for name in _TraceRow._fields]


def _trace_row(*cells: Any) -> _TraceRow:
    *others, start_time, sampling_rate_hz, n_samples, channels, time_is_relative, extra = cells
    read = (time_of(start_time), sampling_rate_hz, n_samples, json_of(channels), bool(time_is_relative), json_of(extra))
    return _TraceRow._make((*others, *read))


@dataclass(frozen=True)
class _Samples:
    """Reads a trace's samples."""

    trace: _TraceRow

    def __call__(self) -> FloatArray:
        try:
            return read_whole_trace(self.trace)
        except StoreProblem as problem:
            raise JobFailed(f"{Trace(**self.trace._asdict())}: {problem}") from None


def read_together(traces: Sequence[ExportTrace]) -> Iterator[FloatArray]:
    """Samples of traces of a snapshot, as `ReadTogether` says."""
    samples = cast(list[_Samples], [trace.read_samples for trace in traces])
    n_read = 0
    try:
        for block in read_whole_traces([of_trace.trace for of_trace in samples]):
            yield block
            n_read += len(block)
    except StoreProblem:
        yield from (of_trace()[np.newaxis] for of_trace in samples[n_read:])  # the one that can't be read says its name


class SnapshotContents:
    """Events, traces and picks of one snapshot, each read in batches."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._trace_keys = _told_apart(self._traces().order_by("pk").values_list("pk", "source_ref"))
        self._event_ids = _told_apart(self._events().order_by("pk").values_list("pk", "source_ref"))
        self._picks = SnapshotPicks(snapshot, self._trace_keys, self._event_ids)

    def events(self) -> dict[str, ExportEvent]:
        """By event id; those of the traces too."""
        return {
            self._event_ids[event.pk]: self._export_event(event) for block in rows_in_blocks(self._events(), AT_ONCE) for event in block
        }

    def traces(self) -> Iterator[tuple[ExportTrace, list[ExportPick]]]:
        """Each trace with its picks, in the order of time."""
        stations = _StationRecords(Station.objects.filter(workspace_id=self.snapshot.workspace_id))
        for keys in keys_in_blocks(self._traces().order_by("start_time", "pk"), TRACES_AT_ONCE):
            read: Any = Trace.objects.filter(pk__in=any_of(keys)).order_by("start_time", "pk").values_list(*_READ)
            block = [_trace_row(*values) for values in read]
            on_trace: dict[str | None, list[ExportPick]] = {}
            for pick in self._picks.among(Pick.objects.filter(trace__in=any_of(keys))):
                on_trace.setdefault(pick.trace_key, []).append(pick)
            for trace in block:
                picks = on_trace.get(self._trace_keys[trace.id], [])
                yield self._export_trace(trace, picks, stations), picks

    def picks(self) -> Iterator[ExportPick]:
        """All picks, in the order of time."""
        return self._picks.each(self._picks.rows())

    def picks_without_trace(self) -> Iterator[ExportPick]:
        return self._picks.each(self._picks.rows().filter(pick__trace=None))

    def events_with_picks(self) -> Iterator[tuple[ExportEvent | None, list[ExportPick]]]:
        """Each event with its picks, and last, block by block, those that belong to none."""
        events = Event.objects.filter(pk__in=self.snapshot.picks.values("pick__event_id")).order_by("origin_time", "pk")
        for block in rows_in_blocks(events, EVENTS_AT_ONCE):
            of_event: dict[str | None, list[ExportPick]] = {}
            for pick in self._picks.among(Pick.objects.filter(event__in=any_of([event.pk for event in block]))):
                of_event.setdefault(pick.record.event_ref, []).append(pick)
            yield from ((self._export_event(event), of_event.get(self._event_ids[event.pk], [])) for event in block)
        without = self._picks.each(self._picks.rows().filter(pick__event=None))
        yield from ((None, picks) for picks in _blocks(without, AT_ONCE))

    def decisions(self) -> Iterator[Decision]:
        """All decisions on the snapshot's picks up to its freezing, skips, conflicting and undone ones too, in order."""
        picks = self.snapshot.picks.values("pick_id")
        made = Decision.objects.filter(pick_id__in=picks, made_at__lte=self.snapshot.created_at)
        read = Decision.objects.select_related("pick", "analyst", "event", "flag__flag_set")
        return chain.from_iterable(rows_in_blocks(made.order_by("pk"), AT_ONCE, read=read))

    def further_names(self) -> list[str]:
        """What the uploads called what they said of picks besides the fields of a pick."""
        names: set[str] = set()
        for extra in self.snapshot.picks.exclude(pick__extra={}).values_list("pick__extra", flat=True).iterator(chunk_size=AT_ONCE):
            names.update(extra)
        return sorted(names - HINTS)

    def n_events_left_out(self) -> int:
        """Events that have no pick in the snapshot."""
        with_picks = self.snapshot.picks.filter(pick__event__isnull=False).values("pick__event_id")
        return Event.objects.filter(self._beside()).exclude(pk__in=with_picks).count()

    def n_traces_left_out(self) -> int:
        """Traces that have no pick in the snapshot and are not called noise."""
        with_picks = self.snapshot.picks.filter(pick__trace__isnull=False).values("pick__trace_id")
        without = Trace.objects.filter(self._beside()).exclude(pk__in=with_picks)
        return without.count() - without.filter(_IS_NOISE).count()  # ~_IS_NOISE is unknown, not true, where no category is given

    def _traces(self) -> QuerySet[Trace]:
        """Traces with picks, and those that their upload calls noise. On others there may be arrivals that nobody has read."""
        return Trace.objects.filter(Q(pk__in=self.snapshot.picks.values("pick__trace_id")) | (self._beside() & _IS_NOISE))

    def _events(self) -> QuerySet[Event]:
        of_picks = Q(pk__in=self.snapshot.picks.values("pick__event_id"))
        return Event.objects.filter(of_picks | Q(pk__in=self._traces().values("event_id")))

    def _beside(self) -> Q:
        """Rows that were there when the snapshot was frozen, which holds picks only: those of catalogs as old, and not withdrawn."""
        return Q(workspace_id=self.snapshot.workspace_id, is_withdrawn=False, catalog__created_at__lte=self.snapshot.created_at)

    def _export_event(self, event: Event) -> ExportEvent:
        values = {name: getattr(event, name) for name in _EVENT_FIELDS}
        return ExportEvent(self._event_ids[event.pk], EventRecord(source_ref=event.source_ref, **values))

    def _export_trace(self, trace: _TraceRow, picks: list[ExportPick], stations: _StationRecords) -> ExportTrace:
        of_picks = next((pick.record.event_ref for pick in picks if pick.record.event_ref), None)
        return ExportTrace(
            trace_key=self._trace_keys[trace.id],
            network_code=trace.network_code,
            station_code=trace.station_code,
            location_code=trace.location_code,
            channel_codes=tuple([channel["channel"] for channel in trace.channels]),
            start_time=trace.start_time,
            sampling_rate_hz=trace.sampling_rate_hz,
            read_samples=_Samples(trace),
            event_id=self._event_ids[trace.event_id] if trace.event_id else of_picks,
            time_is_relative=trace.time_is_relative,
            station=stations.of(trace),
            category=trace.extra.get("trace_category", ""),
            split=trace.extra.get("split", ""),
        )


class _StationRecords:
    """The epochs of stations, each made a record once."""

    def __init__(self, stations: StationQuerySet) -> None:
        self._epochs = stations.epochs()
        self._records: dict[int, StationRecord] = {}

    def of(self, trace: _TraceRow) -> StationRecord | None:
        """The epoch that covers a trace's start."""
        station = self._epochs.at(trace.network_code, trace.station_code, None if trace.time_is_relative else trace.start_time)
        if station is None:
            return None
        if station.pk not in self._records:
            self._records[station.pk] = StationRecord(source_ref="", **{name: getattr(station, name) for name in _STATION_FIELDS})
        return self._records[station.pk]


def _told_apart(names: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Names by row. One that an earlier row has gets its row's id."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for pk, name in names:
        while name in taken:
            name = f"{name}#{pk}"
        found[pk] = name
        taken.add(name)
    return found


def _blocks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block
