"""Files in the data folder that no row points to: left by imports that were stopped, by deleted catalogs, by workers that were killed.

What is younger than a given age is left alone: a file is written before the row that points to it. So is what was written to, or, as a
compacted shard is, dated anew, since any work began that is still under way: its worker may have read rows that pointed there. A file
is put aside before it is deleted, and put back if a row, or a new file under its name, shows that somebody needs it after all.
"""

from __future__ import annotations

import math
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db.models import Min

from labeling.files import data_dir, exports_folder, original_files, waveform_store, working_folder
from labeling.models import Export, Import, PartialFile, SourceFile, Trace, Work

ASIDE = ".garbage"
_UNDER_WAY = (Work.State.RUNNING, Work.State.WAITING)
_WORKING = (Work.State.QUEUED, Work.State.RUNNING)


@dataclass(frozen=True)
class Garbage:
    """A file or folder that nothing points to. name: below the data folder."""

    kind: str
    path: Path
    size_bytes: int

    @property
    def name(self) -> str:
        return str(self.path.relative_to(data_dir()))


@dataclass(frozen=True)
class _Kind:
    """Files of one kind. is_needed: asked once more when a file has been put aside."""

    name: str
    paths: Iterator[Path]
    is_needed: Callable[[Path], bool]


def find_garbage(*, min_age_s: float) -> Iterator[Garbage]:
    """What nothing needs, and nothing has written to for so long."""
    before = _before(min_age_s)
    for kind in _kinds():
        for path in kind.paths:
            if not kind.is_needed(path) and _written_at(path) <= before:
                yield Garbage(kind.name, path, _size(path))


def delete_garbage(found: Iterable[Garbage], *, min_age_s: float) -> Iterator[Garbage]:
    """Deletes it, and yields what is gone; what is needed by now stays."""
    before = _before(min_age_s)
    kinds = {kind.name: kind.is_needed for kind in _kinds()}
    for garbage in found:
        aside = garbage.path.with_name(f"{garbage.path.name.removesuffix(ASIDE)}{ASIDE}")
        try:
            garbage.path.rename(aside)
        except FileNotFoundError:
            continue
        # An upload of the same content may have put a new file there just before it was put aside.
        if kinds[garbage.kind](garbage.path) or _written_at(aside) > before:
            _put_back(aside)
            continue
        _delete(aside)
        yield garbage


def put_back() -> None:
    """Brings back what is needed and was put aside by a `gc` that was killed then."""
    for kind in _kinds():
        for path in kind.paths:
            if path.name.endswith(ASIDE) and kind.is_needed(path):
                _put_back(path)


def _put_back(aside: Path) -> None:
    path = aside.with_name(aside.name.removesuffix(ASIDE))
    if path.exists():
        _delete(aside)
    else:
        aside.rename(path)


def _kinds() -> list[_Kind]:
    store, originals = waveform_store().folder, original_files().folder
    used = _Shards()
    return [
        _Kind("waveform shards", store.glob("shards/*.f32*"), used),
        _Kind("originals", originals.glob("??/*"), _is_original),
        _Kind("uploads that were cut off", originals.glob("*.part*"), lambda _: False),
        _Kind("parts of files", originals.glob("unfinished/*"), _is_partial),
        _Kind("exports", exports_folder().glob("*/*"), _is_export),
        _Kind("scratch folders", working_folder("x").parent.glob("import-*"), _is_scratch_in_use),
    ]


class _Shards:
    """Whether a trace has samples in a shard. All shards in use are listed once; a shard that gets its first row later is young."""

    def __init__(self) -> None:
        self._used: set[str] | None = None

    def __call__(self, path: Path) -> bool:
        if self._used is None:
            channels = Trace.objects.values_list("channels", flat=True).iterator(chunk_size=5000)
            self._used = {channel["shard"] for row in channels for channel in row if "shard" in channel}
        return path.name.split(".")[0] in self._used


def _is_original(path: Path) -> bool:
    return SourceFile.objects.filter(sha256=path.name.split(".")[0]).exists()


def _is_partial(path: Path) -> bool:
    try:
        stored_as = uuid.UUID(hex=path.name.split(".")[0])
    except ValueError:
        return False
    return PartialFile.objects.filter(stored_as=stored_as, source_import__state=Work.State.RECEIVING).exists()


def _is_export(path: Path) -> bool:
    """Of exports/<id>/<attempt>: whether the export may still write there, or lies there."""
    number, attempt = path.parent.name, path.name.split(".")[0]
    if not (number.isdigit() and attempt.isdigit()):
        return True  # nothing of ours
    exports = Export.objects.filter(pk=int(number))
    return exports.filter(state__in=_WORKING).exists() or exports.filter(path__startswith=f"{number}/{attempt}/").exists()


def _is_scratch_in_use(path: Path) -> bool:
    """Of tmp/import-<id>-<attempt>."""
    number = path.name.split("-")[1]
    return not number.isdigit() or Import.objects.filter(pk=int(number), state__in=_WORKING).exists()


def _before(min_age_s: float) -> float:
    """Until when garbage was written, in seconds since 1970: an instant, for ages grow while files are looked at."""
    return min(time.time() - min_age_s, _oldest_work_began())


def _oldest_work_began() -> float:
    """In seconds since 1970, of what is under way: imports, exports, runs and their folds."""
    kinds = [model for model in apps.get_models() if issubclass(model, Work)]
    begun = [kind._default_manager.filter(state__in=_UNDER_WAY).aggregate(oldest=Min("started_at"))["oldest"] for kind in kinds]
    return min((started_at.timestamp() for started_at in begun if started_at), default=math.inf)


def _written_at(path: Path) -> float:
    """When it, or the newest thing in it, was written, in seconds since 1970."""
    return max((one.lstat().st_mtime for one in (path, *(path.rglob("*") if path.is_dir() else ()))), default=0.0)


def _size(path: Path) -> int:
    return sum(one.lstat().st_size for one in (path, *(path.rglob("*") if path.is_dir() else ())) if one.is_file())


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
