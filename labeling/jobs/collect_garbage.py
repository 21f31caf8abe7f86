"""Files in the data folder that no row points to: left by imports that were stopped, by deleted catalogs, by workers that were killed.

What is younger than a given age is left alone: a file is written before the row that points to it. So is what was written to, or, as a
compacted shard is, dated anew, since any work began that is still under way: its worker may have read rows that pointed there. A file
is put aside before it is deleted, and put back if a row, or a new file under its name, shows that somebody needs it after all.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from django.apps import apps
from django.db.models import Min

from labeling.files import data_dir
from labeling.jobs.garbage_places import Place, places
from labeling.models import Export, Import, PartialFile, SourceFile, Trace, Work
from labeling.shared_files import ASIDE, FETCHING

_UNDER_WAY = (Work.State.RUNNING, Work.State.WAITING)
_WORKING = (Work.State.QUEUED, Work.State.RUNNING)


@dataclass(frozen=True)
class Garbage:
    """A file or folder that nothing points to. name: below the data folder. is_aside: put aside in the bucket, to be deleted later."""

    kind: str
    path: Path
    size_bytes: int
    place: Place
    is_aside: bool = False

    @property
    def name(self) -> str:
        return str(self.path.relative_to(data_dir()))


@dataclass(frozen=True)
class _Kind:
    """Files of one kind. pattern: of their names below the data folder. is_needed: asked once more when a file has been put aside."""

    name: str
    pattern: str
    is_needed: Callable[[Path], bool]


def find_garbage(*, min_age_s: float) -> Iterator[Garbage]:
    """What nothing needs, and nothing has written to for so long."""
    before = _before(min_age_s)
    for place in places():
        for kind in _kinds():
            for found in place.found(kind.pattern):
                if not kind.is_needed(found.path) and found.written_at <= before:
                    yield Garbage(kind.name, found.path, found.size_bytes, place)


def delete_garbage(found: Iterable[Garbage], *, min_age_s: float) -> Iterator[Garbage]:
    """Deletes it, and yields what is gone; what is needed by now stays. In a bucket it is put aside, and deleted by a later call."""
    before = _before(min_age_s)
    kinds = {kind.name: kind.is_needed for kind in _kinds()}
    for garbage in found:
        place, is_aside = garbage.place, garbage.path.name.endswith(ASIDE)
        aside = garbage.path if is_aside else garbage.path.with_name(f"{garbage.path.name}{ASIDE}")
        try:
            if not is_aside:
                place.rename(garbage.path, aside)
        except FileNotFoundError:
            continue
        # An upload of the same content may have put a new file there just before it was put aside.
        if kinds[garbage.kind](garbage.path) or (place.dates_survive_renaming and place.written_at(aside) > before):
            _put_back(place, aside)
        elif is_aside or place.dates_survive_renaming:
            place.delete(aside)
            yield garbage
        else:
            yield replace(garbage, is_aside=True)


def put_back() -> None:
    """Brings back what is needed and was put aside, by a `gc` that was killed then for instance."""
    for place in places():
        for kind in _kinds():
            for found in place.found(kind.pattern):
                if found.path.name.endswith(ASIDE) and kind.is_needed(found.path):
                    _put_back(place, found.path)


def _put_back(place: Place, aside: Path) -> None:
    path = aside.with_name(aside.name.removesuffix(ASIDE))
    if place.exists(path):
        place.delete(aside)
    else:
        place.rename(aside, path)


def _kinds() -> list[_Kind]:
    return [
        _Kind("waveform shards", "waveforms/shards/*.f32*", _Shards()),
        _Kind("originals", "waveforms/originals/??/*", _is_original),
        _Kind("uploads that were cut off", "waveforms/originals/*.part*", lambda _: False),
        _Kind("parts of files", "waveforms/originals/unfinished/*", _is_partial),
        _Kind("exports", "exports/*/*", _is_export),
        _Kind("scratch folders", "tmp/import-*", _is_scratch_in_use),
        _Kind("files that were cut off on their way from the bucket", f"{FETCHING}/*", lambda _: False),
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
