"""What an import would read: its files are laid out and read as the import would, and nothing of them is kept."""

from __future__ import annotations

import shutil
from typing import Any

from django.db.models import OuterRef, Subquery

from labeling.files import working_folder
from labeling.jobs.laid_out import lay_out, mappings_of
from labeling.jobs.lease import Lease, working_on
from labeling.models import Import, ImportPreview, ImportProblem, SourceFile
from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.preview import Preview, preview
from labeling.seismo.matching import pick_name
from labeling.seismo.timing import iso

FIRST_FILES = 5


def preview_import(preview_id: int) -> None:
    """Does a queued preview's work. Doing it twice does it once."""
    with working_on(ImportPreview, preview_id) as lease:
        if lease is None:
            return
        row = lease.row
        assert isinstance(row, ImportPreview)
        for attempt in range(1, row.attempt):
            shutil.rmtree(working_folder(f"preview-{row.pk}-{attempt}"), ignore_errors=True)
        folder = working_folder(f"preview-{row.pk}-{row.attempt}")
        found = Preview()
        try:
            lease.beat(progress=0.01, message="Unpacking")
            sources = collect(lay_out(row.source_import, folder, found), mappings_of(row.source_import))
            preview(sources, into=found, go_on=_beats(lease, found, len(sources)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        lease.finish(found=_as_json(found) | {"files_here": _files_here(row.source_import)}, message=f"{found.counts['picks']} picks")


def _beats(lease: Lease, found: Preview, n_sources: int) -> Any:
    def go_on() -> None:
        if lease.beat_is_due():
            begun = found.forms.total()
            message = f"{begun} of {n_sources}: {found.counts['picks']} picks, {found.counts['traces']} traces"
            lease.beat(progress=0.02 + 0.98 * (begun - 1) / n_sources, message=message)

    return go_on


def _files_here(source_import: Import) -> dict[str, Any]:
    """How many files the workspace has imported before and not withdrawn, by content, and the first, each as it came last."""
    imported = SourceFile.objects.filter(
        source_import__workspace=source_import.workspace_id,
        source_import__state=Import.State.DONE,
        source_import__catalog__isnull=False,
        source_import__catalog__withdrawn_at=None,
    )
    newest = imported.filter(sha256=OuterRef("sha256")).order_by("-pk").values("pk")[:1]
    here = source_import.files.annotate(before=Subquery(newest)).filter(before__isnull=False)
    first = dict(here.order_by("name").values_list("name", "before")[:FIRST_FILES])
    before = SourceFile.objects.select_related("source_import__catalog").in_bulk(first.values())
    return {
        "count": here.count(),
        "examples": [
            {
                "name": name,
                "imported_as": before[pk].name,
                "import": before[pk].source_import_id,
                "import_name": before[pk].source_import.name,
                "catalog": before[pk].source_import.catalog_id,
            }
            for name, pk in first.items()
        ],
    }


def _as_json(found: Preview) -> dict[str, Any]:
    """forms and counts by name; picks: the first; problems: how many of each kind, with their first."""
    kinds = sorted(found.problems.items(), key=lambda item: (ImportProblem.Severity.values.index(item[0][0]), -item[1]))
    return {
        "forms": dict(sorted(found.forms.items())),
        "counts": dict(found.counts),
        "picks": [
            {
                "source_ref": pick.source_ref[:600],
                "name": pick_name(pick)[:200],
                "time": iso(pick.time),
                "uncertainty_s": pick.uncertainty_s,
                "weight": pick.weight,
                "event": pick.event_ref,
            }
            for pick in found.first_picks
        ],
        "problems": [
            {
                "severity": severity,
                "code": code,
                "count": count,
                "examples": [{"place": item.place[:600], "message": item.message} for item in found.examples[severity, code]],
            }
            for (severity, code), count in kinds
        ],
    }
