"""Records become rows, by batches; what is in the workspace already is counted, not made again."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Protocol

from django.db import transaction

from labeling.files import waveform_store
from labeling.jobs.identity import event_identity, pick_identity, trace_identity
from labeling.models import Catalog, Event, Pick, PickRevision, Station, Trace
from labeling.seismo.components import join_components
from labeling.seismo.quality import dead_components, find_gaps
from labeling.seismo.records import EventRecord, PickRecord, Problem, StationRecord, TraceRecord
from labeling.seismo.timing import sample_to_time

EVENTS_AT_ONCE = 500
PICKS_AT_ONCE = 2000
TRACES_AT_ONCE = 200
PENDING_BYTES = 128 * 1024 * 1024  # traces that wait for their other components

_SAME_FIELDS = {field.name for field in fields(PickRecord)} & {field.name for field in Pick._meta.get_fields()}


class ProblemSink(Protocol):
    def add(self, problem: Problem) -> None: ...


class Rows:
    """Takes records in any order. `close` writes what is left."""

    def __init__(self, catalog: Catalog, report: ProblemSink) -> None:
        self.catalog = catalog
        self.workspace = catalog.workspace
        self.report = report
        self.repeated: Counter[str] = Counter()
        self.n_picks = 0
        self.n_traces = 0
        self._events: dict[str, tuple[int, str]] = {}  # by source_ref: row id, identity
        self._new_events: list[EventRecord] = []  # not yet written: a commit for each costs more than its picks
        self._traces: dict[str, Trace] = {}  # by source_ref, for picks that name their trace
        self._picks: list[PickRecord] = []
        self._new_traces: dict[str, Trace] = {}  # by identity, samples appended, rows not yet written
        self._event_refs: dict[str, str | None] = {}  # of the same traces
        self._pending: dict[tuple[object, ...], list[TraceRecord]] = {}
        self._writer = waveform_store().writer()

    def close(self) -> None:
        for records in self._pending.values():
            for record in records:
                self._write_trace(record)
        self._pending = {}
        self._write_events()
        self._write_picks()
        self._writer.close()

    # --- events and stations ------------------------------------------------------------------------------------------

    def add_event(self, record: EventRecord) -> None:
        self._new_events.append(record)
        if len(self._new_events) >= EVENTS_AT_ONCE:
            self._write_events()

    @transaction.atomic
    def _write_events(self) -> None:
        """Rows for the events that wait for one. A record that names an event comes after it, so this is due before theirs."""
        if not self._new_events:
            return
        identities = [event_identity(record) for record in self._new_events]
        ids: dict[str, int] = {}
        known = Event.objects.filter(workspace=self.workspace, is_withdrawn=False, identity__in=identities)
        for identity, pk, catalog_id in known.values_list("identity", "pk", "catalog_id"):
            ids[identity] = pk
            self.repeated["events"] += catalog_id != self.catalog.pk
        new: dict[str, Event] = {}
        for record, identity in zip(self._new_events, identities, strict=True):
            if identity not in ids and identity not in new:
                new[identity] = self._event(record, identity)
        ids |= {event.identity: event.pk for event in Event.objects.bulk_create(new.values())}
        for record, identity in zip(self._new_events, identities, strict=True):
            self._events[record.source_ref] = (ids[identity], identity)
        self._new_events = []

    def _event(self, record: EventRecord, identity: str) -> Event:
        names = ("origin_time", "latitude", "longitude", "depth_km", "magnitude", "magnitude_type", "extra")
        values = {name: getattr(record, name) for name in names}
        home = {"workspace": self.workspace, "catalog": self.catalog}
        return Event(**home, identity=identity, source_ref=record.source_ref[:600], **values)

    def _event_of(self, event_ref: str | None) -> tuple[int | None, str | None]:
        """Row and identity of the event that a record names."""
        return self._events.get(event_ref or "", (None, None))

    def add_station(self, record: StationRecord) -> None:
        values = {name: getattr(record, name) for name in ("latitude", "longitude", "elevation_m", "end", "site_name")}
        _, is_new = Station.objects.get_or_create(
            workspace=self.workspace,
            network_code=record.network_code,
            station_code=record.station_code,
            start=record.start,
            defaults=values,
        )
        self.repeated["new_stations"] += is_new

    # --- traces -------------------------------------------------------------------------------------------------------

    def add_trace(self, record: TraceRecord) -> None:
        """Holds a trace back while a file with another component of it may follow."""
        if len(record.channel_codes) >= 3 or record.time_is_relative:
            self._write_trace(record)
            return
        key = (record.network_code, record.station_code, record.location_code, record.instrument_code)
        waiting = self._pending.setdefault(key, [])
        for index, other in enumerate(waiting):
            joined = join_components(other, record)
            if joined is not None:
                if len(joined.channel_codes) >= 3:
                    waiting.pop(index)
                    self._write_trace(joined)
                else:
                    waiting[index] = joined
                return
        waiting.append(record)
        while sum(item.samples.nbytes for items in self._pending.values() for item in items) > PENDING_BYTES:
            first = next(name for name, items in self._pending.items() if items)
            self._write_trace(self._pending[first].pop(0))

    def _write_trace(self, record: TraceRecord) -> None:
        identity = trace_identity(record)
        if identity in self._new_traces or len(self._new_traces) >= TRACES_AT_ONCE:
            self._write_new_traces()
        existing = Trace.objects.filter(workspace=self.workspace, identity=identity, is_withdrawn=False).first()
        if existing is not None:
            if existing.catalog_id == self.catalog.pk and existing.source_ref == record.source_ref[:600]:
                self.n_traces += 1  # an attempt before this one had written it
            else:
                self.repeated["traces"] += 1
            self._traces[record.source_ref] = existing
            return
        self._report_quality(record)
        addresses = [self._writer.append(samples) for samples in record.samples]
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
                {"channel": code, "shard": address.shard, "offset": address.offset, "dead": dead, "gaps": [list(gap) for gap in gaps]}
                for code, address, dead, gaps in zip(
                    record.channel_codes, addresses, dead_components(record.samples), find_gaps(record.samples), strict=True
                )
            ],
        )
        self._new_traces[identity] = trace
        self._event_refs[identity] = record.event_ref
        self._traces[record.source_ref] = trace
        self.n_traces += 1

    def _write_new_traces(self) -> None:
        """Samples first and durable, then the rows that point to them."""
        if not self._new_traces:
            return
        self._writer.flush()
        self._write_events()
        for identity, trace in self._new_traces.items():
            trace.event_id = self._event_of(self._event_refs.pop(identity))[0]
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
        self._picks.append(record)
        if len(self._picks) >= PICKS_AT_ONCE:
            self._write_picks()

    @transaction.atomic
    def _write_picks(self) -> None:
        self._write_events()
        self._write_new_traces()
        by_identity: dict[str, PickRecord] = {}
        for record in self._picks:
            identity = pick_identity(record, self._event_of(record.event_ref)[1])
            if identity in by_identity:
                self._report_double(record, by_identity[identity].source_ref)
            else:
                by_identity[identity] = record
        self._picks = []
        known = Pick.objects.filter(workspace=self.workspace, is_withdrawn=False, identity__in=list(by_identity))
        for identity, catalog_id, source_ref in known.values_list("identity", "catalog_id", "source_ref"):
            record = by_identity.pop(identity)
            if catalog_id != self.catalog.pk:
                self.repeated["picks"] += 1
            elif source_ref != record.source_ref[:600]:
                self._report_double(record, source_ref)
            else:
                self.n_picks += 1
        picks = Pick.objects.bulk_create([self._pick(record, identity) for identity, record in by_identity.items()])
        PickRevision.objects.bulk_create(
            PickRevision(pick=pick, number=0, time=pick.time, phase_hint=pick.phase_hint, uncertainty_s=pick.uncertainty_s)
            for pick in picks
        )
        self.n_picks += len(picks)

    def _report_double(self, record: PickRecord, other: str) -> None:
        message = f"The same pick (codes, phase, time, reader and event) as {other}; it is taken once."
        self.report.add(Problem("double_row", message, record.source_ref, severity="warning"))

    def _pick(self, record: PickRecord, identity: str) -> Pick:
        values = {name: value for name, value in _shallow(record).items() if name in _SAME_FIELDS}
        values |= {
            "phase_hint": record.phase_hint[:16],
            "source_ref": record.source_ref[:600],
            "extra": {**record.extra, **_hints(record)},
        }
        trace = self._traces.get(record.trace_ref or "")
        if trace is not None and trace.time_is_relative:
            # The trace may be here since an earlier upload, under another placeholder hour.
            hour = trace.start_time
            values["time"] = hour + (record.time - record.time.replace(minute=0, second=0, microsecond=0))
        return Pick(
            workspace=self.workspace,
            catalog=self.catalog,
            event_id=self._event_of(record.event_ref)[0],
            trace=trace,
            identity=identity,
            unscored_reason="no_waveform" if trace is None else "awaiting_run",
            **values,
        )


def _hints(record: PickRecord) -> dict[str, object]:
    """What finding the trace needs later on, should the waveforms be uploaded after the picks."""
    hints: dict[str, object] = {}
    if record.waveform_files:
        hints["waveform_files"] = list(record.waveform_files)
    if record.trace_ref:
        hints["trace_ref"] = record.trace_ref
    return hints


def _shallow(record: PickRecord) -> dict[str, object]:
    return {field.name: getattr(record, field.name) for field in fields(record)}
