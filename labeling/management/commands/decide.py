"""python manage.py decide WORKSPACE decisions.csv --analyst NAME"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandParser

from labeling.management.command_line import refused, user_named, workspace_named, wrong
from labeling.models import Decision, Pick, Workspace
from labeling.seismo.timing import iso, parse_utc
from labeling.services.refusals import Refused
from labeling.services.review import decide, undo

DESCRIBING = ("uncertainty_s", "weight", "onset", "polarity")
COLUMNS = ("source_ref", "pick_id", "decision", "time", "phase", "reason", *DESCRIBING, "event")
Number = TypeVar("Number", int, float)
NAMESPACE = uuid.UUID("6c1d1f0a-6a38-4b34-9a1e-6a1c6a2f4e57")


class Command(BaseCommand):
    help = "Takes decisions from a CSV file. The same file again decides nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="name of the workspace")
        parser.add_argument("file", metavar="decisions.csv", help=f"columns: source_ref or pick_id, {', '.join(COLUMNS[2:])}")
        parser.add_argument("--analyst", metavar="NAME", required=True, help="account that decides; an analyst or admin of the workspace")

    def handle(self, *_: Any, workspace: str, file: str, analyst: str, **__: Any) -> None:
        home, person = workspace_named(workspace), user_named(analyst)
        if home.role_of(person) not in ("analyst", "admin"):
            raise refused(f"{person} is no analyst of {home}. Give them that role on its members page first.")
        n_new = n_known = n_refused = 0
        for line, row in self._rows(Path(file)):
            try:
                is_new = _decide_row(row, home, person)
            except (Refused, ValueError) as problem:
                n_refused += 1
                self.stderr.write(f"{file}:{line}: {problem}")
            else:
                n_new += is_new
                n_known += not is_new
        self.stdout.write(f"{n_new} decided, {n_known} decided before by the same row, {n_refused} refused.")
        if n_refused:
            raise refused(f"{file}: {n_refused} rows were refused, for the reasons above. The others are decided.")

    def _rows(self, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
        """(line, cells by column) of each row that is not blank."""
        try:
            stream = path.open(newline="", encoding="utf-8-sig")
        except OSError as problem:
            raise wrong(f"{path}: can't be read ({problem.strerror}).") from None
        with stream:
            reader = csv.DictReader(stream)
            try:
                self._check_columns(path, list(reader.fieldnames or []))
                for row in reader:
                    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
                    if any(cells.values()):
                        yield reader.line_num, cells
            except (UnicodeDecodeError, csv.Error) as problem:
                raise refused(f"{path}: line {reader.line_num + 1} is no CSV in UTF-8 ({problem}). Save it as CSV, UTF-8.") from None

    def _check_columns(self, path: Path, names: list[str]) -> None:
        if "decision" not in names or not {"source_ref", "pick_id"} & set(names):
            raise refused(f"{path}: needs the columns 'decision' and 'source_ref' or 'pick_id'; it has {', '.join(names) or 'none'}.")
        unused = [name for name in names if name not in COLUMNS]
        if unused:
            self.stdout.write(f"Columns that are not used: {', '.join(unused)}")


def _decide_row(row: dict[str, str], workspace: Workspace, analyst: User) -> bool:
    """Takes one row's decision; False if it was taken before. Raises Refused or ValueError with the reason."""
    kind = row["decision"].lower()
    if kind not in Decision.Kind.values:
        raise ValueError(f"{row['decision']!r} is no decision. Choose one of {', '.join(Decision.Kind.values)}.")
    pick = _pick(row, workspace)
    time = parse_utc(row["time"]) if row["time"] else None
    client_id = _client_id(workspace, analyst, pick, kind, time, row)
    if Decision.objects.filter(workspace=workspace, client_id=client_id, is_conflicting=False).exists():
        return False
    if kind == Decision.Kind.UNDO:
        undo(decision=_newest(pick, analyst), analyst=analyst, client_id=client_id)
    else:
        decide(
            pick=pick,
            kind=kind,
            analyst=analyst,
            client_id=client_id,
            time=time,
            phase=row["phase"],
            uncertainty_s=_number("uncertainty_s", row["uncertainty_s"], float),
            weight=_number("weight", row["weight"], int),
            onset=row["onset"],
            polarity=row["polarity"],
            reason=row["reason"],
            event=row["event"],
            is_read_elsewhere=True,
        )
    return True


def _number(name: str, text: str, kind: Callable[[str], Number]) -> Number | None:
    try:
        return kind(text) if text else None
    except ValueError:
        raise ValueError(f"{name} {text!r} is no number.") from None


def _pick(row: dict[str, str], workspace: Workspace) -> Pick:
    """The one pick that a row names."""
    picks = Pick.objects.active().filter(workspace=workspace)
    if row["pick_id"]:
        if not row["pick_id"].isdecimal():
            raise ValueError(f"pick_id {row['pick_id']!r} is no whole number.")
        pick = picks.filter(pk=int(row["pick_id"])).first()
        if pick is None:
            raise ValueError(f"{workspace} has no pick {row['pick_id']}.")
        if row["source_ref"] not in ("", pick.source_ref):
            raise ValueError(f"pick {pick.pk} is {pick.source_ref}, not {row['source_ref']}. Correct one of the two columns.")
        return pick
    if not row["source_ref"]:
        raise ValueError("names no pick. Fill in source_ref or pick_id.")
    named = list(picks.filter(source_ref=row["source_ref"]).order_by("pk")[:6])
    if not named:
        raise ValueError(f"{workspace} has no pick {row['source_ref']!r}.")
    if len(named) > 1:
        ids = ", ".join(str(pick.pk) for pick in named[:5]) + (", …" if len(named) > 5 else "")
        raise ValueError(f"{row['source_ref']!r} names more than one pick: {ids}. Say which one in pick_id.")
    return named[0]


def _newest(pick: Pick, analyst: User) -> Decision:
    decision = pick.decisions.filter(analyst=analyst, undone_by=None).exclude(kind=Decision.Kind.UNDO).order_by("-id").first()
    if decision is None:
        raise ValueError(f"{analyst} has no decision on pick {pick.pk} that could be undone.")
    return decision


def _client_id(workspace: Workspace, analyst: User, pick: Pick, kind: str, time: datetime | None, row: dict[str, str]) -> uuid.UUID:
    """The same row by the same person has the same id, whatever file it stands in."""
    content: tuple[int | str, ...] = (workspace.pk, analyst.pk, pick.pk, kind, iso(time) if time else "", row["phase"], row["reason"])
    if any(row[name] for name in DESCRIBING):  # else the id is that of versions before these columns
        content += tuple(row[name] for name in DESCRIBING)
    if row["event"]:
        content += ("event", row["event"])
    return uuid.uuid5(NAMESPACE, repr(content))
