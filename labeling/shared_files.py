"""The files of a data folder that all hosts use: those in the folder itself, or, with a bucket behind it, those in the bucket.

With a bucket the folder is a cache. A file is published once its content is final and before a row of the database points to it; it is
fetched where it is first needed; those that were not used for longest go where all together take more than they may. A file that the
bucket does not hold is never taken away.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from labeling.bucket import Bucket, StorageUnreachable, StoredObject

CACHED = ("waveforms", "exports", "runs")  # folders of the data folder
FETCHING = "tmp/fetching"  # files on their way from the bucket
LOOKED_AFTER_S = 60.0  # other processes fill the cache as well
IN_USE_S = 600.0  # a file that was fetched or read so recently may be about to be opened


class SharedFiles:
    """folder: the data folder. bucket: None where the folder itself is what all hosts share. most_bytes: of the cache; 0 for no limit."""

    def __init__(self, folder: Path, bucket: Bucket | None = None, most_bytes: int = 0) -> None:
        self._folder = folder
        self.bucket = bucket
        self._most_bytes = most_bytes
        self._room, self._looked_at = 0, -LOOKED_AFTER_S

    def name_of(self, path: Path) -> str:
        """Of a file below the data folder, as the bucket knows it."""
        return path.relative_to(self._folder).as_posix()

    def publish(self, path: Path) -> None:
        """From now on every host finds the file. Raises StorageUnreachable; then no row may point to it."""
        if self.bucket is not None:
            self.bucket.put(self.name_of(path), path)

    def fetch(self, path: Path) -> Path:
        """The path itself, whose file is here from now on, if there is one at all."""
        if self.bucket is None or path.exists():
            return path
        stored = self.bucket.find(self.name_of(path))
        if stored is None:
            return path
        self._make_room(stored.size_bytes)
        path.parent.mkdir(parents=True, exist_ok=True)
        being_fetched = self._folder / FETCHING / uuid.uuid4().hex
        being_fetched.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.bucket.get(stored.name, being_fetched)
            if (n_bytes := being_fetched.stat().st_size) != stored.size_bytes:
                raise StorageUnreachable(f"Of {stored.name} {n_bytes} of {stored.size_bytes} bytes came. Try again.")
            being_fetched.replace(path)
        except FileNotFoundError:  # deleted meanwhile
            return path
        except OSError as problem:
            raise StorageUnreachable(
                f"{stored.name} could not be kept here ({problem.strerror}). Look at the disk of REPICK_DATA_DIR."
            ) from None
        finally:
            being_fetched.unlink(missing_ok=True)
        return path

    def date_anew(self, path: Path, now: float) -> None:
        """As if it were written now, in seconds since 1970, where it lies for all hosts."""
        if self.bucket is None:
            os.utime(path, (now, now))
        else:
            self.bucket.copy(self.name_of(path), self.name_of(path))

    def forget(self, path: Path) -> None:
        """Deletes a file that nothing points to, here and in the bucket."""
        path.unlink(missing_ok=True)
        if self.bucket is not None:
            self.bucket.delete(self.name_of(path))

    def _make_room(self, n_bytes: int) -> None:
        if not self._most_bytes:
            return
        if time.monotonic() - self._looked_at > LOOKED_AFTER_S or n_bytes > self._room:
            self._room = self._most_bytes - self._evicted(n_bytes)
            self._looked_at = time.monotonic()
        self._room -= n_bytes

    def _evicted(self, n_bytes: int) -> int:
        """What is left of the cache, in bytes, when room was made for so many."""
        assert self.bucket is not None
        kept = sorted(self._kept(), key=lambda one: one.written_at)
        total = sum(one.size_bytes for one in kept)
        for one in kept:
            if total + n_bytes <= self._most_bytes or time.time() - one.written_at < IN_USE_S:
                break
            stored = self.bucket.find(one.name)
            if stored is not None and stored.size_bytes == one.size_bytes:
                (self._folder / one.name).unlink(missing_ok=True)
                total -= one.size_bytes
        return total

    def _kept(self) -> Iterator[StoredObject]:
        """Files of the cache; written_at: when they were last written or read, as far as the file system says."""
        for top in CACHED:
            for folder, _, names in os.walk(self._folder / top):
                for name in names:
                    path = Path(folder, name)
                    with suppress(FileNotFoundError):
                        status = path.stat()
                        yield StoredObject(self.name_of(path), status.st_size, max(status.st_mtime, status.st_atime))
