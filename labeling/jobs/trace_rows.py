"""Trace records become rows, and their samples part of the store, by batches; a trace that is in the workspace already is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from typing import Any

from django.db import transaction

from labeling.files import waveform_store
from labeling.jobs.event_rows import EventRows
from labeling.jobs.fitting_columns import is_believable
from labeling.jobs.identity import trace_identity
from labeling.jobs.lease import Lease
from labeling.jobs.named_traces import NamedTrace, NamedTraces
from labeling.jobs.problem_sink import ProblemSink
from labeling.models import Catalog, Trace
from labeling.seismo.quality import dead_components, find_gaps
from labeling.seismo.records import Problem, TraceRecord
from labeling.seismo.timing import iso, sample_to_time

TRACES_AT_ONCE = 200


class TraceRows:
    """Writes the traces of one catalog. n_written: rows of it so far, those of an attempt that was killed included.

    counts: gets `traces`, those that were here already or came twice. named: the traces of this upload by the names in their sources.
    """

    def __init__(self, catalog: Catalog, report: ProblemSink, lease: Lease, counts: Counter[str], events: EventRows) -> None:
        self._catalog, self._report, self._lease, self._counts, self._events = catalog, report, lease, counts, events
        self.named = NamedTraces()
        self.n_written = 0
        self._new: dict[str, Trace] = {}  # by identity, samples appended, rows not yet written
        self._event_refs: dict[str, tuple[int, str]] = {}  # of the same traces
        self._writer = waveform_store().writer()

    def add(self, source: int, record: TraceRecord) -> None:
        """source: number of the source that it comes from."""
        if not self._has_believable_times(record):
            return
        identity = trace_identity(record)
        if len(self._new) >= TRACES_AT_ONCE:
            self.write()
        trace = self._new.get(identity)
        if trace is not None:
            self._counts["traces"] += 1
        else:
            trace = self._known_trace(record, identity) or self._new_trace(source, record, identity)
        self.named.add(source, record.source_ref, NamedTrace(trace, record.start_time))

    def _has_believable_times(self, record: TraceRecord) -> bool:
        n_samples = record.samples.shape[1]
        try:
            end_time = sample_to_time(record.start_time, n_samples - 1, record.sampling_rate_hz)
            reason = "" if is_believable(record.start_time, end_time) else f"it would last until {iso(end_time)}"
        except ValueError as error:
            reason = str(error)
        if reason:
            message = f"The trace begins at {iso(record.start_time)}, and {reason}. Mend its start or its sampling rate."
            self._report.add(Problem("unreadable_trace", message, record.source_ref))
        return not reason

    def _known_trace(self, record: TraceRecord, identity: str) -> Trace | None:
        known = Trace.objects.filter(workspace=self._catalog.workspace_id, identity=identity, is_withdrawn=False).first()
        if known is None:
            return None
        if known.catalog_id == self._catalog.pk and known.source_ref == record.source_ref[:600]:
            self.n_written += 1  # an attempt before this one had written it
        else:
            self._counts["traces"] += 1
        return known

    def _new_trace(self, source: int, record: TraceRecord, identity: str) -> Trace:
        self._report_quality(record)
        places = self._places(record)
        n_samples = record.samples.shape[1]
        trace = Trace(
            workspace_id=self._catalog.workspace_id,
            catalog=self._catalog,
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
        self._new[identity] = trace
        self._event_refs[identity] = (source, record.event_ref or "")
        self.n_written += 1
        return trace

    def _places(self, record: TraceRecord) -> list[dict[str, Any]]:
        """Where each component's samples lie; they are written unless they stay in an archive."""
        if record.archive:
            return [{"archive": record.archive, "pieces": [list(astuple(piece)) for piece in pieces]} for pieces in record.pieces]
        addresses = [self._writer.append(samples) for samples in record.samples]
        return [{"shard": address.shard, "offset": address.offset} for address in addresses]

    @transaction.atomic
    def write(self) -> None:
        """Samples first and durable, then the rows that point to them."""
        if not self._new:
            return
        self._writer.flush()
        self._lease.write()
        self._events.write()
        for identity, trace in self._new.items():
            trace.event_id = self._events.named(*self._event_refs.pop(identity))[0]
        Trace.objects.bulk_create(self._new.values())
        self._new = {}

    def _report_quality(self, record: TraceRecord) -> None:
        for code, dead in zip(record.channel_codes, dead_components(record.samples), strict=True):
            if not dead:
                continue
            message = f"{code} never changes in this trace: a dead component. It is kept and masked."
            self._report.add(Problem("dead_component", message, record.source_ref, severity="warning"))
        if any(find_gaps(record.samples)):
            message = "The trace has gaps. They are kept as gaps; picks in them are not scored."
            self._report.add(Problem("gap", message, record.source_ref, severity="warning"))

    def close(self) -> None:
        self.write()
        self._writer.close()
