"""What `make demo` lays out: people, a workspace, an upload, a run. Each step is left alone once it is done, so it can be run again."""

from __future__ import annotations

import csv
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from labeling.models import Flag, Import, Membership, Work, Workspace
from labeling.seismo.synthetic import make_network
from labeling.seismo.synthetic_files import write_synthetic
from labeling.services.uploads import add_file, begin_import, start_import
from labeling.services.workspaces import create_workspace
from training.models import Run
from training.services.runs import start_run

PASSWORD = "find-wrong-picks"  # noqa: S105  of a demo that listens on this machine only
PEOPLE = {"admin": Membership.Role.ADMIN, "ana": Membership.Role.ANALYST, "ben": Membership.Role.ANALYST}
DEMO_NAME = "Demo network"
# Enough to find most of the planted errors in the few minutes that a newcomer waits; a run of one's own trains longer.
DEMO_SETTINGS = {"epochs": 16}

Report = Callable[[str], None]
Watch = Callable[[], None]


class DemoFailed(Exception):
    """A step of the demo did not end well; the text says which and why."""


def make_demo(data: Sequence[Path], *, report: Report, watch: Watch) -> Workspace:
    """The workspace, its upload and a finished run. data: real files to load in place of generated ones. watch: called while waiting."""
    people = _people()
    workspace = _workspace(_name(data), people)
    if not workspace.imports.filter(state=Work.State.DONE).exists():
        _import(workspace, data, people["admin"], report, watch)
    if not workspace.runs.filter(state=Work.State.DONE).exists():
        _train(workspace, people["admin"], report, watch)
    return workspace


def logins() -> list[tuple[str, str, str]]:
    """(name, password, what they may do) of the three."""
    return [
        (name, PASSWORD, "admin: trains, manages people" if role == "admin" else "analyst: reviews, uploads")
        for name, role in PEOPLE.items()
    ]


def _name(data: Sequence[Path]) -> str:
    return f"Demo: {', '.join(path.name for path in data)}"[:120] if data else DEMO_NAME


def _people() -> dict[str, User]:
    people = {}
    for name, role in PEOPLE.items():
        is_admin = role == Membership.Role.ADMIN
        person, is_new = User.objects.get_or_create(username=name, defaults={"is_staff": is_admin, "is_superuser": is_admin})
        if is_new:
            person.set_password(PASSWORD)
            person.save(update_fields=["password"])
        people[name] = person
    return people


def _workspace(name: str, people: dict[str, User]) -> Workspace:
    workspace = Workspace.objects.filter(name=name).first() or create_workspace(name=name, by=people["admin"])
    for username, person in people.items():
        Membership.objects.get_or_create(workspace=workspace, user=person, defaults={"role": PEOPLE[username]})
    return workspace


def _import(workspace: Workspace, data: Sequence[Path], by: User, report: Report, watch: Watch) -> None:
    source_import = workspace.imports.exclude(state__in=[*Work.FINISHED, Work.State.RECEIVING]).first()
    if source_import is None:
        source_import = begin_import(workspace=workspace, name=_name(data), by=by)
        for path, name in _given(data) if data else _generated(report):
            with path.open("rb") as file:
                add_file(source_import=source_import, name=name, chunks=iter(lambda file=file: file.read(1 << 20), b""))  # type: ignore[misc]
        start_import(source_import=source_import)
    _wait(source_import, "Import", report, watch)
    made = Import.objects.get(pk=source_import.pk).counts
    report(f"  {made['picks']} picks, {made['traces']} traces, {made['events']} events, {made['warnings']} warnings in the import report")


def _generated(report: Report) -> list[tuple[Path, str]]:
    report("Making a seismic network: stations, earthquakes, noise, picks, and some wrong picks …")
    folder = demo_folder()
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    write_synthetic(make_network(), part)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return _given([folder / "upload"])


def _given(data: Sequence[Path]) -> list[tuple[Path, str]]:
    """(path, name as uploaded) of all files given, folders with all that is in them."""
    files = []
    for top in data:
        if not top.exists():
            raise DemoFailed(f"{top} does not exist. Give files, folders or archives after --data.")
        inside = sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else [top]
        files += [(path, str(path.relative_to(top.parent))) for path in inside]
    return files


def demo_folder() -> Path:
    """Where the generated files are kept: `upload` as it was imported, and `truth.csv` with the planted errors beside it."""
    return Path(settings.DATA_DIR) / "demo"


def _train(workspace: Workspace, by: User, report: Report, watch: Watch) -> None:
    run = workspace.runs.exclude(state__in=Work.FINISHED).first()
    if run is None:
        report("Training LaNCoR out of fold: every pick is judged by networks that never saw its earthquake …")
        run = start_run(workspace=workspace, by=by, settings=DEMO_SETTINGS)
    _wait(run, "Run", report, watch)
    run.refresh_from_db()
    report(f"  {run.summary['n_scored']} picks judged, {run.summary['n_flagged']} flagged")
    truth = demo_folder() / "truth.csv"
    if workspace.name == DEMO_NAME and truth.exists():
        found = compare_with_truth(run, truth)
        Run.objects.filter(pk=run.pk).update(summary={**run.summary, "planted_in_demo": found})
        report(f"  {found['found']} of the {found['planted']} wrong picks that were planted are flagged")


def compare_with_truth(run: Run, truth_csv: Path) -> dict[str, object]:
    """How many planted errors are above the workspace's threshold, in all and by kind. Missed arrivals count where a flag names them."""
    with truth_csv.open(newline="", encoding="utf-8") as file:
        kind_of = {row["source_ref"]: row["kind"] for row in csv.DictReader(file)}
    flagged = Flag.objects.filter(flag_set__run_id=run.pk).above(run.workspace.flag_threshold)
    found = Counter(kind_of[ref] for ref in flagged.values_list("pick__source_ref", flat=True) if ref in kind_of)
    planted = Counter(kind_of.values())
    return {
        "planted": planted.total(),
        "found": found.total(),
        "flagged": flagged.count(),
        "by_kind": {kind: f"{found[kind]} of {count}" for kind, count in sorted(planted.items())},
    }


def _wait(row: Work, what: str, report: Report, watch: Watch) -> None:
    """Until a worker has ended the row's work; tells each tenth of it."""
    told = -10
    while True:
        watch()
        row.refresh_from_db()
        if row.message and row.percent >= told + 10 and not row.is_finished:
            told = row.percent
            report(f"  {row.percent:3d} %  {row.message}")
        if row.state == Work.State.DONE:
            return
        if row.is_finished:
            raise DemoFailed(f"{what} {row.state}: {row.message}")
        time.sleep(0.5)
