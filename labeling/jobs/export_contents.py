"""What a snapshot holds, in the form that every writer takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from itertools import islice

from django.db.models import QuerySet

from labeling.files import waveform_store
from labeling.models import Decision, Event, Flag, Pick, PickRevision, Snapshot, SnapshotPick, Station, Trace
from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, ExportTrace, PickStatus
from labeling.seismo.records import EventRecord, FloatArray, PickRecord, StationRecord
from labeling.waveform_store import Address

AT_ONCE = 1000
_RECORD_FIELDS = [
    field.name for field in fields(PickRecord) if field.name in {column.name for column in Pick._meta.get_fields()} - {"extra"}
]


class SnapshotContents:
    """Events, traces and picks of one snapshot, each read in batches."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._keys = self._trace_keys()

    def events(self) -> dict[str, ExportEvent]:
        """By event id."""
        rows = Event.objects.filter(pk__in=self.snapshot.picks.filter(pick__event__isnull=False).values("pick__event_id"))
        return {event.source_ref: ExportEvent(event.source_ref, _event_record(event)) for event in rows.order_by("origin_time", "pk")}

    def traces(self) -> Iterator[tuple[ExportTrace, list[ExportPick]]]:
        """Each trace with its picks, by event, so that what belongs together stands together."""
        stations = self._stations()
        traces = Trace.objects.filter(pk__in=self._keys).select_related("event").order_by("start_time", "pk").iterator(chunk_size=AT_ONCE)
        while chunk := list(islice(traces, AT_ONCE)):
            on_trace: dict[int, list[ExportPick]] = {}
            rows = self._rows().filter(pick__trace__in=chunk).order_by("revision__time", "pick_id")
            for row, pick in self._exported(list(rows)):
                assert row.pick.trace_id is not None
                on_trace.setdefault(row.pick.trace_id, []).append(pick)
            for trace in chunk:
                yield self._export_trace(trace, on_trace[trace.pk], stations), on_trace[trace.pk]

    def picks(self) -> Iterator[ExportPick]:
        """All picks, in the order of time."""
        yield from self._in_batches(self._rows().order_by("pick__time", "pick_id"))

    def picks_without_trace(self) -> Iterator[ExportPick]:
        yield from self._in_batches(self._rows().filter(pick__trace=None).order_by("pick__time", "pick_id"))

    def events_with_picks(self) -> Iterator[tuple[ExportEvent | None, list[ExportPick]]]:
        """Each event with its picks, and last those that belong to none."""
        events = Event.objects.in_bulk(
            list(self.snapshot.picks.exclude(pick__event=None).values_list("pick__event_id", flat=True).distinct())
        )
        for event_id in sorted(events, key=lambda pk: (str(events[pk].origin_time), pk)):
            of_event = self._rows().filter(pick__event_id=event_id).order_by("revision__time", "pick_id")
            yield ExportEvent(events[event_id].source_ref, _event_record(events[event_id])), list(self._in_batches(of_event))
        without = list(self._in_batches(self._rows().filter(pick__event=None).order_by("revision__time", "pick_id")))
        if without:
            yield None, without

    def decisions(self) -> Iterator[Decision]:
        """All decisions on the snapshot's picks up to its freezing, skips, conflicting and undone ones too, in order."""
        picks = self.snapshot.picks.values("pick_id")
        made = Decision.objects.filter(pick_id__in=picks, made_at__lte=self.snapshot.created_at)
        return made.select_related("pick", "analyst", "flag__flag_set").order_by("pk").iterator(chunk_size=AT_ONCE)

    def _rows(self) -> QuerySet[SnapshotPick]:
        return self.snapshot.picks.select_related("pick__event", "revision")

    def _trace_keys(self) -> dict[int, str]:
        """Names of the traces, by row; a name that two traces have is told apart."""
        ids = self.snapshot.picks.filter(pick__trace__isnull=False).values("pick__trace_id")
        keys: dict[int, str] = {}
        taken: set[str] = set()
        for pk, name in Trace.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "source_ref"):
            key = name if name not in taken else f"{name}#{pk}"
            keys[pk] = key
            taken.add(key)
        return keys

    def _export_trace(self, trace: Trace, picks: list[ExportPick], stations: dict[tuple[str | None, str], StationRecord]) -> ExportTrace:
        of_picks = next((pick.record.event_ref for pick in picks if pick.record.event_ref), None)
        return ExportTrace(
            trace_key=self._keys[trace.pk],
            network_code=trace.network_code,
            station_code=trace.station_code,
            location_code=trace.location_code,
            channel_codes=tuple(trace.channel_codes),
            start_time=trace.start_time,
            sampling_rate_hz=trace.sampling_rate_hz,
            read_samples=partial(_read, trace),
            event_id=trace.event.source_ref if trace.event else of_picks,
            time_is_relative=trace.time_is_relative,
            station=stations.get((trace.network_code, trace.station_code)),
        )

    def _in_batches(self, rows: QuerySet[SnapshotPick]) -> Iterator[ExportPick]:
        found = rows.iterator(chunk_size=AT_ONCE)
        while chunk := list(islice(found, AT_ONCE)):
            yield from (pick for _, pick in self._exported(chunk))

    def _exported(self, rows: list[SnapshotPick]) -> Iterator[tuple[SnapshotPick, ExportPick]]:
        ids = [row.pick_id for row in rows]
        originals = {revision.pick_id: revision for revision in PickRevision.objects.filter(pick_id__in=ids, number=0)}
        decisions: dict[int, Decision] = {}
        made = Decision.objects.filter(pick_id__in=ids, made_at__lte=self.snapshot.created_at, is_conflicting=False, undone_by=None)
        for decision in (
            made.exclude(kind__in=[Decision.Kind.SKIP, Decision.Kind.UNDO]).select_related("analyst", "flag__flag_set").order_by("pk")
        ):
            decisions[decision.pick_id] = decision
        flags = {}
        judged = Flag.objects.filter(pick_id__in=ids, flag_set__created_at__lte=self.snapshot.created_at)
        for flag in judged.select_related("flag_set").defer("posterior", "alignment", "evidence").order_by("flag_set_id"):
            flags[flag.pick_id] = flag
        for row in rows:
            key = self._keys.get(row.pick.trace_id) if row.pick.trace_id else None
            yield row, _export_pick(row, originals[row.pick_id], decisions.get(row.pick_id), flags.get(row.pick_id), key)

    def _stations(self) -> dict[tuple[str | None, str], StationRecord]:
        names = ("network_code", "station_code", "latitude", "longitude", "elevation_m", "start", "end", "site_name")
        rows = Station.objects.filter(workspace_id=self.snapshot.workspace_id).order_by("start")
        return {(row["network_code"], row["station_code"]): StationRecord(source_ref="", **row) for row in rows.values(*names).iterator()}


