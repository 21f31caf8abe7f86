"""Finds the trace of every pick that has none in use: those of this import, and earlier ones that its waveforms may serve."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from labeling.jobs.bulk_rows import update_rows
from labeling.jobs.lease import Lease
from labeling.jobs.problem_sink import ProblemSink
from labeling.models import Catalog, Pick, Trace
from labeling.seismo.matching import Match, TraceSpan, Unmatched, match_pick
from labeling.seismo.phases import phase_family
from labeling.seismo.records import PickRecord, Problem

AWAITING_RUN = "awaiting_run"
NOT_FOR_SCORING = ("unknown_phase", "rejected_in_catalog")  # whatever its waveform
PICKS_AT_ONCE = 5000
_CHANGED = ("state", "trace_id", "unscored_reason", "unscored_message")
_READ = (
    "pk", "catalog_id", "trace_id", "unscored_reason", "unscored_message", "source_ref", "time", "phase_hint", "network_code",
    "station_code", "location_code", "channel_code", "evaluation_status", "extra",
)  # fmt: skip


def match_picks(catalog: Catalog, report: ProblemSink, lease: Lease) -> None:
    """Gives picks their trace or the reason why there is none, station by station.

    Stations without any trace are left out: their picks were given that reason when they were written. So were picks that name a trace
    which is not there.
    """
    without = Q(trace=None) | Q(trace__is_withdrawn=True)
    waiting = Pick.objects.active().filter(without, workspace=catalog.workspace, is_removed=False, time_is_relative=False)
    if not catalog.traces.exists():
        waiting = waiting.filter(catalog=catalog)  # nothing new for earlier ones
    # Withdrawn ones too: picks that lost theirs may have nothing at all by now.
    stations = Trace.objects.filter(workspace=catalog.workspace).order_by("station_code").values_list("station_code", flat=True).distinct()
    for station in stations:
        lease.beat_if_due(message=f"Finding the waveform of each pick: {station}")
        spans = _Spans(catalog, station)
        for picks in _pages(waiting.filter(station_code=station)):
            lease.beat_if_due()
            _match(picks, spans, catalog, report)
    _look_at_named(catalog)


def _pages(picks: QuerySet[Pick]) -> Iterator[list[Any]]:
    """The picks in order of time, some thousands at once: one station may have a million."""
    rest = picks
    while page := list(rest.order_by("time", "pk").values_list(*_READ, named=True)[:PICKS_AT_ONCE]):
        yield page
        last = page[-1]
        rest = picks.filter(time__gte=last.time).exclude(time=last.time, pk__lte=last.pk)


@transaction.atomic
def _match(picks: list[Any], spans: _Spans, catalog: Catalog, report: ProblemSink) -> None:
    changed = []
    for pick in picks:
        before = (pick.trace_id, pick.unscored_reason, pick.unscored_message)
        after = before
        record = _record(pick)
        answer = match_pick(record, spans.near(record))
        if isinstance(answer, Match):
            after = (int(answer.span.key), *_readiness(record))
            if answer.remark and pick.catalog_id == catalog.pk:
                report.add(Problem("channel_read_generously", answer.remark, pick.source_ref, severity="info"))
        elif pick.trace_id is None:  # a withdrawn trace stays until there is another, or restoring it would bring no pick back
            after = (None, answer.reason, answer.message[:300])
        if before != after:
            # One that lost its trace may have been scored before.
            changed.append((pick.pk, Pick.State.UNSCORED.value, *after))
    update_rows(Pick, _CHANGED, changed)


def _readiness(pick: PickRecord) -> tuple[str, str]:
    """Whether a pick that has its trace can be scored, and if not, why."""
    if not phase_family(pick.phase_hint):
        return "unknown_phase", f"{pick.phase_hint!r} is neither a P nor an S phase; networks score those two."
    if pick.evaluation_status == "rejected":
        return (
            "rejected_in_catalog",
            "Its own catalog rejects this pick (evaluation status). It is kept, and neither trained on nor scored.",
        )
    return AWAITING_RUN, ""


def _look_at_named(catalog: Catalog) -> None:
    """Picks that came with their trace may still lie outside of it, in a gap, or on a dead one."""
    named = catalog.picks.filter(trace__isnull=False, extra__has_key="trace_ref").select_related("trace")
    doubtful: list[tuple[object, ...]] = []
    for pick in named.iterator(chunk_size=2000):
        assert pick.trace is not None
        span = _span(pick.trace)
        # The form says which trace it is; only the time remains to be looked at.
        record = replace(_record(pick), network_code=None, location_code=None, channel_code=None, station_code=span.station_code)
        answer = match_pick(record, [span])
        if isinstance(answer, Unmatched):
            doubtful.append((pick.pk, pick.state, None, answer.reason, answer.message[:300]))
        elif (readiness := _readiness(record))[0] != AWAITING_RUN:
            doubtful.append((pick.pk, pick.state, pick.trace.pk, *readiness))
    with transaction.atomic():
        update_rows(Pick, _CHANGED, doubtful)


class _Spans:
    """The traces of one station, found by time."""

    def __init__(self, catalog: Catalog, station: str) -> None:
        traces = Trace.objects.filter(workspace=catalog.workspace, station_code=station, is_withdrawn=False, time_is_relative=False)
        self._spans = [_span(trace) for trace in traces.order_by("start_time")]
        self._starts = [span.start_time for span in self._spans]
        self._longest = max((span.end_time - span.start_time for span in self._spans), default=timedelta())

    def near(self, pick: PickRecord) -> list[TraceSpan]:
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


def _record(pick: Any) -> PickRecord:
    """What finding the trace looks at, of a pick or of a row of its columns."""
    return PickRecord(
        source_ref=pick.source_ref,
        time=pick.time,
        phase_hint=pick.phase_hint,
        station_code=pick.station_code,
        network_code=pick.network_code,
        location_code=pick.location_code,
        channel_code=pick.channel_code,
        evaluation_status=pick.evaluation_status,
        waveform_files=tuple(pick.extra.get("waveform_files", ())),
    )
