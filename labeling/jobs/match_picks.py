"""Finds the trace of every pick that has none in use: those of this import, and earlier ones that its waveforms may serve."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q

from labeling.jobs.import_rows import ProblemSink
from labeling.jobs.lease import Lease
from labeling.models import Catalog, Pick, Trace
from labeling.seismo.matching import Match, TraceSpan, Unmatched, match_pick
from labeling.seismo.records import PickRecord, Problem

AWAITING_RUN = "awaiting_run"
NOT_FOR_SCORING = ("unknown_phase", "rejected_in_catalog")  # whatever its waveform
_RECORD_FIELDS = [
    field.name for field in fields(PickRecord) if field.name in {column.name for column in Pick._meta.get_fields()} - {"extra"}
]


def match_picks(catalog: Catalog, report: ProblemSink, lease: Lease) -> None:
    """Gives picks their trace or the reason why there is none, station by station. Reports those of this catalog that have none."""
    without = Q(trace=None) | Q(trace__is_withdrawn=True)
    waiting = Pick.objects.active().filter(without, workspace=catalog.workspace, is_removed=False)
    if not catalog.traces.exists():
        waiting = waiting.filter(catalog=catalog)  # nothing new for earlier ones
    for station in waiting.values_list("station_code", flat=True).distinct().order_by("station_code"):
        lease.beat_if_due(message=f"Finding the waveform of each pick: {station}")
        picks = list(waiting.filter(station_code=station).order_by("time"))
        _match_station(picks, _Spans(catalog, station), catalog, report)
    _look_at_named(catalog, report)


@transaction.atomic
def _match_station(picks: Sequence[Pick], spans: _Spans, catalog: Catalog, report: ProblemSink) -> None:
    changed = []
    for pick in picks:
        if pick.time_is_relative and pick.unscored_message:
            continue  # its own upload said why; another upload can't say more
        before = (pick.trace_id, pick.unscored_reason, pick.unscored_message)
        if pick.time_is_relative:
            answer: Match | Unmatched = Unmatched(
                "no_waveform", f"{pick}: its trace is not among the uploaded files. Upload both together."
            )
        else:
            answer = match_pick(_record(pick), spans.near(pick))
        is_new = pick.catalog_id == catalog.pk
        if isinstance(answer, Match):
            pick.state, pick.trace_id = Pick.State.UNSCORED, int(answer.span.key)
            pick.unscored_reason, pick.unscored_message = _readiness(pick)
            if answer.remark and is_new:
                report.add(Problem("channel_read_generously", answer.remark, pick.source_ref, severity="info"))
            if pick.unscored_reason != AWAITING_RUN and is_new:
                report.add(Problem(pick.unscored_reason, pick.unscored_message, pick.source_ref, severity="warning"))
        elif pick.trace_id is None:  # a withdrawn trace stays until there is another, or restoring it would bring no pick back
            pick.unscored_reason, pick.unscored_message = answer.reason, answer.message[:300]
            if is_new:
                report.add(Problem(answer.reason, answer.message, pick.source_ref, severity="warning"))
        if before != (pick.trace_id, pick.unscored_reason, pick.unscored_message):
            changed.append(pick)
    _save(changed)


def _save(picks: Sequence[Pick]) -> None:
    """Writes what finding the trace changes. `bulk_update` says it as one long CASE, and took two thirds of an import of picks."""
    columns = ("state", "trace_id", "unscored_reason", "unscored_message")
    quoted = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
    table, key = connection.ops.quote_name(Pick._meta.db_table), connection.ops.quote_name("id")
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {quoted} WHERE {key} = %s",  # noqa: S608  names from the model, values as parameters
            [(pick.state, pick.trace_id, pick.unscored_reason, pick.unscored_message, pick.pk) for pick in picks],
        )


def _readiness(pick: Pick) -> tuple[str, str]:
    """Whether a pick that has its trace can be scored, and if not, why."""
    if not pick.phase:
        return "unknown_phase", f"{pick.phase_hint!r} is neither a P nor an S phase; networks score those two."
    if pick.evaluation_status == "rejected":
        return (
            "rejected_in_catalog",
            "Its own catalog rejects this pick (evaluation status). It is kept, and neither trained on nor scored.",
        )
    return AWAITING_RUN, ""


def _look_at_named(catalog: Catalog, report: ProblemSink) -> None:
    """Picks that came with their trace may still lie outside of it, in a gap, or on a dead one."""
    named = catalog.picks.filter(trace__isnull=False, extra__has_key="trace_ref").select_related("trace")
    doubtful = []
    for pick in named.iterator(chunk_size=2000):
        assert pick.trace is not None
        span = _span(pick.trace)
        # The form says which trace it is; only the time remains to be looked at.
        record = replace(_record(pick), network_code=None, location_code=None, channel_code=None, station_code=span.station_code)
        answer = match_pick(record, [span])
        reason, message = _readiness(pick) if isinstance(answer, Match) else (answer.reason, answer.message)
        if reason == AWAITING_RUN:
            continue
        pick.unscored_reason, pick.unscored_message = reason, message[:300]
        if isinstance(answer, Unmatched):
            pick.trace = None
        doubtful.append(pick)
        report.add(Problem(reason, message, pick.source_ref, severity="warning"))
    _save(doubtful)


class _Spans:
    """The traces of one station, found by time."""

    def __init__(self, catalog: Catalog, station: str) -> None:
        traces = Trace.objects.filter(workspace=catalog.workspace, station_code=station, is_withdrawn=False, time_is_relative=False)
        self._spans = [_span(trace) for trace in traces.order_by("start_time")]
        self._starts = [span.start_time for span in self._spans]
        self._longest = max((span.end_time - span.start_time for span in self._spans), default=timedelta())

    def near(self, pick: Pick) -> list[TraceSpan]:
        """Every span that could hold the pick, and the neighbours on either side, for the reason where none does."""
        first = bisect_left(self._starts, pick.time - self._longest)
        last = bisect_right(self._starts, pick.time)
        return self._spans[max(0, first - 1) : last + 1]


def _span(trace: Trace) -> TraceSpan:
    return TraceSpan(
        key=trace.pk,
        network_code=trace.network_code,
        station_code=trace.station_code,
        location_code=trace.location_code,
        instrument_code=trace.instrument_code,
        channel_codes=tuple(trace.channel_codes),
        start_time=trace.start_time,
        end_time=trace.end_time,
        sampling_rate_hz=trace.sampling_rate_hz,
        gaps={channel["channel"]: [(start, end) for start, end in channel["gaps"]] for channel in trace.channels},
        dead_channel_codes=tuple(channel["channel"] for channel in trace.channels if channel["dead"]),
        source_file=trace.source_file,
    )


def _record(pick: Pick) -> PickRecord:
    values = {name: getattr(pick, name) for name in _RECORD_FIELDS}
    return PickRecord(**values, waveform_files=tuple(pick.extra.get("waveform_files", ())))
