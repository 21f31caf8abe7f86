"""What an import is: files are laid out, recognised and read; rows go in by batches; every doubt goes into the report.

An import may be killed at any point and begun again: rows have an identity, and one that is there already is not made twice.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from django.db import transaction
from django.db.models import Count, ProtectedError, Q
from django.utils import timezone

from labeling.files import working_folder
from labeling.jobs.archive_windows import add_archive_windows
from labeling.jobs.fdsn_windows import add_fdsn_windows
from labeling.jobs.find_conflicts import find_conflicts
from labeling.jobs.find_doubts import find_doubts
from labeling.jobs.find_event_conflicts import find_event_conflicts
from labeling.jobs.find_trace_conflicts import find_trace_conflicts
from labeling.jobs.import_rows import Rows
from labeling.jobs.laid_out import lay_out, mappings_of
from labeling.jobs.lease import Lease, LeaseLost, working_on
from labeling.jobs.link_arrivals import link_arrivals
from labeling.jobs.match_picks import match_picks
from labeling.jobs.nudge import nudge
from labeling.jobs.rare_collections import rare_collections
from labeling.jobs.read_ahead import ReadAhead
from labeling.jobs.report import Report
from labeling.models import Catalog, Import
from labeling.seismo.formats.collect import Source, collect
from labeling.seismo.records import Record

READING_SHARE = 0.85  # of an import's time; matching and linking take the rest


def import_catalog(import_id: int) -> None:
    """Does a queued import's work. Doing it twice does it once.

    Imports of one workspace run one after the other: what the second has in common with the first must be there, or gone, before it looks.
    """
    begun: Import | None = None
    try:
        with rare_collections(), working_on(Import, import_id) as lease:
            if lease is not None:
                assert isinstance(lease.row, Import)
                begun = lease.row
                _import_or_discard(begun, lease)
    finally:
        if begun is not None:
            _send_next(begun)


def _import_or_discard(source_import: Import, lease: Lease) -> None:
    _clear_up_after_earlier_attempts(source_import)
    folder = _folder_of(source_import, source_import.attempt)
    report = Report(source_import)
    try:
        _import(source_import, lease, folder, report)
    except LeaseLost:
        raise
    except (Exception, KeyboardInterrupt):  # being cancelled is one too; none leaves half a catalog
        _discard(source_import, lease)
        report.flush()
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder_of(source_import: Import, attempt: int) -> Path:
    """Scratch space of one attempt. A worker that was taken for dead may wake up and clear away its own, not its successor's."""
    return working_folder(f"import-{source_import.pk}-{attempt}")


def _clear_up_after_earlier_attempts(source_import: Import) -> None:
    for attempt in range(1, source_import.attempt):
        shutil.rmtree(_folder_of(source_import, attempt), ignore_errors=True)


def _send_next(ended: Import) -> None:
    """Tells a worker of the import that waited for this one to end. Were the message lost, `take_up_lost_work` would send it."""
    waiting = Import.objects.filter(workspace=ended.workspace, state=Import.State.QUEUED).order_by("pk").first()
    if waiting is not None:
        nudge(Import, waiting.pk)


def _import(source_import: Import, lease: Lease, folder: Path, report: Report) -> None:
    report.clear()
    catalog = _catalog_of(source_import, lease)
    lease.beat(progress=0.01, message="Unpacking")
    files = lay_out(source_import, folder, report)
    sources = collect(files, mappings_of(source_import))
    rows = Rows(catalog, report, lease)
    for number, source in enumerate(sources):
        name = PurePosixPath(source.files[0].name).name if source.files else source.format
        rows.begin_source(source.kind)
        with _records_of(source, rows) as records:
            for record in records:
                rows.add(record)
                if lease.beat_is_due():
                    message = f"{name} ({number + 1} of {len(sources)}): {rows.n_picks} picks, {rows.n_traces} traces"
                    lease.beat(progress=0.02 + READING_SHARE * number / len(sources), message=message)
    rows.close()
    lease.beat(progress=0.9, message="Finding the waveform of each pick")
    match_picks(catalog, report, lease)
    if source_import.archive is not None:
        lease.beat(progress=0.92, message="Looking for waveforms in the archive")
        add_archive_windows(catalog, source_import.archive, rows, lease)
        match_picks(catalog, report, lease)
    if source_import.fdsn is not None:
        lease.beat(progress=0.94, message="Fetching waveforms")
        add_fdsn_windows(source_import, folder, rows, lease)
        match_picks(catalog, report, lease)
    report.add_unscored_picks(catalog)
    lease.beat(progress=0.97, message="Linking picks of one arrival")
    link_arrivals(catalog, report)
    lease.beat(progress=0.975, message="Comparing with what is here already")
    conflicts = {
        "event_conflicts": find_event_conflicts(catalog, report),
        "trace_conflicts": find_trace_conflicts(catalog, report),
        "pick_conflicts": find_conflicts(catalog, report) + rows.repeated["pick_conflicts"],
    }
    lease.beat(progress=0.98, message="Looking for doubtful times")
    find_doubts(catalog, report)
    report.flush()
    with transaction.atomic():
        counts = {**_counts(catalog, rows.repeated, report), **conflicts}
        is_empty = not any(counts[what] for what in ("events", "picks", "traces", "stations"))
        if is_empty:
            catalog.delete()
        lease.finish(counts=counts, message=_in_words(counts), catalog=None if is_empty else catalog)


