"""Seconds to import a set of files, beside the bare libraries reading the same files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from labeling.jobs.import_catalog import import_catalog
from labeling.models import Work, Workspace
from labeling.seismo.synthetic import make_network
from labeling.seismo.synthetic_files import write_synthetic
from labeling.services.uploads import add_file, begin_import, start_import
from tests.bench.figure import Figure


def measure_import(name: str, folder: Path, read_bare: Callable[[Path], int], peer: str) -> Figure:
    """folder: the set. read_bare: reads the same files and does nothing with them; returns how many it read."""
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    began = time.perf_counter()
    n_bare = read_bare(folder)
    bare_s = time.perf_counter() - began

    workspace = Workspace.objects.create(name=name, slug="measured")
    began = time.perf_counter()
    source_import = begin_import(workspace=workspace, name=name, by=None)
    for file_name, path in files.items():
        with path.open("rb") as file:
            add_file(source_import=source_import, name=file_name, chunks=iter(partial(file.read, 1 << 20), b""))
    received_s = time.perf_counter() - began
    start_import(source_import=source_import, send=False)
    import_catalog(source_import.pk)
    total_s = time.perf_counter() - began
    source_import.refresh_from_db()
    if source_import.state != Work.State.DONE:
        raise SystemExit(f"{name}: {source_import.message}")
    counts: Mapping[str, int] = source_import.counts
    details = {
        "receiving the files (s)": round(received_s, 2),
        "the import itself (s)": round(total_s - received_s, 2),
        "files": len(files),
        "files read bare": n_bare,
        **{what: counts[what] for what in ("picks", "traces", "events", "errors")},
    }
    return Figure(name, total_s, "s", peer, bare_s, more_is_better=False, details=details)


def generated_set(folder: Path) -> Path:
    """A set to import where the real one is not at hand."""
    return write_synthetic(make_network(), folder / "generated").upload