def _read(trace: Trace) -> FloatArray:
    addresses = [Address(channel["shard"], channel["offset"], trace.n_samples) for channel in trace.channels]
    return waveform_store().read_many(addresses)


def _event_record(event: Event) -> EventRecord:
    names = ("source_ref", "origin_time", "latitude", "longitude", "depth_km", "magnitude", "magnitude_type", "extra")
    return EventRecord(**{name: getattr(event, name) for name in names})


def _export_pick(
    row: SnapshotPick, original: PickRevision, decision: Decision | None, flag: Flag | None, trace_key: str | None
) -> ExportPick:
    pick, revision = row.pick, row.revision
    values = {name: getattr(pick, name) for name in _RECORD_FIELDS}
    values |= {"time": revision.time, "phase_hint": revision.phase_hint, "uncertainty_s": revision.uncertainty_s}
    values["event_ref"] = pick.event.source_ref if pick.event else None
    status = _status(pick, original, revision)
    if revision.number > 0 and status in ("moved", "phase_changed"):
        values |= {"evaluation_mode": "manual", "evaluation_status": "reviewed"}
    judged_by = decision.flag if decision is not None and decision.flag is not None else flag
    provenance = judged_by.flag_set.provenance if judged_by else {}
    return ExportPick(
        record=PickRecord(**values),
        pick_id=str(pick.pk),
        status=status,
        original_time=None if pick.is_added else original.time,
        original_phase_hint="" if pick.is_added else original.phase_hint,
        decision=decision.kind if decision else "",
        analyst=decision.analyst.get_username() if decision else "",
        decided_at=decision.made_at if decision else None,
        reason=decision.reason if decision else "",
        run=judged_by.flag_set.run_name if judged_by else "",
        checkpoint_sha256=" ".join(provenance.get("checkpoints_sha256", [])),
        p_mislabelled=judged_by.p_mislabelled if judged_by else None,
        trace_key=trace_key,
    )


def _status(pick: Pick, original: PickRevision, revision: PickRevision) -> PickStatus:
    if revision.is_removed:
        return "removed"
    if pick.is_added:
        return "added"
    if revision.phase_hint != original.phase_hint:
        return "phase_changed"
    return "moved" if revision.time != original.time else "kept"
