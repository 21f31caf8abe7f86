"""python manage.py import_data WORKSPACE PATH … [--mapping FILE.json] [--report report.json] [--preview | --queue]"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from labeling.jobs.import_catalog import import_catalog
from labeling.jobs.take_up_lost_work import take_up_lost_work
from labeling.management.command_line import refusals_end_the_command, refused, user_named, writable_path, wrong
from labeling.management.import_preview import print_preview
from labeling.management.mapping_files import mappings_by_table, read_mapping_files
from labeling.management.progress import LOOK_EVERY_S, work_here
from labeling.models import Import, ImportProblem, Workspace
from labeling.services.archives import AFTER_S, BEFORE_S, archive_folder, use_archive, use_fdsn
from labeling.services.table_mappings import confirm_mapping
from labeling.services.uploads import add_file, begin_import, start_import
from labeling.services.workspaces import create_workspace

WHATS = ("events", "picks", "traces", "stations", "channels")
USABLE = (*WHATS, *(f"repeated_{what}" for what in WHATS))
EXAMPLES = 2
CHUNK_BYTES = 1 << 20


class Command(BaseCommand):
    help = "Imports catalogs and waveforms: files, folders and archives, any mixture. The formats are recognised."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="name of the workspace; made where there is none")
        parser.add_argument("paths", metavar="PATH", nargs="*", help="a file, a folder or an archive")
        parser.add_argument("--fdsn", metavar="NAME", help="FDSN web service that picks without waveform get one from")
        parser.add_argument("--archive", metavar="NAME[/FOLDER]", help="SDS archive on this server that picks without waveform look into")
        parser.add_argument(
            "--window", metavar=("BEFORE", "AFTER"), nargs=2, type=float, default=(BEFORE_S, AFTER_S), help="seconds around each pick"
        )
        parser.add_argument("--report", metavar="FILE", help="where to write the whole report, as JSON")
        parser.add_argument("--admin", metavar="NAME", help="an existing account that becomes admin of a new workspace")
        parser.add_argument("--preview", action="store_true", help="say what an import would read, and write nothing")
        parser.add_argument(
            "--mapping",
            metavar="FILE.json",
            action="append",
            default=[],
            help="what the columns of unknown tables are (--preview guesses)",
        )
        parser.add_argument("--queue", action="store_true", help="let the workers do it")

    def handle(
        self,
        *_: Any,
        workspace: str,
        paths: list[str],
        report: str | None,
        queue: bool,
        admin: str | None,
        preview: bool,
        mapping: list[str],
        archive: str | None,
        fdsn: str | None,
        window: tuple[float, float],
        **__: Any,
    ) -> None:
        report_path = writable_path(report) if report else None
        if not paths and not archive and not fdsn:
            raise wrong("Name at least one PATH, an --archive or an --fdsn service.")
        files, n_hidden = files_below(paths) if paths else ({}, 0)
        mapping_files = read_mapping_files(mapping)
        if preview:
            print_preview(files, mapping_files, self.stdout.write)
            return
        mappings = mappings_by_table(files.values(), mapping_files)
        with refusals_end_the_command():
            if archive:
                archive_folder(archive)  # before anything is made
            source_import = self._receive(self._workspace(workspace, admin), paths or [str(archive or fdsn)], files)
            for key, one in mappings.items():
                confirm_mapping(source_import=source_import, key=key, mapping=one, by=None)
            if fdsn:
                use_fdsn(source_import=source_import, service=fdsn, before_s=window[0], after_s=window[1])
            if archive:
                use_archive(source_import=source_import, folder=archive, before_s=window[0], after_s=window[1])
            start_import(source_import=source_import, send=queue, leave_out_unconfirmed=True)
        if n_hidden:
            self.stdout.write(f"Left out {n_hidden} hidden files (names that begin with a dot).")
        if queue:
            self._say_how_to_follow(source_import)
            return
        try:
            work_here(source_import, self._import_in_turn, self.stdout.write)
        finally:
            source_import.refresh_from_db()
            if report_path:
                write_report(source_import, report_path)
        self._summarise(source_import)
        if not any(source_import.counts.get(what) for what in USABLE):
            raise refused("Nothing could be used. The report above says why; --report FILE writes it in full.")

    def _workspace(self, name: str, admin: str | None) -> Workspace:
        by = user_named(admin) if admin else None
        workspace = Workspace.objects.filter(name=name).first()
        if workspace is None:
            workspace = create_workspace(name=name, by=by)
            self.stdout.write(f"Made the workspace {workspace}.")
        return workspace

    def _receive(self, workspace: Workspace, paths: Sequence[str], files: dict[str, Path]) -> Import:
        title = ", ".join(Path(path).name for path in paths[:3]) + (" …" if len(paths) > 3 else "")
        source_import = begin_import(workspace=workspace, name=title, by=None)
        for name, path in files.items():
            try:
                add_file(source_import=source_import, name=name, chunks=_chunks(path))
            except OSError as problem:
                raise refused(f"{path}: can't be read ({problem.strerror}). Nothing was imported.") from None
        self.stdout.write(f"Took in {len(files)} files.")
        return source_import

    def _import_in_turn(self, import_id: int) -> None:
        """Imports as soon as no other import of the workspace runs. One whose process died is given back to the queue meanwhile."""
        import_catalog(import_id)
        waiting = Import.objects.filter(pk=import_id, state=Import.State.QUEUED)
        if waiting.exists():
            self.stdout.write("Another import of this workspace is under way; this one follows it.")
        while waiting.exists():
            time.sleep(LOOK_EVERY_S)
            take_up_lost_work()
            import_catalog(import_id)

    def _say_how_to_follow(self, source_import: Import) -> None:
        address = reverse("import_detail", args=[source_import.workspace.slug, source_import.pk])
        self.stdout.write(f"Import {source_import.pk} is queued; the workers (python manage.py up) do it. Follow it at {address}")

    def _summarise(self, source_import: Import) -> None:
        self.stdout.write(source_import.message)
        for name, count in source_import.counts.items():
            if count:
                self.stdout.write(f"  {name.replace('_', ' ')}: {count}")
        counts = Counter(source_import.problems.order_by().values_list("severity", "code"))
        for (severity, code), count in sorted(counts.items(), key=lambda item: (ImportProblem.Severity.values.index(item[0][0]), -item[1])):
            self.stdout.write(f"{severity} {code}: {count}")
            for problem in source_import.problems.filter(severity=severity, code=code)[:EXAMPLES]:
                self.stdout.write(f"    {problem.place}: {problem.message}")


def files_below(paths: Sequence[str]) -> tuple[dict[str, Path], int]:
    """(files by the name they are imported under, how many hidden ones were left out).

    A file goes by its own name, what a folder holds by the folder's name and the path in it, as when a browser uploads a folder.
    Of files with the same name each gets its folder's name in front.
    """
    named: list[tuple[str, Path]] = []
    n_hidden = 0
    for text in paths:
        path = Path(text)
        if path.is_dir():
            root = path.resolve()
            inside = sorted(file for file in root.rglob("*") if file.is_file())
            shown = [file for file in inside if not any(part.startswith(".") for part in file.relative_to(root).parts)]
            n_hidden += len(inside) - len(shown)
            named += [(f"{root.name}/{file.relative_to(root).as_posix()}", file) for file in shown]
        elif path.exists():
            named.append((path.name, path.resolve()))
        else:
            raise wrong(f"{text}: there is no such file or folder.")
    if not named:
        raise refused(f"{', '.join(paths)}: no files there.")
    again = {name for name, count in Counter(name for name, _ in named).items() if count > 1}
    files: dict[str, Path] = {}
    for name, path in named:
        full = f"{path.parent.name}/{name}" if name in again else name
        if files.get(full, path) != path:
            raise wrong(f"{path} and {files[full]} would both be imported as {full}. Import them one after the other.")
        files[full] = path
    return files, n_hidden


def write_report(source_import: Import, path: Path) -> None:
    """The whole report as JSON: state, counts, and every problem with its place."""
    problems = source_import.problems.values("severity", "code", "place", "message")
    report = {
        "workspace": source_import.workspace.name,
        "import": source_import.pk,
        "state": source_import.state,
        "message": source_import.message,
        "counts": source_import.counts,
        "problems": list(problems),
    }
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
