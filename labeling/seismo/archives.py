"""Archives of strangers, unpacked so that nothing lands outside its folder and nothing fills the disk."""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.recognise import is_tar_header, recognise

_CHUNK_BYTES = 256 * 1024
# tarfile reads a member's extended header in one go; an honest one is a few hundred bytes.
_LARGEST_READ = 4 * 1024 * 1024
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip


class ArchiveRefused(ValueError):
    """The archive is not unpacked; the text says why and what to do."""


@dataclass(frozen=True)
class ArchiveLimits:
    """Bounds over everything that comes out of one upload, nested archives included."""

    max_files: int = 100_000
    max_unpacked_bytes: int = 50 * 1024**3


@dataclass
class _Budget:
    """What may still come out."""

    limits: ArchiveLimits
    n_files: int = 0
    n_bytes: int = 0

    def take_file(self, name: str) -> None:
        self.n_files += 1
        if self.n_files > self.limits.max_files:
            raise ArchiveRefused(f"{name}: the archive holds more than {self.limits.max_files} files. Upload it in parts.")

    def take_bytes(self, count: int, name: str) -> None:
        self.n_bytes += count
        if self.n_bytes > self.limits.max_unpacked_bytes:
            size = self.limits.max_unpacked_bytes / 1024**2
            raise ArchiveRefused(f"{name}: the archive unpacks to more than {size:g} MiB. Upload it in parts.")


def unpack(path: Path, into: Path, limits: ArchiveLimits, *, name: str | None = None) -> list[InputFile]:
    """Files of a zip or a tar (plain, gz, bz2, xz), or of one compressed file, written into a folder under numbers.

    name: what the archive was uploaded as; members are called `name/member`. Archives in the archive are unpacked too, one level deep.
    Raises ArchiveRefused for a broken or encrypted archive, one with absolute paths, `..`, links or devices, or one beyond the limits.
    """
    into.mkdir(parents=True, exist_ok=True)
    budget = _Budget(limits)
    files = []
    for file in _unpack_one(path, name or path.name, into, budget):
        if recognise(file.path) != "archive":
            files.append(file)
            continue
        try:
            inner = list(_unpack_one(file.path, file.name, into, budget))
        except ArchiveRefused as refused:
            if "more than" in str(refused):
                raise
            files.append(file)  # a broken archive within is one unread file, no reason to refuse the rest
            continue
        file.path.unlink()
        files.extend(inner)
    return files


def _unpack_one(path: Path, name: str, into: Path, budget: _Budget) -> Iterator[InputFile]:
    with path.open("rb") as raw:
        head = raw.read(8)
    try:
        yield from _zip_members(path, name, into, budget) if head.startswith(b"PK") else _tar_members(path, name, head, into, budget)
    except ArchiveRefused:
        raise
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # our own disk, not the archive
        raise ArchiveRefused(f"{name}: the archive is broken ({error}). Pack it again.") from error


def _zip_members(path: Path, name: str, into: Path, budget: _Budget) -> Iterator[InputFile]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            member_name = _safe_name(member.filename, name)
            mode = member.external_attr >> 16
            if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
                raise ArchiveRefused(f"{name}: {member_name} is a link or a device. Pack plain files only.")
            if member.is_dir():
                continue
            if member.flag_bits & 1:
                raise ArchiveRefused(f"{name}: {member_name} is encrypted. Pack the files without a password.")
            with archive.open(member) as source:
                yield _write(source, f"{name}/{member_name}", into, budget)


def _tar_members(path: Path, name: str, head: bytes, into: Path, budget: _Budget) -> Iterator[InputFile]:
    with _decompressed(path, head) as plain:
        bounded = _BoundedReader(plain, name, budget)
        if not _is_tar(plain):
            inner = PurePosixPath(name).stem if PurePosixPath(name).suffix else "content"
            yield _write(plain, f"{name}/{inner}", into, budget)
            return
        with tarfile.open(fileobj=bounded, mode="r:") as archive:  # type: ignore[call-overload]
            for member in archive:
                member_name = _safe_name(member.name, name)
                if member.isdir():
                    continue
                source = archive.extractfile(member) if member.isreg() else None
                if source is None:
                    raise ArchiveRefused(f"{name}: {member_name} is a link or a device. Pack plain files only.")
                with source:
                    yield _write(source, f"{name}/{member_name}", into, budget)


def _decompressed(path: Path, head: bytes) -> IO[bytes] | gzip.GzipFile:
    if head.startswith(b"\x1f\x8b"):
        return gzip.open(path, "rb")
    if head.startswith(b"BZh"):
        return bz2.open(path, "rb")
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.open(path, "rb")
    return path.open("rb")


def _is_tar(plain: IO[bytes] | gzip.GzipFile) -> bool:
    block = plain.read(512)
    plain.seek(0)
    return is_tar_header(block)


class _BoundedReader:
    """A decompressing stream for tarfile that ends at the limit: sizes in headers are a stranger's claims."""

    def __init__(self, plain: IO[bytes] | gzip.GzipFile, name: str, budget: _Budget) -> None:
        self._plain = plain
        self._name = name
        # Headers and padding come on top of what is unpacked.
        self._end = budget.limits.max_unpacked_bytes + budget.limits.max_files * 2048

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > _LARGEST_READ or self._plain.tell() > self._end:
            raise ArchiveRefused(f"{self._name}: the archive has a header of an absurd size. Pack it again.")
        return self._plain.read(size)

    def seek(self, position: int, whence: int = 0) -> int:
        if whence != 0 or position > self._end:
            raise ArchiveRefused(f"{self._name}: the archive unpacks to more than its limit. Upload it in parts.")
        return self._plain.seek(position)

    def tell(self) -> int:
        return self._plain.tell()


def _safe_name(member: str, name: str) -> str:
    """The member's path with `/`. Raises ArchiveRefused for one that leads out of the archive."""
    plain = member.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    if not parts or plain.startswith("/") or ".." in parts or (len(plain) > 1 and plain[1] == ":") or "\x00" in plain:
        raise ArchiveRefused(f"{name}: the member {member!r} leads out of the archive. Pack it with paths relative to its own folder.")
    return "/".join(part for part in parts if part != ".")


def _write(source: IO[bytes] | gzip.GzipFile, name: str, into: Path, budget: _Budget) -> InputFile:
    budget.take_file(name)
    # Numbers, not the stranger's names: no clash, no length limit, nothing that a file system reads in its own way.
    target = into / f"{budget.n_files:06d}"
    with target.open("wb") as out:
        while chunk := source.read(_CHUNK_BYTES):
            budget.take_bytes(len(chunk), name)
            out.write(chunk)
    return InputFile(target, name)
