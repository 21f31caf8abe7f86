"""What an import is: files are laid out, recognised and read; rows go in by batches; every doubt goes into the report.

An import may be killed at any point and begun again: rows have an identity, and one that is there already is not made twice.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from labeling.files import original_files, working_folder
from labeling.jobs.import_rows import Rows
from labeling.jobs.lease import CancelRequested, Lease, working_on
from labeling.jobs.link_arrivals import link_arrivals
from labeling.jobs.match_picks import match_picks
from labeling.models import Catalog, Import, ImportProblem
from labeling.seismo.archives import ArchiveLimits, ArchiveRefused, unpack
from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.recognise import recognise
from labeling.seismo.records import EventRecord, PickRecord, Problem, StationRecord, TraceRecord

READING_SHARE = 0.85  # of an import's time; matching and linking take the rest
PROBLEMS_AT_ONCE = 500


def import_catalog(import_id: int) -> None:
    """Does a queued import's work. Doing it twice does it once."""
    folder = working_folder(f"import-{import_id}")
    with working_on(Import, import_id) as lease:
        if lease is None:
            return
        source_import = lease.row
        assert isinstance(source_import, Import)
        try:
            _import(source_import, lease, folder)
        except CancelRequested:
            _discard(source_import)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _import(source_import: Import, lease: Lease, folder: Path) -> None:
    report = Report(source_import)
    report.clear()
    catalog = _catalog_of(source_import)
    lease.beat(progress=0.01, message="Unpacking")
    files = _lay_out(source_import, folder, report)
    sources = collect(files)
    rows = Rows(catalog, report)
    for number, source in enumerate(sources):
        name = PurePosixPath(source.files[0].name).name if source.files else source.format
        for record in source.read():
            if isinstance(record, Problem):
                report.add(record)
            elif isinstance(record, TraceRecord):
                rows.add_trace(record)
            elif isinstance(record, PickRecord):
                rows.add_pick(record)
            elif isinstance(record, EventRecord):
                rows.add_event(record)
            elif isinstance(record, StationRecord):
                rows.add_station(record)
            lease.beat_if_due(
                progress=0.02 + READING_SHARE * number / len(sources),
                message=f"{name} ({number + 1} of {len(sources)}): {rows.n_picks} picks, {rows.n_traces} traces",
            )
    rows.close()
    lease.beat(progress=0.9, message="Finding the waveform of each pick")
    match_picks(catalog, report, lease)
    lease.beat(progress=0.97, message="Linking picks of one arrival")
    link_arrivals(catalog, report)
    report.flush()
    with transaction.atomic():
        counts = _counts(catalog, rows.repeated, report)
        is_empty = not any(counts[what] for what in ("events", "picks", "traces", "stations"))
        if is_empty:
            catalog.delete()
        lease.finish(counts=counts, message=_in_words(counts), catalog=None if is_empty else catalog)


class Report:
    """The import report, written in batches."""

    def __init__(self, source_import: Import) -> None:
        self._import = source_import
        self._waiting: list[ImportProblem] = []
        self.by_severity: Counter[str] = Counter()

    def clear(self) -> None:
        """Takes away what an attempt that was killed had written."""
        self._import.problems.all().delete()

    def add(self, problem: Problem) -> None:
        self.by_severity[problem.severity] += 1
        self._waiting.append(
            ImportProblem(
                source_import=self._import, severity=problem.severity, code=problem.code, place=problem.place[:600], message=problem.message
            )
        )
        if len(self._waiting) >= PROBLEMS_AT_ONCE:
            self.flush()

    def add_all(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.add(problem)

    def flush(self) -> None:
        ImportProblem.objects.bulk_create(self._waiting)
        self._waiting = []


def _catalog_of(source_import: Import) -> Catalog:
    """The import's catalog: a new one, or that of the attempt that was killed."""
    if source_import.catalog is None:
        with transaction.atomic():
            source_import.catalog = Catalog.objects.create(workspace=source_import.workspace, name=source_import.name)
            source_import.save(update_fields=["catalog"])
    return source_import.catalog


def _lay_out(source_import: Import, folder: Path, report: Report) -> list[InputFile]:
    """The uploaded files under their own names in a folder, archives unpacked."""
    shutil.rmtree(folder, ignore_errors=True)
    files: list[InputFile] = []
    limits = ArchiveLimits(max_files=settings.UPLOAD_MAX_FILES, max_unpacked_bytes=settings.UPLOAD_MAX_UNPACKED_BYTES)
    for number, source_file in enumerate(source_import.files.all()):
        # Each in a folder of its own: an upload may hold a file `REA` and a folder `REA`.
        path = folder / "files" / str(number) / PurePosixPath(source_file.name).name
        original_files().copy_out(source_file.sha256, path)
        if recognise(path) != "archive":
            files.append(InputFile(path, source_file.name))
            continue
        try:
            files.extend(unpack(path, folder / "unpacked" / str(number), limits, name=source_file.name))
        except ArchiveRefused as problem:
            report.add(Problem("archive_refused", str(problem), source_file.name))
    return files


def _discard(source_import: Import) -> None:
    """A cancelled import leaves nothing behind but its report; what somebody froze into a snapshot meanwhile is withdrawn."""
    catalog = source_import.catalog
    if catalog is None:
        return
    try:
        with transaction.atomic():
            Import.objects.filter(pk=source_import.pk).update(catalog=None)
            catalog.delete()
    except ProtectedError:
        with transaction.atomic():
            Catalog.objects.filter(pk=catalog.pk).update(withdrawn_at=timezone.now())
            for rows in (catalog.picks, catalog.traces, catalog.events):
                rows.update(is_withdrawn=True)


def _counts(catalog: Catalog, repeated: Counter[str], report: Report) -> dict[str, int]:
    picks = catalog.picks
    return {
        "events": catalog.events.count(),
        "picks": picks.count(),
        "picks_p": picks.filter(phase_hint__istartswith="P").count(),
        "picks_s": picks.filter(phase_hint__istartswith="S").count(),
        "picks_with_waveform": picks.filter(trace__isnull=False).count(),
        "picks_without_waveform": picks.filter(trace=None).count(),
        "picks_linked": picks.filter(arrival_group__isnull=False).count(),
        "traces": catalog.traces.count(),
        "stations": repeated["new_stations"],
        "repeated_events": repeated["events"],
        "repeated_picks": repeated["picks"],
        "repeated_traces": repeated["traces"],
        "errors": report.by_severity["error"],
        "warnings": report.by_severity["warning"],
        "infos": report.by_severity["info"],
    }


def _in_words(counts: dict[str, int]) -> str:
    new = [_so_many(counts[what], what) for what in ("picks", "traces", "events", "stations") if counts[what]]
    repeated = [_so_many(counts[f"repeated_{what}"], what) for what in ("picks", "traces", "events") if counts[f"repeated_{what}"]]
    if not new and not repeated:
        return "Nothing could be used; the report says why."
    sentence = f"Imported {', '.join(new)}." if new else "Nothing new."
    return sentence + (f" Here already: {', '.join(repeated)}." if repeated else "")


def _so_many(number: int, what: str) -> str:
    """`1 station`, `2 stations`. what: the plural."""
    return f"{number} {what.removesuffix('s') if number == 1 else what}"
