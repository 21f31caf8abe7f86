"""Archives to download: files of a folder in a ZIP, and one that is written into its place there, with seeks."""

from __future__ import annotations

import shutil
import stat
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from labeling.seismo.formats.file_region import FileRegion

READ_AT_ONCE = 1 << 20
_MODE = stat.S_IFREG | 0o644


class MemberInPlace:
    """The first member of an archive, stored as it is: `region` is written, and read and changed, where it will stay.

    file: an empty one, open to read and write. `finish` gives what belongs into the archive's directory.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._info = zipfile.ZipInfo(name, time.localtime()[:6])
        self._info.CRC = self._info.header_offset = 0
        self._info.external_attr = _MODE << 16
        header = self._info.FileHeader(zip64=True)
        file.write(header)
        file.flush()
        self.region = FileRegion(file.fileno(), len(header))

    def finish(self) -> zipfile.ZipInfo:
        """Says in the file how long the member is, and its checksum. The file stands at the end of it then."""
        self._info.CRC = self.region.crc32()
        self._info.file_size = self._info.compress_size = self.region.size
        self._file.seek(0)
        self._file.write(self._info.FileHeader(zip64=True))
        self._file.seek(self.region.begin + self.region.size)
        return self._info


def pack(file: BinaryIO, folder: Path, compression: int, in_place: Sequence[zipfile.ZipInfo] = ()) -> None:
    """Writes the folder's files behind what `file` holds, which are the members in place, and the directory of all. The folder goes."""
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.infolist().extend(in_place)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo.from_file(path, str(path.relative_to(folder)))
            member.compress_type = compression
            with path.open("rb") as source, archive.open(member, "w") as target:
                shutil.copyfileobj(source, target, READ_AT_ONCE)  # `archive.write` takes 8 KiB at a time
    shutil.rmtree(folder)
