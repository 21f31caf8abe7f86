"""The files of a data folder that all hosts use: those in the folder itself, or, with a bucket behind it, those in the bucket.

With a bucket the folder is a cache. A file is published once its content is final and before a row of the database points to it; it is
fetched where it is first needed; those that were not used for longest go where all together take more than they may, or the disk is full.
A file that the bucket does not hold, with the same content, is never taken away.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from labeling.bucket import Bucket, ObjectDamaged, StorageUnreachable, StoredObject

logger = logging.getLogger(__name__)

CACHED = ("waveforms", "exports", "runs")  # folders of the data folder
FETCHING = "tmp/fetching"  # files on their way from the bucket
ASIDE = ".garbage"  # at the end of the name of what `gc` has put aside
LOCKS = 64
TRIED_AGAIN_S = 5.0
LOOKED_AFTER_S = 60.0  # other processes fill the cache as well
IN_USE_S = 3600.0  # a job may come back to a file that it has fetched or read so recently,
AT_HAND_S = 60.0  # or be about to open it; where the disk is full, this has to do
NOTED_AFTER_S = 60.0
KEPT_FREE_BYTES = 256 << 20  # of the disk


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

    def publish(self, path: Path, *, patience_s: float = 0.0) -> None:
        """From now on every host finds the file. Raises StorageUnreachable; then no row may point to it.

        patience_s: for how long to try again, where hours of work would be lost.
        """
        if self.bucket is None:
            return
        until = time.monotonic() + patience_s
        while True:
            try:
                self.bucket.put(self.name_of(path), path)
                break
            except StorageUnreachable as problem:
                if time.monotonic() >= until:
                    raise
                logger.warning("%s It is tried again for up to %.0f s.", problem, until - time.monotonic())
                time.sleep(TRIED_AGAIN_S)
        self._room -= path.stat().st_size
        self._make_room(0)

    def fetch(self, path: Path, *, may_have_changed: bool = False) -> Path:
        """The path itself, whose file is here from now on, if there is one at all. may_have_changed: another host may have written it anew.

        Raises StorageUnreachable, and ObjectDamaged where the bucket's is not what was stored.
        """
        if self.bucket is None or (path.exists() and not may_have_changed):
            return path
        with self._alone_with(path):
            if may_have_changed or not path.exists():
                self._get(self.bucket, path)
        return path

    def used(self, path: str, status: os.stat_result) -> None:
        """Notes that a file of the cache is read. On many disks reading does not change its time of access, and through a map nowhere."""
        now = time.time()
        if self.bucket is not None and now - status.st_atime > NOTED_AFTER_S:
            with suppress(FileNotFoundError):  # it was taken away just now; who has it mapped reads on
                os.utime(path, (now, status.st_mtime))

    def is_whole_in_bucket(self, path: Path) -> bool:
        """Whether the bucket's content is what was stored, whatever lies here; all of it is read. False where there is none."""
        assert self.bucket is not None
        stored = self._stored(self.bucket, path)
        return stored is not None and self.bucket.is_whole(stored)

    def _stored(self, bucket: Bucket, path: Path) -> StoredObject | None:
        name = self.name_of(path)
        # What is aside may have been uploaded once more while it was put there; `gc` puts it back.
        return bucket.find(name) or bucket.find(f"{name}{ASIDE}")

    def _get(self, bucket: Bucket, path: Path) -> Path:
        stored = self._stored(bucket, path)
        if stored is None or stored.is_content_of(path):
            return path
        self._make_room(stored.size_bytes)
        path.parent.mkdir(parents=True, exist_ok=True)
        being_fetched = self._folder / FETCHING / uuid.uuid4().hex
        try:
            bucket.get(stored.name, being_fetched)
            if (n_bytes := being_fetched.stat().st_size) != stored.size_bytes:
                raise StorageUnreachable(f"Of {stored.name} {n_bytes} of {stored.size_bytes} bytes came. Try again.")
            if not stored.is_content_of(being_fetched):
                raise ObjectDamaged(
                    f"{stored.name} has changed in the bucket since it was stored. Run `manage.py publish` on a host that has it in its "
                    "data folder, or restore it there from the backup."
                )
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

    @contextmanager
    def _alone_with(self, path: Path) -> Iterator[None]:
        """Who wants a file that is on its way to this host waits for it. A lock goes with its process."""
        locks = self._folder / FETCHING
        locks.mkdir(parents=True, exist_ok=True)
        with (self._folder / "tmp" / f"fetching-{zlib.crc32(os.fsencode(path)) % LOCKS}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

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
        """For so many bytes more."""
        is_due = time.monotonic() - self._looked_at > LOOKED_AFTER_S
        if (self._most_bytes and (is_due or n_bytes > self._room)) or self._is_disk_full(n_bytes):
            self._room = self._most_bytes - self._evicted(n_bytes)
            self._looked_at = time.monotonic()
        self._room -= n_bytes

    def _evicted(self, n_bytes: int) -> int:
        """What is left of the cache, in bytes, when room was made for so many."""
        assert self.bucket is not None
        kept = sorted(self._kept(), key=lambda one: one.written_at)
        total = sum(one.size_bytes for one in kept)
        for one in kept:
            is_disk_full = self._is_disk_full(n_bytes)
            is_too_much = is_disk_full or 0 < self._most_bytes < total + n_bytes
            if not is_too_much or time.time() - one.written_at < (AT_HAND_S if is_disk_full else IN_USE_S):
                break
            path, stored = self._folder / one.name, self.bucket.find(one.name)
            if stored is not None and stored.is_content_of(path):
                path.unlink(missing_ok=True)
                total -= one.size_bytes
        return total

    def _is_disk_full(self, n_bytes: int) -> bool:
        return shutil.disk_usage(self._folder).free < n_bytes + KEPT_FREE_BYTES

    def _kept(self) -> Iterator[StoredObject]:
        """Files of the cache; written_at: when they were last written or read, as far as the file system says."""
        for top in CACHED:
            for folder, _, names in os.walk(self._folder / top):
                for name in names:
                    path = Path(folder, name)
                    with suppress(FileNotFoundError):
                        status = path.stat()
                        yield StoredObject(self.name_of(path), status.st_size, max(status.st_mtime, status.st_atime))
