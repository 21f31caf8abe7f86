"""Tables in uploaded archives that somebody has to describe before an import can read them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from labeling.seismo.archives import ArchiveLimits, ArchiveRefused, unpack
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.recognise import recognise
from labeling.seismo.formats.unknown_tables import UploadedTable, uploaded_table

# Somebody waits for the answer to the upload meanwhile.
LIMITS = ArchiveLimits(max_files=1000, max_unpacked_bytes=64 * 1024**2)
_LONGEST_NAME = 500


def archived_tables(path: Path, into: Path, *, name: str) -> list[tuple[InputFile, UploadedTable]]:
    """Those of an archive, unpacked into a folder and called `name/member`; none of a file that is no archive.

    Archives that are broken or beyond LIMITS, and members whose name is too long or not theirs alone, are left to the import's report.
    """
    if path.stat().st_size > LIMITS.max_unpacked_bytes or recognise(path) != "archive":
        return []
    try:
        files = unpack(path, into, LIMITS, name=name)
    except ArchiveRefused:
        return []
    times = Counter(file.name for file in files)
    tables = [(file, uploaded_table(file.path)) for file in files if times[file.name] == 1 and len(file.name) <= _LONGEST_NAME]
    return [(file, table) for file, table in tables if table is not None and table.needs_mapping]
