"""Sample arrays by address, in memory-mapped float32 shards; original files by the hash of their content.

A shard is one file of raw little-endian float32. It is only appended to, so an address (shard, offset, length) holds for ever,
and a window is read without touching the rest. A shard belongs to one writer; nobody appends to another's. Where a bucket lies behind the
folder, a shard ends where it is made durable, is published, and is fetched whole by who reads of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from labeling.shared_files import SharedFiles

FloatArray = NDArray[np.float32]

SHARD_BYTES = 1 << 30  # a new shard is begun beyond this,
FETCHED_SHARD_BYTES = 1 << 26  # or, with a bucket, beyond this: who wants a window waits for its shard
READ_AT_ONCE = 1 << 20
SAMPLE_BYTES = 4


class StoreProblem(Exception):
    """The store does not hold what was asked for, or can't take what was given."""


@dataclass(frozen=True)
class Address:
    """Where one component's samples lie. offset and length in samples."""

    shard: str
    offset: int
    length: int


class WaveformStore:
    """The waveforms below one folder; the folder may be shared between hosts."""

    def __init__(self, folder: Path, shared: SharedFiles | None = None) -> None:
        self.folder = folder
        self._shared = shared or SharedFiles(folder)
        self._shards = os.path.join(folder, "shards", "")  # joined once: a Path for each window costs as much as the window

    def writer(self) -> ShardWriter:
        return ShardWriter(self.folder / "shards", self._shared)

    def read(self, address: Address, start: int = 0, n_samples: int | None = None) -> FloatArray:
        """Samples [start, start + n_samples) of one component as (n_samples,) float32; NaN where the window leaves the trace."""
        window: FloatArray = self._window(address, 1, start, n_samples)[0]
        return window

    def read_many(self, addresses: Sequence[Address], start: int = 0, n_samples: int | None = None) -> FloatArray:
        """The same window of several components: (n_components, n_samples) float32."""
        first = addresses[0]
        # Components of a trace are written one after the other: then one strided copy takes them all.
        if all(
            address.shard == first.shard and address.length == first.length and address.offset == first.offset + row * first.length
            for row, address in enumerate(addresses)
        ):
            return self._window(first, len(addresses), start, n_samples)
        return np.concatenate([self._window(address, 1, start, n_samples) for address in addresses])

    def read_whole(self, addresses: Sequence[Address]) -> FloatArray:
        """Components of one length, all of them: (n_components, n_samples) float32.

        Read and not mapped: what a process has looked at through a map counts as its memory, and whole traces are read once.
        """
        whole = np.empty((len(addresses), addresses[0].length), dtype="<f4")
        for row, address in enumerate(addresses):
            if row and _follows(address, addresses[row - 1]):
                continue
            n_rows = 1
            while row + n_rows < len(addresses) and _follows(addresses[row + n_rows], addresses[row + n_rows - 1]):
                n_rows += 1
            _read_into(self._shard_file(address.shard), whole[row : row + n_rows], address)
        return whole

    def _shard_file(self, shard: str) -> _ShardFile:
        path = f"{self._shards}{shard}.f32"
        return _shard_file(path, self._status(shard, path).st_ino)

    def _status(self, shard: str, path: str) -> os.stat_result:
        try:
            status = os.stat(path)
        except FileNotFoundError:
            try:
                status = self._shared.fetch(Path(path)).stat()
            except FileNotFoundError:
                raise _is_gone(shard) from None
            _open_shard.cache_clear()  # what was taken from the cache keeps its room on the disk as long as it is mapped
        if self._shared.bucket is not None:
            self._shared.used(path, status)
        return status

    def _window(self, address: Address, n_rows: int, start: int, n_samples: int | None) -> FloatArray:
        """(n_rows, n_samples) of as many components that follow each other from the address on."""
        count = address.length - start if n_samples is None else n_samples
        if count < 0:
            raise StoreProblem(f"A window of {count} samples was asked for; ask for 0 or more.")
        end = address.offset + n_rows * address.length
        rows = self._mapped(address.shard, end)[address.offset : end].reshape(n_rows, address.length)
        first, last = max(start, 0), min(start + count, address.length)
        if first == start and last == start + count:
            return np.array(rows[:, first:last])
        window = np.full((n_rows, count), np.nan, dtype=np.float32)
        if last > first:
            window[:, first - start : last - start] = rows[:, first:last]
        return window

    def _mapped(self, shard: str, n_samples: int) -> NDArray[np.float32]:
        """A shard as one array, at least that long."""
        path = f"{self._shards}{shard}.f32"
        size = self._status(shard, path).st_size
        if size < n_samples * SAMPLE_BYTES:
            raise _is_cut_short(shard, size, n_samples)
        return _open_shard(path, size)


