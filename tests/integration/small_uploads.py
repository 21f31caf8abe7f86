"""Uploads for tests: a small generated network, and the way files take from a test into a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from labeling.jobs.import_catalog import import_catalog
from labeling.models import Import, Workspace
from labeling.seismo.synthetic import SyntheticConfig, SyntheticNetwork, make_network
from labeling.seismo.synthetic_files import write_synthetic
from labeling.services.uploads import add_file, begin_import, start_import

# Enough for two folds to have something to learn and something to hold out; made in a second.
SMALL = SyntheticConfig(n_stations=5, n_events=8, traces_per_event=(3, 4), trace_s=(40.0, 45.0))
# Trains in seconds. It finds little: what is tested with it is the way the data take.
QUICK_SETTINGS = {"epochs": 2, "n_folds": 2, "batch_size": 16, "checkpoint_every_epochs": 1}

Content = bytes | Path


@cache
def small_network() -> SyntheticNetwork:
    return make_network(SMALL)


@cache
def _scratch() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="repick-test-")  # goes with the process


@cache
def _small_folder() -> Path:
    return write_synthetic(small_network(), Path(_scratch().name)).upload


def small_files() -> dict[str, Content]:
    """The small network as an analyst would upload it: catalog.xml, stations.xml and waveforms/*.mseed."""
    return files_below(_small_folder())


def files_below(folder: Path) -> dict[str, Content]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def upload(workspace: Workspace, files: Mapping[str, Content], name: str = "upload") -> Import:
    """An import that has received its files and waits for a worker."""
    source_import = begin_import(workspace=workspace, name=name, by=None)
    for file_name, content in files.items():
        data = content if isinstance(content, bytes) else content.read_bytes()
        add_file(source_import=source_import, name=file_name, chunks=[data])
    return start_import(source_import=source_import, send=False)


def import_files(workspace: Workspace, files: Mapping[str, Content], name: str = "upload") -> Import:
    """Uploads and imports in the calling process. Returns the import as it ended."""
    source_import = upload(workspace, files, name)
    import_catalog(source_import.pk)
    source_import.refresh_from_db()
    return source_import


def waveforms_of(files: Mapping[str, Content]) -> dict[str, Content]:
    return {name: content for name, content in files.items() if name.endswith(".mseed")}


def without_waveforms(files: Mapping[str, Content]) -> dict[str, Content]:
    return {name: content for name, content in files.items() if not name.endswith(".mseed")}
