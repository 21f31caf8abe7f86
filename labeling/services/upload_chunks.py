"""Files that come in chunks: each says where it belongs, is checked, and counts only as a whole. A lost connection loses one chunk."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from labeling.files import original_files
from labeling.models import Import, PartialFile, SourceFile
from labeling.seismo.formats.unknown_tables import uploaded_table
from labeling.services.refusals import Conflict, Refused
from labeling.services.uploads import (
    clean_name,
    keep_archived_tables,
    keep_file,
    refuse_too_large,
    require_receiving,
    require_room_for_file,
)
from labeling.services.work import cancel_work
from labeling.waveform_store import StoreProblem


@dataclass(frozen=True)
class Chunk:
    """A part of a file. size_bytes, sha256: of the whole file. crc32: of the content, as its sender has it. None: not said."""

    name: str
    size_bytes: int
    offset: int
    content: bytes
    crc32: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Received:
    """How much of a file is here. crc32: of that much, to compare with one's own copy before going on; None right after the last chunk."""

    name: str
    size_bytes: int
    received_bytes: int
    crc32: int | None
    file: SourceFile | None = None


def received_so_far(*, source_import: Import, name: str, size_bytes: int) -> Received:
    """What there is of a file of that name and size. Conflict where part of one of another size is here."""
    path = clean_name(name)
    whole = source_import.files.filter(name=path, size_bytes=size_bytes).first()
    if whole is not None:
        return Received(path, size_bytes, size_bytes, original_files().crc32_of(whole.sha256), whole)
    part = source_import.partial_files.filter(name=path).first()
    if part is None:
        return Received(path, size_bytes, 0, 0)
    _require_size(part, size_bytes)
    return received_of_part(part)


def add_chunk(*, source_import: Import, chunk: Chunk) -> Received:
    """Stores one chunk; the one that makes a file whole stores the file. An empty chunk at the end does so again after a broken answer.

    Raises Conflict (`wrong_offset`, with what is here in `fields`) for a chunk that does not follow what is here.
    """
    require_receiving(source_import)
    path = clean_name(chunk.name)
    if chunk.size_bytes > settings.UPLOAD_MAX_FILE_BYTES:
        raise refuse_too_large(path)
    if chunk.offset + len(chunk.content) > chunk.size_bytes:
        raise Refused("beyond_the_end", f"{path}: the chunk ends beyond the file's {chunk.size_bytes} bytes. Send the file again.")
    if chunk.crc32 is not None and zlib.crc32(chunk.content) != chunk.crc32:
        raise Refused("chunk_damaged", f"{path}: the chunk at byte {chunk.offset} was damaged on its way. Send it again.")
    whole = source_import.files.filter(name=path, size_bytes=chunk.size_bytes).first()
    if whole is not None:  # another request made it so meanwhile
        if original_files().holds(whole.sha256, chunk.offset, chunk.content):
            return _whole(whole)
        raise _name_taken(path)
    part = _append(source_import, path, chunk)
    return received_of_part(part) if part.received_bytes < part.size_bytes else _whole(_make_whole(part, chunk.sha256))


def leave_out(*, source_import: Import, name: str) -> None:
    """Forgets what has come of a file that is not whole, so that it can be begun anew or the import start without it."""
    with transaction.atomic():
        part = source_import.partial_files.select_for_update().filter(name=clean_name(name)).first()
        if part is None:
            return
        part.delete()
    original_files().forget(part.stored_as)


def cancel_import(*, source_import: Import) -> None:
    """`cancel_work`, and what has come of files that are not whole goes."""
    cancel_work(row=source_import)
    for part in source_import.partial_files.all():
        leave_out(source_import=source_import, name=part.name)


def _append(source_import: Import, path: str, chunk: Chunk) -> PartialFile:
    with transaction.atomic():
        part = source_import.partial_files.select_for_update().filter(name=path).first()
        if part is None:
            part = _begin(source_import, path, chunk)
        _require_size(part, chunk.size_bytes)
        if chunk.offset != part.received_bytes:
            raise Conflict(
                "wrong_offset",
                f"{path}: {part.received_bytes} of {part.size_bytes} bytes are here, and this begins at {chunk.offset}. Go on from there.",
                fields={"received_bytes": part.received_bytes, "crc32": part.crc32},
            )
        # Within the row's lock, or two chunks for one place could mix. It is not synced: the whole file is, and is compared once more.
        original_files().append(part.stored_as, chunk.offset, chunk.content)
        part.received_bytes += len(chunk.content)
        part.crc32 = zlib.crc32(chunk.content, part.crc32)
        part.save()
    return part


def _require_size(part: PartialFile, size_bytes: int) -> None:
    if part.size_bytes != size_bytes:
        raise Conflict(
            "name_taken",
            f"{part.name}: part of another file of that name ({part.size_bytes} bytes) is here. Send its rest, or leave it out first.",
        )


def _begin(source_import: Import, path: str, chunk: Chunk) -> PartialFile:
    """A row for a file of which nothing is here yet."""
    require_room_for_file(source_import)
    free = original_files().free_bytes()
    if chunk.size_bytes > free:
        raise Refused("no_room", f"{path}: the server has room for {free // settings.MEBIBYTE} MB only. Ask whoever runs it for more.")
    part, _ = PartialFile.objects.get_or_create(source_import=source_import, name=path, defaults={"size_bytes": chunk.size_bytes})
    return part


def _make_whole(part: PartialFile, sha256: str | None) -> SourceFile:
    try:
        with original_files().finished(part.stored_as, part.size_bytes, part.crc32) as content:
            if sha256 is not None and content.sha256 != sha256.lower():
                raise StoreProblem(f"Its sha256 is {content.sha256} and not {sha256.lower()}.")
            table = uploaded_table(content.being_written)
            with transaction.atomic():
                file = keep_file(part.source_import, part.name, content, table)
                part.delete()
    except (StoreProblem, FileNotFoundError) as problem:
        made_meanwhile = SourceFile.objects.filter(source_import=part.source_import_id, name=part.name, size_bytes=part.size_bytes).first()
        if made_meanwhile is not None:
            return made_meanwhile
        leave_out(source_import=part.source_import, name=part.name)
        raise Refused("file_damaged", f"{part.name}: {problem} What had come was taken away; send the file again.") from None
    original_files().forget(part.stored_as)
    keep_archived_tables(file)
    return file


def _name_taken(path: str) -> Conflict:
    return Conflict("name_taken", f"{path}: this upload already holds another file of that name. Rename one of them.")


def _whole(file: SourceFile) -> Received:
    return Received(file.name, file.size_bytes, file.size_bytes, None, file)


def received_of_part(part: PartialFile) -> Received:
    return Received(part.name, part.size_bytes, part.received_bytes, part.crc32)
