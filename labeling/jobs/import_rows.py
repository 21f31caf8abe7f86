"""Records become rows, by batches; what is in the workspace already is counted, not made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from labeling.jobs.channel_rows import ChannelRows
from labeling.jobs.event_rows import EventRows
from labeling.jobs.fitting_columns import is_believable, overlong_text
from labeling.jobs.identity import pick_identity
from labeling.jobs.lease import Lease
from labeling.jobs.named_traces import NamedTrace
from labeling.jobs.pick_rows import PickRows, PlacedPick
from labeling.jobs.problem_sink import ProblemSink
from labeling.jobs.station_rows import StationRows
from labeling.jobs.trace_rows import TraceRows
from labeling.jobs.waiting_components import WaitingComponents
from labeling.models import Catalog
from labeling.seismo.formats.collect import SourceKind
from labeling.seismo.nul_characters import without_nul
from labeling.seismo.records import ChannelRecord, EventRecord, PickRecord, Problem, Record, StationRecord, TraceRecord
from labeling.seismo.timing import iso

PICKS_AT_ONCE = 5_000  # while they are written, nobody else writes on SQLite; fewer would write the index of their random keys more often


class Rows:
    """Takes the records of one source after the other, in any order. `close` writes what is left.

    meanwhile: to be called before picks are committed; begins what may be done beside.

    A batch is written only while the lease is this worker's: one that was taken for dead must not write beside its successor.
    """

    def __init__(self, catalog: Catalog, report: ProblemSink, lease: Lease) -> None:
        self.report = report
        self.lease = lease
        self.repeated: Counter[str] = Counter()
        self._source = 0  # the one that is being read. What a record names is of its own source: the next one may use the same names
        self._kind: SourceKind = "catalog"
        self.meanwhile: Callable[[], None] | None = None
        self._events = EventRows(catalog, lease, self.repeated)
        self._stations = StationRows(catalog.workspace, report, self.repeated)
        self._channels = ChannelRows(catalog.workspace, report, lease, self.repeated)
        self._traces = TraceRows(catalog, report, lease, self.repeated, self._events)
        self._picks = PickRows(catalog, report, self.repeated)
        self._waiting_picks: list[tuple[int, SourceKind, PickRecord]] = []
        self._waiting = WaitingComponents()

    @property
    def n_picks(self) -> int:
        return self._picks.n_written

    @property
    def n_traces(self) -> int:
        return self._traces.n_written

    def begin_source(self, kind: SourceKind) -> None:
        """From now on records come from another source."""
        if kind != "waveforms":
            self._write_waiting()
        self._source += 1
        self._kind = kind

    def add(self, record: Record) -> None:
        record, found_nul = without_nul(record)
        if found_nul is not None:
            self.report.add(found_nul)
        if isinstance(record, Problem):
            self.report.add(record)
        elif isinstance(record, TraceRecord):
            self._add_trace(record)
        elif isinstance(record, PickRecord):
            self._add_pick(record)
        elif not self._has_room_for(record):
            return
        elif isinstance(record, EventRecord):
            self._events.add(self._source, record)
        elif isinstance(record, ChannelRecord):
            self._channels.add(record)
        else:
            self._stations.add(record)

    def close(self) -> None:
        self._write_waiting()
        self._events.write()
        self._channels.write()
        self._write_picks()
        self._traces.close()

    def _has_room_for(self, record: EventRecord | PickRecord | StationRecord | ChannelRecord | TraceRecord) -> bool:
        problem = overlong_text(record)
        if problem is not None:
            self.report.add(problem)
        return problem is None

    def _add_trace(self, record: TraceRecord) -> None:
        """A trace of a waveform file may wait for its other components; one of a data set stands as its picks name it."""
        if self._kind != "waveforms":
            self._write_trace(record)
            return
        for item in self._waiting.add(record):
            if isinstance(item, Problem):
                self.report.add(item)
            else:
                self._write_trace(item)

    def _write_waiting(self) -> None:
        for record in self._waiting.release():
            self._write_trace(record)

    def _write_trace(self, record: TraceRecord) -> None:
        if self._has_room_for(record):
            self._traces.add(self._source, record)

    def _add_pick(self, record: PickRecord) -> None:
        if not is_believable(record.time):
            message = f"The pick's time {iso(record.time)} is none at which something was recorded. Mend it and import the file again."
            self.report.add(Problem("unreadable_row", message, record.source_ref))
        elif self._has_room_for(record):
            self._waiting_picks.append((self._source, self._kind, record))
        if len(self._waiting_picks) >= PICKS_AT_ONCE:
            self._write_picks()

    def _write_picks(self) -> None:
        """Rows for the picks that wait. All that can be is made ready first: while they are written, nobody else writes on SQLite."""
        self._events.write()
        self._traces.write()
        placed = [self._placed(source, kind, record) for source, kind, record in self._waiting_picks]
        self._waiting_picks = []
        with transaction.atomic():
            self.lease.write()
            self._picks.write(placed)
            if self.meanwhile is not None:
                self.meanwhile()

    def _placed(self, source: int, kind: SourceKind, record: PickRecord) -> PlacedPick:
        event_id, event = self._events.named(source, record.event_ref)
        named = self._trace_of(source, kind, record)
        if named is None:
            return PlacedPick(record, pick_identity(record, event), event_id, None, record.time)
        if not named.row.time_is_relative:
            return PlacedPick(record, pick_identity(record, event), event_id, named.row, record.time)
        after_start = record.time - self._start_of(source, named, record)
        identity = pick_identity(record, event, (named.row.identity, after_start))
        return PlacedPick(record, identity, event_id, named.row, named.row.start_time + after_start)

    def _trace_of(self, source: int, kind: SourceKind, record: PickRecord) -> NamedTrace | None:
        """The trace that the pick names: in its own data set, or, for a catalog, the only one of that name in the upload."""
        if record.trace_ref is None:
            return None
        if kind != "catalog":
            return self._traces.named.in_source(source, record.trace_ref)
        found = self._traces.named.anywhere(record.trace_ref)
        if len(found) > 1:
            message = (
                f"{len(found)} traces of this upload are called {record.trace_ref}, and the pick may be read on any. "
                "Import each data set with its own picks, one after the other."
            )
            self.report.add(Problem("ambiguous_trace", message, record.source_ref, severity="warning"))
        return found[0] if len(found) == 1 else None

    def _start_of(self, source: int, named: NamedTrace, record: PickRecord) -> datetime:
        """Start of the pick's trace in the time that the pick is given in, where that is none but a placeholder hour."""
        if self._traces.named.in_source(source, record.trace_ref or "") or named.covers(record.time):
            return named.start_time
        return record.time.replace(minute=0, second=0, microsecond=0)  # another upload's hour
