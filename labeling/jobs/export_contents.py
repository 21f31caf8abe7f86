"""What a snapshot holds, in the form that every writer takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from django.db.models import Q, QuerySet

from labeling.jobs.lease import JobFailed
from labeling.jobs.rows_in_blocks import rows_in_blocks
from labeling.models import Decision, Event, Flag, Pick, PickRevision, Snapshot, SnapshotPick, Station, Trace
from labeling.models.waveforms import StationEpochs
from labeling.seismo.formats.export_rows import CORRECTED, ExportEvent, ExportPick, ExportTrace, PickStatus
from labeling.seismo.records import EventRecord, FloatArray, PickRecord, StationRecord
from labeling.trace_samples import read_trace
from labeling.waveform_store import StoreProblem

AT_ONCE = 1000
EVENTS_AT_ONCE = 100  # with all their picks
TRACES_AT_ONCE = 500  # with some two picks each, which are read by AT_ONCE
_RECORD_FIELDS = [
    field.name for field in fields(PickRecord) if field.name in {column.name for column in Pick._meta.get_fields()} - {"extra"}
]
_EVENT_FIELDS = [field.name for field in fields(EventRecord) if field.name != "source_ref"]
_STATION_FIELDS = [field.name for field in fields(StationRecord) if field.name != "source_ref"]
_READ_OF_PICKS = ("snapshot", "pick__trace", "pick__event", "pick__extra", "pick__is_added", *(f"pick__{name}" for name in _RECORD_FIELDS))
_READ_OF_REVISIONS = ("revision__pick", "revision__number", *(f"revision__{name}" for name in PickRevision.LABEL))
_HINTS = {"trace_ref", "waveform_files"}  # notes of the import on where to look for a trace
_IS_NOISE = Q(extra__trace_category__iexact="noise")

Item = TypeVar("Item")


class SnapshotContents:
    """Events, traces and picks of one snapshot, each read in batches."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._trace_keys = _told_apart(self._traces().order_by("pk").values_list("pk", "source_ref"))
        self._event_ids = _told_apart(self._events().order_by("pk").values_list("pk", "source_ref"))

    def events(self) -> dict[str, ExportEvent]:
        """By event id; those of the traces too."""
        return {
            self._event_ids[event.pk]: self._export_event(event) for block in rows_in_blocks(self._events(), AT_ONCE) for event in block
        }

    def traces(self) -> Iterator[tuple[ExportTrace, list[ExportPick]]]:
        """Each trace with its picks, in the order of time."""
        stations = Station.objects.filter(workspace_id=self.snapshot.workspace_id).epochs()
        for block in rows_in_blocks(self._traces().order_by("start_time", "pk"), TRACES_AT_ONCE):
            on_trace: dict[int, list[ExportPick]] = {trace.pk: [] for trace in block}
            for row, pick in self._exported(self._rows().filter(pick__trace__in=block)):
                assert row.pick.trace_id is not None
                on_trace[row.pick.trace_id].append(pick)
            for trace in block:
                yield self._export_trace(trace, on_trace[trace.pk], stations), on_trace[trace.pk]

    def picks(self) -> Iterator[ExportPick]:
        """All picks, in the order of time."""
        yield from (pick for _, pick in self._exported(self._rows()))

    def picks_without_trace(self) -> Iterator[ExportPick]:
        yield from (pick for _, pick in self._exported(self._rows().filter(pick__trace=None)))

    def events_with_picks(self) -> Iterator[tuple[ExportEvent | None, list[ExportPick]]]:
        """Each event with its picks, and last, block by block, those that belong to none."""
        events = Event.objects.filter(pk__in=self.snapshot.picks.values("pick__event_id")).order_by("origin_time", "pk")
        for block in rows_in_blocks(events, EVENTS_AT_ONCE):
            of_event: dict[int, list[ExportPick]] = {event.pk: [] for event in block}
            for row, pick in self._exported(self._rows().filter(pick__event__in=block)):
                assert row.pick.event_id is not None
                of_event[row.pick.event_id].append(pick)
            yield from ((self._export_event(event), of_event[event.pk]) for event in block)
        without = (pick for _, pick in self._exported(self._rows().filter(pick__event=None)))
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
        return sorted(names - _HINTS)

    def n_events_left_out(self) -> int:
        """Events that have no pick in the snapshot."""
        with_picks = self.snapshot.picks.filter(pick__event__isnull=False).values("pick__event_id")
        return Event.objects.filter(self._beside()).exclude(pk__in=with_picks).count()

    def n_traces_left_out(self) -> int:
        """Traces that have no pick in the snapshot and are not called noise."""
        with_picks = self.snapshot.picks.filter(pick__trace__isnull=False).values("pick__trace_id")
        without = Trace.objects.filter(self._beside()).exclude(pk__in=with_picks)
        return without.count() - without.filter(_IS_NOISE).count()  # ~_IS_NOISE is unknown, not true, where no category is given

    def _rows(self) -> QuerySet[SnapshotPick]:
        return self.snapshot.picks.order_by("revision__time", "pick_id")

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

    def _export_trace(self, trace: Trace, picks: list[ExportPick], stations: StationEpochs) -> ExportTrace:
        station = stations.at(trace.network_code, trace.station_code, None if trace.time_is_relative else trace.start_time)
        of_picks = next((pick.record.event_ref for pick in picks if pick.record.event_ref), None)
        return ExportTrace(
            trace_key=self._trace_keys[trace.pk],
            network_code=trace.network_code,
            station_code=trace.station_code,
            location_code=trace.location_code,
            channel_codes=tuple(trace.channel_codes),
            start_time=trace.start_time,
            sampling_rate_hz=trace.sampling_rate_hz,
            read_samples=partial(_read, trace),
            event_id=self._event_ids[trace.event_id] if trace.event_id else of_picks,
            time_is_relative=trace.time_is_relative,
            station=_station_record(station) if station else None,
            category=trace.extra.get("trace_category", ""),
            split=trace.extra.get("split", ""),
        )

    def _exported(self, rows: QuerySet[SnapshotPick]) -> Iterator[tuple[SnapshotPick, ExportPick]]:
        read = SnapshotPick.objects.select_related("pick", "revision").only(*_READ_OF_PICKS, *_READ_OF_REVISIONS)
        for block in rows_in_blocks(rows, AT_ONCE, read=read):
            ids = [row.pick_id for row in block]
            revised = [row.pick_id for row in block if row.revision.number > 0]
            originals = {revision.pick_id: revision for revision in PickRevision.objects.filter(pick_id__in=revised, number=0)}
            decisions, flags = self._decisions_on(ids), self._flags_on(ids)
            for row in block:
                original = originals.get(row.pick_id, row.revision)
                yield row, self._export_pick(row, original, decisions.get(row.pick_id), flags.get(row.pick_id))

    def _decisions_on(self, pick_ids: list[int]) -> dict[int, Decision]:
        """By pick, the decision that made it what it is in the snapshot; where none did, the last that left it as it was."""
        standing = Decision.objects.standing_at(self.snapshot.created_at)
        left = standing.filter(pick_id__in=pick_ids).exclude(kind=Decision.Kind.ADD)  # which made another pick
        decisions = {decision.pick_id: decision for decision in left.select_related("analyst").order_by("pk")}
        made = PickRevision.objects.filter(pick_id__in=pick_ids, decision__in=standing.filter(revisions__pick_id__in=pick_ids))
        for revision in made.select_related("decision__analyst").order_by("number"):
            assert revision.decision is not None
            decisions[revision.pick_id] = revision.decision
        return decisions

    def _flags_on(self, pick_ids: list[int]) -> dict[int, Flag]:
        """By pick, the verdict of the newest run on this snapshot or on one before it."""
        judged = Flag.objects.filter(pick_id__in=pick_ids, flag_set__snapshot__number__lte=self.snapshot.number)
        judged = judged.select_related("flag_set").defer("posterior", "alignment", "evidence").order_by("flag_set_id")
        return {flag.pick_id: flag for flag in judged}

    def _export_pick(self, row: SnapshotPick, original: PickRevision, decision: Decision | None, flag: Flag | None) -> ExportPick:
        pick = row.pick
        status = _status(pick, original, row.revision)
        return ExportPick(
            record=self._record(row, original, status),
            pick_id=str(pick.pk),
            status=status,
            original_time=None if pick.is_added else original.time,
            original_phase_hint="" if pick.is_added else original.phase_hint,
            decision=decision.kind if decision else "",
            analyst=decision.analyst.get_username() if decision else "",
            decided_at=decision.made_at if decision else None,
            reason=decision.reason if decision else "",
            run=flag.flag_set.run_name if flag else "",
            checkpoint_sha256=" ".join(flag.flag_set.provenance.get("checkpoints_sha256", [])) if flag else "",
            p_mislabelled=flag.p_mislabelled if flag else None,
            trace_key=self._trace_keys[pick.trace_id] if pick.trace_id else None,
        )

    def _record(self, row: SnapshotPick, original: PickRevision, status: PickStatus) -> PickRecord:
        pick, revision = row.pick, row.revision
        values = {name: getattr(pick, name) for name in _RECORD_FIELDS}
        values |= {name: getattr(revision, name) for name in PickRevision.LABEL if name != "is_removed"}
        values["event_ref"] = self._event_ids[pick.event_id] if pick.event_id else None
        values["extra"] = {name: value for name, value in pick.extra.items() if name not in _HINTS}
        if (revision.time, revision.uncertainty_s) != (original.time, original.uncertainty_s):
            values |= {"lower_uncertainty_s": None, "upper_uncertainty_s": None}  # they are of the old reading
        if status in CORRECTED:
            values |= {"evaluation_mode": "manual", "evaluation_status": "reviewed"}
        return PickRecord(**values)


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


def _station_record(station: Station) -> StationRecord:
    values = {name: getattr(station, name) for name in _STATION_FIELDS}
    return StationRecord(source_ref="", **values)


def _read(trace: Trace) -> FloatArray:
    try:
        return read_trace(trace)
    except StoreProblem as problem:
        raise JobFailed(f"{trace}: {problem}") from None


def _status(pick: Pick, original: PickRevision, revision: PickRevision) -> PickStatus:
    if revision.is_removed:
        return "removed"
    if pick.is_added:
        return "added"
    if revision.phase_hint != original.phase_hint:
        return "phase_changed"
    if revision.time != original.time:
        return "moved"
    is_same = all(getattr(revision, name) == getattr(original, name) for name in PickRevision.LABEL)
    return "kept" if is_same else "described"
