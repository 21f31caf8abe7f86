"""python manage.py flags WORKSPACE --out flags.csv [--run N]"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import OuterRef, QuerySet, Subquery

from labeling.management.command_line import refused, workspace_named, writable_path, wrong
from labeling.models import Flag, FlagSet, SnapshotPick, Workspace
from labeling.seismo.timing import iso

COLUMNS = (
    "pick_id",
    "source_ref",
    "event_id",
    "network_code",
    "station_code",
    "location_code",
    "channel_code",
    "phase_hint",
    "time",
    "p_mislabelled",
    "flagged",
    "kind",
    "proposed_time",
    "proposed_lower",
    "proposed_upper",
)
EVIDENCE_FIRST = ("feature_kl", "feature_cosine", "time_contrast", "neg_log_label_density", "p_gross_error", "snr_db")
LAST_COLUMN = "p_mislabelled_without_alignment"  # of the contract; what follows was added later
ADDED = ("proposed_action", "proposed_phase", "reason")


class Command(BaseCommand):
    help = "Writes one row for every pick that a run scored, flagged or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="name of the workspace")
        parser.add_argument("--out", metavar="FILE", required=True, help="CSV file to write")
        parser.add_argument("--run", metavar="N", type=int, help="number of a run; without it, the run under review")

    def handle(self, *_: Any, workspace: str, out: str, run: int | None, **__: Any) -> None:
        path = writable_path(out)
        home = workspace_named(workspace)
        flag_set = _flag_set(home, run)
        n_rows, n_flagged = _write(flag_set, home.flag_threshold, path)
        self.stdout.write(f"{flag_set}: {n_rows} scored picks, {n_flagged} flagged (P >= {home.flag_threshold:g}), in {path}")


def _flag_set(workspace: Workspace, run: int | None) -> FlagSet:
    if run is not None:
        flag_set = workspace.flag_sets.filter(provenance__run=run).first()
        if flag_set is None:
            raise wrong(f"{workspace} has no flags of a run {run}.")
        return flag_set
    flag_set = workspace.flag_sets.filter(is_current=True).first()
    if flag_set is None and (waiting := workspace.flag_sets.order_by("-id").first()) is not None:
        raise refused(f"No flags of {workspace} are under review. Name a run: --run {waiting.provenance.get('run')}")
    if flag_set is None:
        raise refused(f"{workspace} has no flags yet. Train first: python manage.py train '{workspace}'")
    return flag_set


def _write(flag_set: FlagSet, threshold: float, path: Path) -> tuple[int, int]:
    """Writes beside the target first, so that nobody reads half a file. Returns (rows, flagged)."""
    flags = Flag.objects.filter(flag_set=flag_set, pick__is_withdrawn=False).order_by("pick_id")
    evidence = _evidence_columns(flags)
    being_written = path.with_name(path.name + ".part")
    n_rows = n_flagged = 0
    with being_written.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *evidence, LAST_COLUMN, *ADDED])
        for flag in _with_judged_phase(flags, flag_set).iterator(chunk_size=2000):
            flagged = flag.p_mislabelled >= threshold
            writer.writerow(_row(flag, flagged, evidence))
            n_rows += 1
            n_flagged += flagged
    being_written.replace(path)
    return n_rows, n_flagged


def _evidence_columns(flags: QuerySet[Flag]) -> list[str]:
    names: set[str] = set()
    for evidence in _chunked(flags.values_list("evidence", flat=True)):
        names.update(evidence)
    return [name for name in EVIDENCE_FIRST if name in names] + sorted(names - {*EVIDENCE_FIRST, *COLUMNS, LAST_COLUMN, *ADDED})


def _chunked(rows: Any) -> Iterator[dict[str, Any]]:
    yield from rows.iterator(chunk_size=2000)


def _with_judged_phase(flags: QuerySet[Flag], flag_set: FlagSet) -> QuerySet[Flag]:
    """With the phase hint that was judged; a decision may have changed the pick's own since."""
    judged = SnapshotPick.objects.filter(snapshot=flag_set.snapshot, pick=OuterRef("pick")).values("revision__phase_hint")
    return flags.select_related("pick", "pick__event").defer("posterior", "alignment").annotate(judged_phase_hint=Subquery(judged[:1]))


def _row(flag: Flag, flagged: bool, evidence: list[str]) -> list[Any]:
    pick = flag.pick
    judged: str | None = getattr(flag, "judged_phase_hint", None)
    return [
        pick.pk,
        pick.source_ref,
        pick.event.source_ref if pick.event else "",
        pick.network_code or "",
        pick.station_code,
        "--" if pick.location_code == "" else pick.location_code or "",
        pick.channel_code or "",
        pick.phase_hint if judged is None else judged,
        iso(flag.label_time),
        flag.p_mislabelled,
        "true" if flagged else "false",
        flag.kind if flagged else "",
        _time(flag.proposed_time),
        _time(flag.proposed_lower),
        _time(flag.proposed_upper),
        *(_cell(flag.evidence.get(name)) for name in evidence),
        _cell(flag.p_mislabelled_without_alignment),
        flag.proposed_action,
        flag.new_phase,
        flag.sentence,
    ]


def _time(time: datetime | None) -> str:
    return "" if time is None else iso(time)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
