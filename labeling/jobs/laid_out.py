"""The files of an import as its readers want them, and what somebody said of its tables."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from django.conf import settings

from labeling.files import original_files
from labeling.jobs.problem_sink import ProblemSink
from labeling.models import Import
from labeling.seismo.archives import ArchiveLimits, ArchiveRefused, unpack
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.recognise import recognise
from labeling.seismo.formats.table_mapping import TableMapping, mapping_of_json
from labeling.seismo.records import Problem


def lay_out(source_import: Import, folder: Path, report: ProblemSink) -> list[InputFile]:
    """The uploaded files under their own names in a folder, archives unpacked; what was kept on its own of one is not taken twice."""
    shutil.rmtree(folder, ignore_errors=True)
    files: list[InputFile] = []
    limits = ArchiveLimits(max_files=settings.UPLOAD_MAX_FILES, max_unpacked_bytes=settings.UPLOAD_MAX_UNPACKED_BYTES)
    source_files = list(source_import.files.all())
    kept = {source_file.name for source_file in source_files}
    for number, source_file in enumerate(source_files):
        # Each in a folder of its own: an upload may hold a file `REA` and a folder `REA`.
        path = folder / "files" / str(number) / PurePosixPath(source_file.name).name
        original_files().copy_out(source_file.sha256, path)
        if recognise(path) != "archive":
            files.append(InputFile(path, source_file.name))
            continue
        try:
            members = unpack(path, folder / "unpacked" / str(number), limits, name=source_file.name)
        except ArchiveRefused as problem:
            report.add(Problem("archive_refused", str(problem), source_file.name))
            continue
        files.extend(member for member in members if member.name not in kept)
    return files


def mappings_of(source_import: Import) -> dict[str, TableMapping | None]:
    """How tables are read, by their key; None for those that are left out."""
    confirmed = source_import.mappings.all()
    return {row.table_key: None if row.is_left_out else mapping_of_json(row.mapping) for row in confirmed}
