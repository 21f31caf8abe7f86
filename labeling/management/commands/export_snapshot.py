"""python manage.py export_snapshot WORKSPACE --format FORMAT --out PATH [--snapshot N] [--queue]"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from labeling.files import exports_folder
from labeling.jobs.export_snapshot import export_snapshot
from labeling.management.command_line import refusals_end_the_command, workspace_named, writable_path, wrong
from labeling.management.progress import work_here
from labeling.models import Export, Snapshot, Workspace
from labeling.services.exports import begin_export
from labeling.services.snapshots import freeze_snapshot


class Command(BaseCommand):
    help = "Writes a snapshot in one of the field's forms. Without --snapshot the present state is frozen first, decisions included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="name of the workspace")
        parser.add_argument("--format", required=True, choices=Export.Format.values, help="the form to write")
        parser.add_argument(
            "--out", metavar="PATH", help="file to write, or a folder to put it into (named with / at its end); needed without --queue"
        )
        parser.add_argument("--snapshot", metavar="N", type=int, help="number of an older snapshot")
        parser.add_argument("--queue", action="store_true", help="let the workers do it, to be downloaded later")

    def handle(self, *_: Any, workspace: str, format: str, out: str | None, snapshot: int | None, queue: bool, **__: Any) -> None:
        if out is None and not queue:
            raise wrong("Give --out PATH, or --queue to download the export later.")
        target = _target(out) if out else None
        home = workspace_named(workspace)
        with refusals_end_the_command():
            chosen = freeze_snapshot(workspace=home, by=None) if snapshot is None else _numbered(home, snapshot)
            export = begin_export(snapshot=chosen, format=format, by=None, send=queue)
        if queue:
            self.stdout.write(
                f"Export {export.pk} of {chosen} is queued; the workers (python manage.py up) do it. "
                f"Download it from {reverse('snapshot_detail', args=[home.slug, chosen.number])}"
            )
            return
        assert target is not None
        work_here(export, export_snapshot, self.stdout.write)
        made = exports_folder() / export.path
        written = target / made.name if target.is_dir() else target
        shutil.copyfile(made, written)
        self.stdout.write(f"{chosen}, {chosen.n_picks} picks: {written} ({written.stat().st_size} bytes)")
        for sentence in export.not_held:
            self.stdout.write(f"Not in {Path(written).name}: {sentence}")


def _target(out: str) -> Path:
    """Where to write. A folder that is meant by its last `/` is made."""
    target = writable_path(out)
    if out.endswith("/") and not target.is_dir():
        if target.exists():
            raise wrong(f"{out} is a file, no folder. Leave out the last / to write over it.")
        target.mkdir()
    return target


def _numbered(workspace: Workspace, number: int) -> Snapshot:
    snapshot = Snapshot.objects.filter(workspace=workspace, number=number).first()
    if snapshot is None:
        raise wrong(f"{workspace} has no snapshot {number}.")
    return snapshot