class ShardWriter:
    """Appends arrays to shards of its own. `close` makes them durable; addresses are to be used after that."""

    def __init__(self, folder: Path, shared: SharedFiles) -> None:
        self._folder = folder
        self._shared = shared
        self._shard_bytes = SHARD_BYTES if shared.bucket is None else FETCHED_SHARD_BYTES
        self._file: BinaryIO | None = None
        self._shard = ""
        self._offset = 0

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, samples: FloatArray) -> Address:
        """Writes one component. samples: (n_samples,), converted to float32; NaN marks a gap."""
        flat = np.ascontiguousarray(samples, dtype="<f4").reshape(-1)
        if self._file is None or self._offset * SAMPLE_BYTES > self._shard_bytes:
            self.close()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._shard = uuid.uuid4().hex
            self._file = self._path().open("xb")
            self._offset = 0
        self._file.write(flat.tobytes())
        address = Address(self._shard, self._offset, flat.size)
        self._offset += flat.size
        return address

    def flush(self) -> None:
        """Makes everything appended so far durable, and readable from every host."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        if self._shared.bucket is not None:
            self._end_shard()
            self._shared.publish(self._path())

    def close(self) -> None:
        self.flush()
        self._end_shard()

    def _path(self) -> Path:
        return self._folder / f"{self._shard}.f32"

    def _end_shard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


@lru_cache(maxsize=256)
def _open_shard(path: str, size: int) -> NDArray[np.float32]:
    # The size is part of the key: a shard that has grown is mapped anew. Opening costs 100 times a read.
    return np.memmap(path, dtype="<f4", mode="r", shape=(size // SAMPLE_BYTES,)).view(np.ndarray)


class _ShardFile:
    """A shard that is open for reading until nobody holds this any more."""

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        with suppress(AttributeError):  # it could not be opened
            os.close(self.descriptor)


@lru_cache(maxsize=16)
def _shard_file(path: str, inode: int) -> _ShardFile:
    # The inode is part of the key: a shard that was restored is another file. Reads one after the other find the next bytes read ahead.
    return _ShardFile(path)


def _follows(address: Address, before: Address) -> bool:
    return (address.shard, address.offset, address.length) == (before.shard, before.offset + before.length, before.length)


def _read_into(file: _ShardFile, rows: FloatArray, address: Address) -> None:
    """Fills rows, one behind the other, with what stands from the address on."""
    begin, rest = address.offset * SAMPLE_BYTES, memoryview(rows.data).cast("B") if rows.size else memoryview(b"")
    while rest:
        n_read = os.preadv(file.descriptor, [rest], begin)
        if not n_read:
            raise _is_cut_short(address.shard, os.fstat(file.descriptor).st_size, address.offset + rows.size)
        begin, rest = begin + n_read, rest[n_read:]


def _is_gone(shard: str) -> StoreProblem:
    return StoreProblem(f"The waveform shard {shard} is not in the data folder. Restore it from the backup, or import the files again.")


def _is_cut_short(shard: str, size: int, n_samples: int) -> StoreProblem:
    return StoreProblem(f"The waveform shard {shard} is cut short ({size} of {n_samples * SAMPLE_BYTES} bytes). Restore it from a backup.")


@dataclass(frozen=True)
class ReceivedFile:
    """A file that has come in whole and is not stored yet."""

    sha256: str
    size_bytes: int
    being_written: Path
    target: Path
    shared: SharedFiles

    def keep(self) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.being_written.replace(self.target)
        self.shared.publish(self.target)


class OriginalFiles:
    """Uploaded files as they came, each stored once under the sha256 of its content."""

    def __init__(self, folder: Path, shared: SharedFiles | None = None) -> None:
        self.folder = folder / "originals"
        self._shared = shared or SharedFiles(folder)

    def path_of(self, sha256: str) -> Path:
        """Where it lies, from now on also on this host."""
        return self._shared.fetch(self._target(sha256))

    def _target(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    @contextmanager
    def receive(self, chunks: Iterable[bytes], *, max_bytes: int, refuse: Callable[[int], Exception]) -> Iterator[ReceivedFile]:
        """A stream, written aside; it is stored by `keep`, and gone at the end of the block otherwise. Beyond max_bytes: `refuse(size)`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        being_written = self.folder / f"{uuid.uuid4().hex}.part"
        digest, size = hashlib.sha256(), 0
        try:
            with being_written.open("xb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > max_bytes:
                        raise refuse(size)
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            yield self._received(digest.hexdigest(), size, being_written)
        finally:
            being_written.unlink(missing_ok=True)

    def append(self, stored_as: uuid.UUID, offset: int, chunk: bytes) -> None:
        """Writes a chunk of a file that is not whole yet, over whatever an attempt that was cut off left there."""
        path = self._unfinished(stored_as)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self._shared.bucket is not None:  # the next one may come to another host
            # Under another name: were it sent again, and to another host, this would be taken for it.
            being_written = self.folder / f"{uuid.uuid4().hex}.part"
            try:
                being_written.write_bytes(chunk)
                self._shared.bucket.put(self._shared.name_of(self._part(stored_as, offset)), being_written)
            finally:
                being_written.unlink(missing_ok=True)
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.seek(offset)
            file.write(chunk)

    @contextmanager
    def finished(self, stored_as: uuid.UUID, size_bytes: int, crc32: int) -> Iterator[ReceivedFile]:
        """A file that came in chunks, read once more; it is stored by `keep`. StoreProblem where it is not what its chunks were."""
        path = self._unfinished(stored_as)
        if self._shared.bucket is None:
            yield self._checked(path, size_bytes, crc32)
            return
        path = path.with_name(f"{path.name}.{uuid.uuid4().hex}")  # another host, or another request, may be at it, too
        try:
            self._put_together(stored_as, size_bytes, path)
            yield self._checked(path, size_bytes, crc32)
        finally:
            path.unlink(missing_ok=True)

    def _checked(self, path: Path, size_bytes: int, crc32: int) -> ReceivedFile:
        digest, crc, size = hashlib.sha256(), 0, 0
        try:
            with path.open("rb+") as file:
                while size < size_bytes and (chunk := file.read(min(READ_AT_ONCE, size_bytes - size))):
                    digest.update(chunk)
                    crc, size = zlib.crc32(chunk, crc), size + len(chunk)
                file.truncate(size_bytes)
                os.fsync(file.fileno())
        except FileNotFoundError:
            raise StoreProblem("What had been received of the file is not in the data folder any more.") from None
        if (size, crc) != (size_bytes, crc32):
            raise StoreProblem("What lies in the data folder is not what was received.")
        return self._received(digest.hexdigest(), size, path)

    def forget(self, stored_as: uuid.UUID) -> None:
        """Deletes what has come of a file in chunks."""
        self._unfinished(stored_as).unlink(missing_ok=True)
        if self._shared.bucket is not None:
            for part in list(self._shared.bucket.below(self._shared.name_of(self._unfinished(stored_as)))):
                self._shared.forget(self.folder / "unfinished" / Path(part.name).name)

    def crc32_of(self, sha256: str) -> int:
        """Of a stored original; the whole file is read for it."""
        crc = 0
        with self.path_of(sha256).open("rb") as file:
            while chunk := file.read(READ_AT_ONCE):
                crc = zlib.crc32(chunk, crc)
        return crc

    def holds(self, sha256: str, offset: int, content: bytes) -> bool:
        """Whether these bytes stand at that place of a stored original."""
        with self.path_of(sha256).open("rb") as file:
            file.seek(offset)
            return file.read(len(content)) == content

    def free_bytes(self) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.folder).free

    def _unfinished(self, stored_as: uuid.UUID) -> Path:
        return self.folder / "unfinished" / stored_as.hex

    def _part(self, stored_as: uuid.UUID, offset: int) -> Path:
        return self.folder / "unfinished" / f"{stored_as.hex}.{offset}"

    def _put_together(self, stored_as: uuid.UUID, size_bytes: int, whole: Path) -> None:
        """One file of the chunks that follow each other; what an attempt that was cut off left elsewhere is not among them."""
        whole.parent.mkdir(parents=True, exist_ok=True)
        with whole.open("xb") as file:
            while file.tell() < size_bytes and (part := self._shared.fetch(self._part(stored_as, file.tell()))).exists():
                with part.open("rb") as chunk:
                    shutil.copyfileobj(chunk, file, READ_AT_ONCE)
                if not part.stat().st_size:
                    break

    def _received(self, sha256: str, size_bytes: int, being_written: Path) -> ReceivedFile:
        return ReceivedFile(sha256, size_bytes, being_written, self._target(sha256), self._shared)

    def copy_out(self, sha256: str, target: Path) -> None:
        """Lays a stored original at `target` for reading: a hard link where the file system allows it, a copy elsewhere."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.path_of(sha256), target)
        except OSError:
            shutil.copyfile(self.path_of(sha256), target)
