"""The picks of a snapshot in the form that every writer takes, read as values: a model instance for each costs more than all the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from labeling.jobs.plain_columns import json_of, plain, time_of
from labeling.jobs.rows_in_blocks import any_of, keys_in_blocks
from labeling.models import Decision, Flag, FlagSet, Pick, PickRevision, Snapshot, SnapshotPick
from labeling.seismo.formats.export_rows import CORRECTED, ExportPick, PickStatus
from labeling.seismo.records import PickRecord

AT_ONCE = 1000
_LABEL = PickRevision.LABEL
OF_PICK = (
    "source_ref", "network_code", "station_code", "location_code", "channel_code", "time_is_relative", "lower_uncertainty_s",
    "upper_uncertainty_s", "evaluation_mode", "evaluation_status", "agency_id", "author", "method_id", "creation_time", "extra",
)  # fmt: skip
_READ = (
    "pick_id", "pick__trace_id", "pick__event_id", plain(Pick, "is_added", "pick__"), "revision__number",
    *(plain(PickRevision, name, "revision__") for name in _LABEL), *(plain(Pick, name, "pick__") for name in OF_PICK),
)  # fmt: skip
_N_ABOUT = 5
HINTS = {"trace_ref", "waveform_files"}  # notes of the import on where to look for a trace


class _Label(NamedTuple):
    """What a revision says, in the order of PickRevision.LABEL."""

    time: datetime
    phase_hint: str
    uncertainty_s: float | None
    weight: int | None
    onset: Any
    polarity: Any
    is_removed: bool


class _Verdict(NamedTuple):
    run_name: str
    checkpoints: str
    p_mislabelled: float


class SnapshotPicks:
    """Picks of one snapshot. trace_keys, event_ids: under which names its traces and events go, by row."""

    def __init__(self, snapshot: Snapshot, trace_keys: Mapping[int, str], event_ids: Mapping[int, str]) -> None:
        self._snapshot = snapshot
        self._trace_keys = trace_keys
        self._event_ids = event_ids
        self._standing = Decision.objects.filter(workspace_id=snapshot.workspace_id).standing_at(snapshot.created_at)
        self._decided = self._decided_ids()
        self._runs = self._runs_until_now()

    def rows(self) -> QuerySet[SnapshotPick]:
        """All of them in the order of time, to be filtered."""
        return self._snapshot.picks.order_by("revision__time", "pick_id")

    def among(self, picks: QuerySet[Pick]) -> list[ExportPick]:
        """Those of a few picks, in the order of time."""
        # By a join instead, SQLite walks the whole snapshot for each few.
        return self.at_once(self.rows().filter(pick__in=picks.order_by().values("pk")))

    def each(self, rows: QuerySet[SnapshotPick]) -> Iterator[ExportPick]:
        """However many there are, read block by block in the order of `rows`."""
        for keys in keys_in_blocks(rows, AT_ONCE):
            yield from self.at_once(self.rows().filter(pk__in=any_of(keys)))

    def at_once(self, rows: QuerySet[SnapshotPick]) -> list[ExportPick]:
        """All that are asked for, in the order of `rows`."""
        read: list[Any] = list(rows.values_list(*_READ))
        originals = self._originals(row[0] for row in read if row[_N_ABOUT - 1] > 0)
        ids = [row[0] for row in read]
        decisions, verdicts = self._decisions_on(ids), self._verdicts_on(ids)
        return [self._export_pick(row, originals.get(row[0]), decisions.get(row[0]), verdicts.get(row[0])) for row in read]

    def _originals(self, pick_ids: Iterable[int]) -> dict[int, _Label]:
        """What was imported, by pick."""
        wanted = list(pick_ids)
        if not wanted:
            return {}
        found = PickRevision.objects.filter(pick_id__in=any_of(wanted), number=0).order_by().values_list("pick_id", *_LABEL)
        return {pick_id: _Label(*label) for pick_id, *label in found}

    def _decided_ids(self) -> set[int]:
        """Picks that a decision was taken on, or that one made."""
        ids = set(self._standing.order_by().values_list("pick_id", flat=True).iterator(chunk_size=10_000))
        made = PickRevision.objects.filter(decision__in=self._standing.order_by()).order_by()
        return ids.union(made.values_list("pick_id", flat=True).iterator(chunk_size=10_000))

    def _decisions_on(self, pick_ids: list[int]) -> dict[int, Decision]:
        """By pick, the decision that made it what it is in the snapshot; where none did, the last that left it as it was."""
        decided = [pick_id for pick_id in pick_ids if pick_id in self._decided]
        if not decided:
            return {}
        left = self._standing.filter(pick_id__in=any_of(decided)).exclude(kind=Decision.Kind.ADD)  # which made another pick
        decisions = {decision.pick_id: decision for decision in left.select_related("analyst").order_by("pk")}
        standing = self._standing.filter(revisions__pick_id__in=any_of(decided))
        made = PickRevision.objects.filter(pick_id__in=any_of(decided), decision__in=standing)
        for revision in made.select_related("decision__analyst").order_by("number"):
            assert revision.decision is not None
            decisions[revision.pick_id] = revision.decision
        return decisions

    def _runs_until_now(self) -> dict[int, tuple[str, str]]:
        """Name and checkpoints of the runs on this snapshot and on those before it, by flag set, the oldest first."""
        judged = FlagSet.objects.filter(workspace_id=self._snapshot.workspace_id, snapshot__number__lte=self._snapshot.number)
        return {
            pk: (name, " ".join(provenance.get("checkpoints_sha256", [])))
            for pk, name, provenance in judged.order_by("pk").values_list("pk", "run_name", "provenance")
        }

    def _verdicts_on(self, pick_ids: list[int]) -> dict[int, _Verdict]:
        """By pick, the verdict of the newest of those runs."""
        if not self._runs:
            return {}
        judged = Flag.objects.filter(pick_id__in=any_of(pick_ids), flag_set_id__in=any_of(list(self._runs)))
        found = judged.order_by("flag_set_id").values_list("pick_id", "flag_set_id", "p_mislabelled")
        return {pick_id: _Verdict(*self._runs[run], p_mislabelled) for pick_id, run, p_mislabelled in found}

    def _export_pick(self, row: Any, original: _Label | None, decision: Decision | None, verdict: _Verdict | None) -> ExportPick:
        pick_id, trace_id, event_id, is_added, _ = row[:_N_ABOUT]
        time, *said, is_removed = row[_N_ABOUT : _N_ABOUT + len(_LABEL)]
        label = _Label._make((time_of(time), *said, bool(is_removed)))
        original = original or label
        status = _status(is_added, original, label)
        return ExportPick(
            record=_record(row[_N_ABOUT + len(_LABEL) :], label, original, status, self._event_ids[event_id] if event_id else None),
            pick_id=str(pick_id),
            status=status,
            original_time=None if is_added else original.time,
            original_phase_hint="" if is_added else original.phase_hint,
            decision=decision.kind if decision else "",
            analyst=decision.analyst.get_username() if decision else "",
            decided_at=decision.made_at if decision else None,
            reason=decision.reason if decision else "",
            run=verdict.run_name if verdict else "",
            checkpoint_sha256=verdict.checkpoints if verdict else "",
            p_mislabelled=verdict.p_mislabelled if verdict else None,
            trace_key=self._trace_keys[trace_id] if trace_id else None,
        )


def _record(of_pick: Any, label: _Label, original: _Label, status: PickStatus, event_ref: str | None) -> PickRecord:
    """of_pick: values of OF_PICK."""
    (
        source_ref, network_code, station_code, location_code, channel_code, time_is_relative, lower_uncertainty_s, upper_uncertainty_s,
        evaluation_mode, evaluation_status, agency_id, author, method_id, creation_time, extra,
    ) = of_pick  # fmt: skip
    extra = json_of(extra)
    if (label.time, label.uncertainty_s) != (original.time, original.uncertainty_s):
        lower_uncertainty_s = upper_uncertainty_s = None  # they are of the old reading
    if status in CORRECTED:
        evaluation_mode, evaluation_status = "manual", "reviewed"
    return PickRecord(
        source_ref=source_ref,
        time=label.time,
        phase_hint=label.phase_hint,
        station_code=station_code,
        network_code=network_code,
        location_code=location_code,
        channel_code=channel_code,
        event_ref=event_ref,
        uncertainty_s=label.uncertainty_s,
        lower_uncertainty_s=lower_uncertainty_s,
        upper_uncertainty_s=upper_uncertainty_s,
        weight=label.weight,
        onset=label.onset,
        polarity=label.polarity,
        evaluation_mode=evaluation_mode,
        evaluation_status=evaluation_status,
        agency_id=agency_id,
        author=author,
        method_id=method_id,
        creation_time=time_of(creation_time),
        time_is_relative=bool(time_is_relative),
        extra={name: value for name, value in extra.items() if name not in HINTS} if extra else {},
    )


def _status(is_added: bool, original: _Label, label: _Label) -> PickStatus:
    if label.is_removed:
        return "removed"
    if is_added:
        return "added"
    if label.phase_hint != original.phase_hint:
        return "phase_changed"
    if label.time != original.time:
        return "moved"
    return "kept" if label == original else "described"
