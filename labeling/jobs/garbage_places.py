"""Where garbage may lie: in this host's data folder, and in the bucket behind it. Files and folders by paths below the data folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import groupby
from pathlib import Path
from typing import Protocol

from labeling.bucket import Bucket, StoredObject
from labeling.files import data_dir, shared_files


@dataclass(frozen=True)
class Found:
    """A file or folder. written_at: when it, or the newest thing in it, was written, in seconds since 1970."""

    path: Path
    size_bytes: int
    written_at: float


class Place(Protocol):
    """dates_survive_renaming: whether what is renamed keeps the date at which it was written."""

    dates_survive_renaming: bool

    def found(self, pattern: str) -> Iterator[Found]: ...
    def written_at(self, path: Path) -> float: ...
    def exists(self, path: Path) -> bool: ...
    def rename(self, path: Path, to: Path) -> None: ...
    def delete(self, path: Path) -> None: ...


def places() -> list[Place]:
    bucket = shared_files().bucket
    return [_Folder()] if bucket is None else [_Folder(), _InBucket(bucket)]


class _Folder:
    dates_survive_renaming = True

    def found(self, pattern: str) -> Iterator[Found]:
        for path in data_dir().glob(pattern):
            size_bytes = sum(one.lstat().st_size for one in _all_of(path) if one.is_file())
            yield Found(path, size_bytes, self.written_at(path))

    def written_at(self, path: Path) -> float:
        return max((one.lstat().st_mtime for one in _all_of(path)), default=0.0)

    def exists(self, path: Path) -> bool:
        return path.exists()

    def rename(self, path: Path, to: Path) -> None:
        path.rename(to)

    def delete(self, path: Path) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


class _InBucket:
    """A folder is what has a common beginning of its names. What is renamed is copied, and so dated anew."""

    dates_survive_renaming = False

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def found(self, pattern: str) -> Iterator[Found]:
        depth, start = pattern.count("/") + 1, pattern[: min(pattern.index(mark) for mark in "*?" if mark in pattern)]

        def top(stored: StoredObject) -> str:
            return "/".join(stored.name.split("/")[:depth])

        for name, group in groupby(self._bucket.below(start), key=top):
            if name.count("/") + 1 == depth and fnmatch(name, pattern):
                every = list(group)
                yield Found(data_dir() / name, sum(one.size_bytes for one in every), max(one.written_at for one in every))

    def written_at(self, path: Path) -> float:
        return max((one.written_at for one in self._below(path)), default=0.0)

    def exists(self, path: Path) -> bool:
        return any(True for _ in self._below(path))

    def rename(self, path: Path, to: Path) -> None:
        every, old, new = list(self._below(path)), _name(path), _name(to)
        if not every:
            raise FileNotFoundError(old)
        for one in every:
            self._bucket.copy(one.name, new + one.name[len(old) :])
        for one in every:
            self._bucket.delete(one.name)

    def delete(self, path: Path) -> None:
        for one in list(self._below(path)):
            self._bucket.delete(one.name)

    def _below(self, path: Path) -> Iterator[StoredObject]:
        name = _name(path)
        return (one for one in self._bucket.below(name) if one.name == name or one.name.startswith(f"{name}/"))


def _name(path: Path) -> str:
    return shared_files().name_of(path)


def _all_of(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir():
        yield from path.rglob("*")