@contextmanager
def _records_of(source: Source, rows: Rows) -> Iterator[Iterable[Record]]:
    """The source's records. Of a catalog the next ones are read while rows are committed; of waveforms they would fill the memory."""
    if source.kind != "catalog":
        yield source.read()
        return
    with ReadAhead(source.read()) as records:
        rows.meanwhile = records.go_on
        try:
            yield records
        finally:
            rows.meanwhile = None


def _catalog_of(source_import: Import, lease: Lease) -> Catalog:
    """The import's catalog: a new one, or that of the attempt that was killed."""
    if source_import.catalog is None:
        with transaction.atomic():
            lease.write(catalog=Catalog.objects.create(workspace=source_import.workspace, name=source_import.name))
    assert source_import.catalog is not None
    return source_import.catalog


def _discard(source_import: Import, lease: Lease) -> None:
    """An import that did not end well leaves nothing behind but its report.

    What somebody froze into a snapshot meanwhile is withdrawn. Raises LeaseLost where the catalog is another worker's by now.
    """
    catalog = source_import.catalog
    if catalog is None:
        return
    try:
        with transaction.atomic():
            lease.write(catalog=None)
            catalog.delete()
    except ProtectedError:
        with transaction.atomic():
            lease.write(catalog=catalog)
            Catalog.objects.filter(pk=catalog.pk).update(withdrawn_at=timezone.now())
            for rows in (catalog.picks, catalog.traces, catalog.events):
                rows.update(is_withdrawn=True)


def _counts(catalog: Catalog, repeated: Counter[str], report: Report) -> dict[str, int]:
    having = {
        "picks": Q(),
        "picks_p": Q(phase_hint__istartswith="P"),
        "picks_s": Q(phase_hint__istartswith="S"),
        "picks_with_waveform": Q(trace__isnull=False),
        "picks_without_waveform": Q(trace=None),
        "picks_linked": Q(arrival_group__isnull=False),
    }
    return {
        "events": catalog.events.count(),
        **catalog.picks.aggregate(**{name: Count("pk", filter=condition) for name, condition in having.items()}),
        "traces": catalog.traces.count(),
        "stations": repeated["new_stations"],
        "channels": repeated["new_channels"],
        "repeated_events": repeated["events"],
        "repeated_picks": repeated["picks"],
        "repeated_traces": repeated["traces"],
        "repeated_stations": repeated["stations"],
        "repeated_channels": repeated["channels"],
        "errors": report.by_severity["error"],
        "warnings": report.by_severity["warning"],
        "infos": report.by_severity["info"],
    }


def _in_words(counts: dict[str, int]) -> str:
    whats = ("picks", "traces", "events", "stations", "channels")
    new = [_so_many(counts[what], what) for what in whats if counts[what]]
    repeated = [_so_many(counts[f"repeated_{what}"], what) for what in whats if counts[f"repeated_{what}"]]
    if not new and not repeated:
        return "Nothing could be used; the report says why."
    sentence = f"Imported {', '.join(new)}." if new else "Nothing new."
    return sentence + (f" Here already: {', '.join(repeated)}." if repeated else "")


def _so_many(number: int, what: str) -> str:
    """`1 station`, `2 stations`. what: the plural."""
    return f"{number} {what.removesuffix('s') if number == 1 else what}"
