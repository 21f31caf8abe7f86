"""Picks become rows with their revision 0, by batches; what is in the workspace already is counted, not made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labeling.jobs.bulk_rows import insert_rows
from labeling.jobs.problem_sink import ProblemSink
from labeling.models import Catalog, Pick, PickRevision, Trace
from labeling.seismo.matching import pick_name, unknown_station
from labeling.seismo.records import PickRecord, Problem

# Columns that are taken over from the record as they are.
_AS_READ = (
    "network_code", "station_code", "location_code", "channel_code", "phase_hint", "time_is_relative", "uncertainty_s",
    "lower_uncertainty_s", "upper_uncertainty_s", "weight", "onset", "polarity", "evaluation_mode", "evaluation_status",
    "agency_id", "author", "method_id", "creation_time",
)  # fmt: skip
_MADE = (
    "source_ref", "identity", "time", "extra", "workspace_id", "catalog_id", "event_id", "trace_id", "unscored_reason", "unscored_message",
)  # fmt: skip
# What two rows may say differently and still be the same pick.
_NOT_IN_IDENTITY = ("uncertainty_s", "onset", "polarity", "evaluation_status")
_as_read = attrgetter(*_AS_READ)
_name_parts = attrgetter("network_code", "station_code", "location_code", "channel_code", "phase_hint")


class PlacedPick(NamedTuple):
    """A record with what the import knows of it: its identity, its event's row, the trace that it names, its time on that trace."""

    record: PickRecord
    identity: str
    event_id: int | None
    trace: Trace | None
    time: datetime

    @property
    def source_ref(self) -> str:
        return self.record.source_ref[:600]


class PickRows:
    """Writes the picks of one catalog. n_written: rows of it so far, those of an attempt that was killed included."""

    def __init__(self, catalog: Catalog, report: ProblemSink, repeated: Counter[str]) -> None:
        self._catalog = catalog
        self._report = report
        self._repeated = repeated
        self._stations_with_traces: frozenset[str] | None = None
        self._unknown: dict[tuple[Any, ...], str] = {}  # what is said of picks at stations without traces, by what a pick is called by
        self._may_be_known = False  # whether the batch before had picks that are here: one with none goes in without a look for each
        self.n_written = 0

    def write(self, picks: Sequence[PlacedPick]) -> None:
        """To be called in a transaction."""
        new: dict[str, PlacedPick] = {}
        for pick in picks:
            first = new.setdefault(pick.identity, pick)
            if first is not pick:
                self._report_double(pick, first.source_ref)
        if self._may_be_known:
            self._take_out_known(new)
        try:
            with transaction.atomic():
                self._insert(new.values())
        except IntegrityError:
            self._take_out_known(new)
            self._insert(new.values())
        self.n_written += len(new)

    def _take_out_known(self, new: dict[str, PlacedPick]) -> None:
        """Takes the picks that are here away from the new ones."""
        n_all = len(new)
        known = Pick.objects.filter(workspace=self._catalog.workspace_id, is_withdrawn=False, identity__in=list(new))
        columns = ("identity", "catalog_id", "source_ref", "revision", *_NOT_IN_IDENTITY)
        for there in known.values_list(*columns, named=True):
            pick = new.pop(there.identity)
            if there.catalog_id != self._catalog.pk:
                self._repeated["picks"] += 1
                self._report_other_values(pick, there)
            elif there.source_ref != pick.source_ref:
                self._report_double(pick, there.source_ref)
            else:
                self.n_written += 1
        self._may_be_known = len(new) < n_all

    def _insert(self, picks: Collection[PlacedPick]) -> None:
        if self._stations_with_traces is None and any(pick.trace is None and not pick.record.time_is_relative for pick in picks):
            # Traces that come later in this upload are no matter: their stations are looked at once more at the end.
            traces = Trace.objects.filter(workspace=self._catalog.workspace_id)
            self._stations_with_traces = frozenset(traces.order_by().values_list("station_code", flat=True).distinct())
        newest = Pick.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        insert_rows(Pick, (*_AS_READ, *_MADE), ((*_as_read(pick.record), *self._made(pick)) for pick in picks))
        _insert_first_revisions(self._catalog, after=newest)

    def _made(self, pick: PlacedPick) -> tuple[Any, ...]:
        """Cells of the columns `_MADE`."""
        trace_id = None if pick.trace is None else pick.trace.pk
        home = (self._catalog.workspace_id, self._catalog.pk, pick.event_id, trace_id)
        return (pick.source_ref, pick.identity, pick.time, _with_hints(pick.record), *home, *self._why_unscored(pick))

    def _why_unscored(self, pick: PlacedPick) -> tuple[str, str]:
        """What is known before picks look for their traces: by then most have no need to be read again."""
        if pick.trace is not None:
            return "awaiting_run", ""
        if pick.record.time_is_relative:
            return "no_waveform", f"{pick_name(pick.record)}: its trace is not among the uploaded files. Upload both together."[:300]
        if pick.record.station_code in (self._stations_with_traces or ()):
            return "no_waveform", ""
        name = _name_parts(pick.record)
        if name not in self._unknown:
            self._unknown[name] = unknown_station(pick.record).message[:300]
        return "unknown_station", self._unknown[name]

    def _report_other_values(self, pick: PlacedPick, there: Any) -> None:
        """What an upload says otherwise of a pick that is here and unchanged since. It is one row, so one of the two values stays."""
        values = [(name, getattr(pick.record, name), getattr(there, name)) for name in _NOT_IN_IDENTITY]
        differing = [(name, mine, theirs) for name, mine, theirs in values if mine not in (None, "", theirs) and theirs not in (None, "")]
        if not differing or there.revision:
            return
        self._repeated["pick_conflicts"] += 1
        told = ", ".join(f"{name} {mine} in this upload, {theirs} here" for name, mine, theirs in differing)
        message = f"{pick_name(pick.record)}: {told} ({there.source_ref}). What is here stays; if the other is right, say so in review."
        self._report.add(Problem("pick_conflict", message, pick.source_ref, severity="warning"))

    def _report_double(self, pick: PlacedPick, other: str) -> None:
        message = f"The same pick (codes, phase, time, reader and event) as {other}; it is taken once."
        self._report.add(Problem("double_row", message, pick.source_ref, severity="warning"))


def _insert_first_revisions(catalog: Catalog, *, after: int) -> None:
    """Revision 0 of every pick of the catalog whose id is above `after`."""
    pick, revision = (connection.ops.quote_name(model._meta.db_table) for model in (Pick, PickRevision))
    label = ", ".join(connection.ops.quote_name(name) for name in PickRevision.LABEL)
    statement = f"""
        INSERT INTO {revision} (pick_id, number, decision_id, created_at, {label})
        SELECT id, 0, NULL, %s, {label} FROM {pick} WHERE catalog_id = %s AND id > %s ORDER BY id
    """  # noqa: S608  names of the models
    with connection.cursor() as cursor:
        cursor.execute(statement, [connection.ops.adapt_datetimefield_value(timezone.now()), catalog.pk, after])


def _with_hints(record: PickRecord) -> dict[str, object]:
    """What has no column, and what finding the trace needs later on, should the waveforms be uploaded after the picks."""
    if not record.waveform_files and not record.trace_ref:
        return record.extra
    hints: dict[str, object] = {}
    if record.waveform_files:
        hints["waveform_files"] = list(record.waveform_files)
    if record.trace_ref:
        hints["trace_ref"] = record.trace_ref
    return {**record.extra, **hints}
