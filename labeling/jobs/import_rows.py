"""Records become rows, by batches; what is in the workspace already is counted, not made again."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.files import waveform_store
from labeling.jobs.channel_rows import ChannelRows
from labeling.jobs.fitting_columns import is_believable, overlong_text
from labeling.jobs.identity import event_identity, pick_identity, trace_identity
from labeling.jobs.lease import Lease
from labeling.jobs.named_traces import NamedTrace, NamedTraces
from labeling.jobs.pick_rows import PickRows, PlacedPick
from labeling.jobs.problem_sink import ProblemSink
from labeling.jobs.station_places import moved_station
from labeling.jobs.waiting_components import WaitingComponents
from labeling.models import Catalog, Event, Station, Trace
from labeling.seismo.formats.collect import SourceKind
from labeling.seismo.nul_characters import without_nul
from labeling.seismo.quality import dead_components, find_gaps
from labeling.seismo.records import ChannelRecord, EventRecord, PickRecord, Problem, Record, StationRecord, TraceRecord
from labeling.seismo.timing import iso, sample_to_time

EVENTS_AT_ONCE = 500
PICKS_AT_ONCE = 5_000  # while they are written, nobody else writes on SQLite; fewer would write the index of their random keys more often
TRACES_AT_ONCE = 200


class Rows:
    """Takes the records of one source after the other, in any order. `close` writes what is left.

    A batch is written only while the lease is this worker's: one that was taken for dead must not write beside its successor.
    """

    def __init__(self, catalog: Catalog, report: ProblemSink, lease: Lease) -> None:
        self.catalog = catalog
        self.workspace = catalog.workspace
        self.report = report
        self.lease = lease
        self.repeated: Counter[str] = Counter()
        self.n_traces = 0
        self._source = 0  # the one that is being read. What a record names is of its own source: the next one may use the same names
        self._kind: SourceKind = "catalog"
        self._events: dict[tuple[int, str], tuple[int, str]] = {}  # by source and source_ref: row id, identity
        self._new_events: list[tuple[int, EventRecord]] = []  # not yet written: a commit for each costs more than its picks
        self._channels = ChannelRows(catalog.workspace, report, lease, self.repeated)
        self._stations: set[int] = set()  # made or met in this upload
        self._traces = NamedTraces()
        self._picks = PickRows(catalog, report, self.repeated)
        self._waiting_picks: list[tuple[int, SourceKind, PickRecord]] = []
        self._new_traces: dict[str, Trace] = {}  # by identity, samples appended, rows not yet written
        self._event_refs: dict[str, tuple[int, str]] = {}  # of the same traces
        self._waiting = WaitingComponents()
        self._writer = waveform_store().writer()

    @property
    def n_picks(self) -> int:
        return self._picks.n_written

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
            self.add_trace(record)
        elif isinstance(record, PickRecord):
            self.add_pick(record)
        elif isinstance(record, EventRecord):
            self.add_event(record)
        elif isinstance(record, ChannelRecord):
            if self._has_room_for(record):
                self._channels.add(record)
        else:
            self.add_station(record)

    def close(self) -> None:
        self._write_waiting()
        self._write_events()
        self._channels.write()
        self._write_picks()
        self._writer.close()

    def _has_room_for(self, record: EventRecord | PickRecord | StationRecord | ChannelRecord | TraceRecord) -> bool:
        problem = overlong_text(record)
        if problem is not None:
            self.report.add(problem)
        return problem is None

    # --- events and stations ------------------------------------------------------------------------------------------

    def add_event(self, record: EventRecord) -> None:
        if self._has_room_for(record):
            self._new_events.append((self._source, record))
        if len(self._new_events) >= EVENTS_AT_ONCE:
            self._write_events()

    @transaction.atomic
    def _write_events(self) -> None:
        """Rows for the events that wait for one. A record that names an event comes after it, so this is due before theirs."""
        if not self._new_events:
            return
        self.lease.write()
        identities = [event_identity(record) for _, record in self._new_events]
        ids: dict[str, int] = {}
        known = Event.objects.filter(workspace=self.workspace, is_withdrawn=False, identity__in=identities)
        for identity, pk, catalog_id in known.values_list("identity", "pk", "catalog_id"):
            ids[identity] = pk
            self.repeated["events"] += catalog_id != self.catalog.pk
        new: dict[str, Event] = {}
        for (_, record), identity in zip(self._new_events, identities, strict=True):
            if identity not in ids and identity not in new:
                new[identity] = self._event(record, identity)
        ids |= {event.identity: event.pk for event in Event.objects.bulk_create(new.values())}
        for (source, record), identity in zip(self._new_events, identities, strict=True):
            self._events[source, record.source_ref] = (ids[identity], identity)
        self._new_events = []

    def _event(self, record: EventRecord, identity: str) -> Event:
        names = ("origin_time", "latitude", "longitude", "depth_km", "magnitude", "magnitude_type", "extra")
        values = {name: getattr(record, name) for name in names}
        home = {"workspace": self.workspace, "catalog": self.catalog}
        return Event(**home, identity=identity, source_ref=record.source_ref[:600], **values)

    def _event_of(self, source: int, event_ref: str | None) -> tuple[int | None, str | None]:
        """Row and identity of the event that a record of that source names."""
        return self._events.get((source, event_ref or ""), (None, None))

    def add_station(self, record: StationRecord) -> None:
        if not self._has_room_for(record):
            return
        values = {name: getattr(record, name) for name in ("latitude", "longitude", "elevation_m", "end", "site_name")}
        station, is_new = Station.objects.get_or_create(
            workspace=self.workspace,
            network_code=record.network_code,
            station_code=record.station_code,
            start=record.start,
            defaults=values,
        )
        if station.pk not in self._stations:
            self.repeated["new_stations" if is_new else "stations"] += 1
            self._stations.add(station.pk)
        if not is_new and (problem := moved_station(station, record)):
            self.report.add(problem)

    # --- traces -------------------------------------------------------------------------------------------------------

    def add_trace(self, record: TraceRecord) -> None:
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
        if not self._has_room_for(record) or not self._has_believable_times(record):
            return
        identity = trace_identity(record)
        if len(self._new_traces) >= TRACES_AT_ONCE:
            self._write_new_traces()
        trace = self._new_traces.get(identity)
        if trace is not None:
            self.repeated["traces"] += 1
        else:
            trace = self._known_trace(record, identity) or self._new_trace(record, identity)
        self._traces.add(self._source, record.source_ref, NamedTrace(trace, record.start_time))

    def _has_believable_times(self, record: TraceRecord) -> bool:
        n_samples = record.samples.shape[1]
        try:
            end_time = sample_to_time(record.start_time, n_samples - 1, record.sampling_rate_hz)
            reason = "" if is_believable(record.start_time, end_time) else f"it would last until {iso(end_time)}"
        except ValueError as error:
            reason = str(error)
        if reason:
            message = f"The trace begins at {iso(record.start_time)}, and {reason}. Mend its start or its sampling rate."
            self.report.add(Problem("unreadable_trace", message, record.source_ref))
        return not reason

    def _known_trace(self, record: TraceRecord, identity: str) -> Trace | None:
        known = Trace.objects.filter(workspace=self.workspace, identity=identity, is_withdrawn=False).first()
        if known is None:
            return None
        if known.catalog_id == self.catalog.pk and known.source_ref == record.source_ref[:600]:
            self.n_traces += 1  # an attempt before this one had written it
        else:
            self.repeated["traces"] += 1
        return known

    def _new_trace(self, record: TraceRecord, identity: str) -> Trace:
        self._report_quality(record)
        places = self._places(record)
        n_samples = record.samples.shape[1]
        trace = Trace(
            workspace=self.workspace,
            catalog=self.catalog,
            source_ref=record.source_ref[:600],
            source_file=str(record.extra.get("source_file", ""))[:600],
            extra={name: value for name, value in record.extra.items() if name != "source_file"},
            identity=identity,
            network_code=record.network_code,
            station_code=record.station_code,
            location_code=record.location_code,
            instrument_code=record.instrument_code,
            start_time=record.start_time,
            end_time=sample_to_time(record.start_time, n_samples - 1, record.sampling_rate_hz),
            sampling_rate_hz=record.sampling_rate_hz,
            n_samples=n_samples,
            time_is_relative=record.time_is_relative,
            channels=[
                {"channel": code, **place, "dead": dead, "gaps": [list(gap) for gap in gaps]}
                for code, place, dead, gaps in zip(
                    record.channel_codes, places, dead_components(record.samples), find_gaps(record.samples), strict=True
                )
            ],
        )
        self._new_traces[identity] = trace
        self._event_refs[identity] = (self._source, record.event_ref or "")
        self.n_traces += 1
        return trace

    def _places(self, record: TraceRecord) -> list[dict[str, Any]]:
        """Where each component's samples lie; they are written unless they stay in an archive."""
        if record.archive:
            return [{"archive": record.archive, "pieces": [list(astuple(piece)) for piece in pieces]} for pieces in record.pieces]
        addresses = [self._writer.append(samples) for samples in record.samples]
        return [{"shard": address.shard, "offset": address.offset} for address in addresses]

    @transaction.atomic
    def _write_new_traces(self) -> None:
        """Samples first and durable, then the rows that point to them."""
        if not self._new_traces:
            return
        self._writer.flush()
        self.lease.write()
        self._write_events()
        for identity, trace in self._new_traces.items():
            trace.event_id = self._event_of(*self._event_refs.pop(identity))[0]
        Trace.objects.bulk_create(self._new_traces.values())
        self._new_traces = {}

    def _report_quality(self, record: TraceRecord) -> None:
        for code, dead in zip(record.channel_codes, dead_components(record.samples), strict=True):
            if not dead:
                continue
            message = f"{code} never changes in this trace: a dead component. It is kept and masked."
            self.report.add(Problem("dead_component", message, record.source_ref, severity="warning"))
        if any(find_gaps(record.samples)):
            message = "The trace has gaps. They are kept as gaps; picks in them are not scored."
            self.report.add(Problem("gap", message, record.source_ref, severity="warning"))

    # --- picks --------------------------------------------------------------------------------------------------------

    def add_pick(self, record: PickRecord) -> None:
        if not is_believable(record.time):
            message = f"The pick's time {iso(record.time)} is none at which something was recorded. Mend it and import the file again."
            self.report.add(Problem("unreadable_row", message, record.source_ref))
        elif self._has_room_for(record):
            self._waiting_picks.append((self._source, self._kind, record))
        if len(self._waiting_picks) >= PICKS_AT_ONCE:
            self._write_picks()

    def _write_picks(self) -> None:
        """Rows for the picks that wait. All that can be is made ready first: while they are written, nobody else writes on SQLite."""
        self._write_events()
        self._write_new_traces()
        placed = [self._placed(source, kind, record) for source, kind, record in self._waiting_picks]
        self._waiting_picks = []
        with transaction.atomic():
            self.lease.write()
            self._picks.write(placed)

    def _placed(self, source: int, kind: SourceKind, record: PickRecord) -> PlacedPick:
        event_id, event = self._event_of(source, record.event_ref)
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
            return self._traces.in_source(source, record.trace_ref)
        found = self._traces.anywhere(record.trace_ref)
        if len(found) > 1:
            message = (
                f"{len(found)} traces of this upload are called {record.trace_ref}, and the pick may be read on any. "
                "Import each data set with its own picks, one after the other."
            )
            self.report.add(Problem("ambiguous_trace", message, record.source_ref, severity="warning"))
        return found[0] if len(found) == 1 else None

    def _start_of(self, source: int, named: NamedTrace, record: PickRecord) -> datetime:
        """Start of the pick's trace in the time that the pick is given in, where that is none but a placeholder hour."""
        if self._traces.in_source(source, record.trace_ref or "") or named.covers(record.time):
            return named.start_time
        return record.time.replace(minute=0, second=0, microsecond=0)  # another upload's hour
