"""A file from some byte on, as a file of its own: for what is written with seeks into the middle of another."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from labeling.seismo.formats.checksums import joined_crc32

_BUFFERS_AT_ONCE = 512  # the kernel takes 1024
_READ_AT_ONCE = 1 << 20


class FileRegion(io.RawIOBase):
    """Bytes of an open descriptor from `begin` to its end. The descriptor stays open when the region is closed.

    Positions of `write_at` do not touch the region's own, so that one thread may use it beside another's reads and writes.
    """

    def __init__(self, descriptor: int, begin: int = 0) -> None:
        super().__init__()
        self.descriptor = descriptor
        self.begin = begin
        self._position = 0
        self.failure: OSError | None = None  # the first of a write: HDF5 loses it on its way
        self.written_once: dict[int, tuple[int, int]] = {}  # by position, length and CRC-32 of what `write_once` took

    @property
    def size(self) -> int:
        return max(0, os.fstat(self.descriptor).st_size - self.begin)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        n_read = os.preadv(self.descriptor, [buffer], self.begin + self._position)
        self._position += n_read
        return n_read

    def write(self, content: Any) -> int:
        try:
            self.write_at(self._position, [content])
        except OSError as error:
            self.failure = self.failure or error
            raise
        self._position += memoryview(content).nbytes
        return memoryview(content).nbytes

    def truncate(self, size: int | None = None) -> int:
        size = self._position if size is None else size
        os.ftruncate(self.descriptor, self.begin + size)
        return size

    def write_once(self, position: int, buffers: Sequence[Any]) -> None:
        """`write_at` where nobody writes again: with the checksum at hand, the region need not be read for it."""
        self.write_at(position, buffers)
        crc, n_bytes = 0, 0
        for buffer in buffers:
            content = memoryview(buffer).cast("B")
            crc, n_bytes = zlib.crc32(content, crc), n_bytes + content.nbytes
        self.written_once[position] = n_bytes, crc

    def crc32(self) -> int:
        """Of the whole region."""
        crc = at = 0
        for position, (n_bytes, crc_there) in sorted(self.written_once.items()):
            crc = joined_crc32(self._crc32_of(at, position, crc), crc_there, n_bytes)
            at = position + n_bytes
        return self._crc32_of(at, self.size, crc)

    def _crc32_of(self, begin: int, end: int, crc: int) -> int:
        """The checksum so far, and of bytes [begin, end) behind."""
        while begin < end and (content := os.pread(self.descriptor, min(_READ_AT_ONCE, end - begin), self.begin + begin)):
            crc, begin = zlib.crc32(content, crc), begin + len(content)
        return crc

    def write_at(self, position: int, buffers: Sequence[Any], write: Callable[[int, list[memoryview], int], int] = os.pwritev) -> None:
        """Writes contiguous buffers one behind the other. write: may write less than all. Raises OSError, as where the disk is full."""
        at = self.begin + position
        for first in range(0, len(buffers), _BUFFERS_AT_ONCE):
            some = buffers[first : first + _BUFFERS_AT_ONCE]
            rest = [memoryview(buffer).cast("B") for buffer in some if memoryview(buffer).nbytes]
            while rest:
                n_written = write(self.descriptor, rest, at)
                at += n_written
                while rest and n_written >= rest[0].nbytes:
                    n_written -= rest.pop(0).nbytes
                if rest:
                    rest[0] = rest[0][n_written:]  # a signal, or 2 GiB at once, cut it short
