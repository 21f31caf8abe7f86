"""Taking files in: an import is opened, receives its files one by one, and is handed to a worker."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labeling.files import original_files
from labeling.models import Import, SourceFile, Work, Workspace
from labeling.seismo.formats.archived_tables import LIMITS, archived_tables
from labeling.seismo.formats.unknown_tables import UploadedTable, uploaded_table
from labeling.services.refusals import Conflict, Refused
from labeling.services.sending import send_after_commit
from labeling.services.table_mappings import refuse_unconfirmed_tables
from labeling.waveform_store import READ_AT_ONCE, ReceivedFile

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def begin_import(*, workspace: Workspace, name: str, by: User | None) -> Import:
    """Opens an import that files can be added to. name: what people will know it by; blank takes the date."""
    title = name.replace("\0", "").strip()[:200] or f"Upload of {timezone.now():%Y-%m-%d %H:%M} UTC"
    return Import.objects.create(workspace=workspace, name=title, created_by=by, state=Work.State.RECEIVING)


def add_file(*, source_import: Import, name: str, chunks: Iterable[bytes]) -> SourceFile:
    """Stores one file as it comes. The same name with the same content again is the same file; with other content it is refused."""
    require_receiving(source_import)
    path = clean_name(name)
    require_room_for_file(source_import)
    received = original_files().receive(
        chunks,
        max_bytes=settings.UPLOAD_MAX_FILE_BYTES,
        refuse=lambda size: refuse_too_large(path),
    )
    with received as content:
        file = keep_file(source_import, path, content, uploaded_table(content.being_written))
    keep_archived_tables(file)
    return file


@transaction.atomic
def start_import(*, source_import: Import, send: bool = True, leave_out_unconfirmed: bool = False) -> Import:
    """Hands a received import to a worker. send: False where the caller runs the job itself (the command line).

    leave_out_unconfirmed: go on although there are tables that nobody has said the columns of; the report names each.
    """
    if (part := source_import.partial_files.first()) is not None:
        raise Conflict(
            "file_incomplete",
            f"{part.name}: {part.received_bytes} of {part.size_bytes} bytes are here. Choose the file again, or leave it out.",
        )
    if not source_import.files.exists() and source_import.archive is None and source_import.fdsn is None:
        raise Refused("no_files", f"{source_import.name} has no files yet. Add at least one.")
    if not leave_out_unconfirmed:
        refuse_unconfirmed_tables(source_import)
    started = Import.objects.filter(pk=source_import.pk, state=Work.State.RECEIVING).update(state=Work.State.QUEUED)
    if not started:
        raise Conflict("already_started", f"{source_import.name} was started already.")
    source_import.refresh_from_db()
    if send:
        send_after_commit(source_import)
    return source_import


def keep_file(source_import: Import, path: str, content: ReceivedFile, table: UploadedTable | None) -> SourceFile:
    """A row for a file that has come in whole; one of the same name and content is kept as it is."""
    described = {"table_key": table.key, "needs_mapping": table.needs_mapping} if table else {}
    with transaction.atomic():
        # The import may have been started while the file came in; whoever starts it waits for this lock.
        require_receiving(Import.objects.select_for_update().get(pk=source_import.pk))
        file, is_new = SourceFile.objects.get_or_create(
            source_import=source_import, name=path, defaults={"sha256": content.sha256, "size_bytes": content.size_bytes, **described}
        )
        if not is_new and file.sha256 != content.sha256:
            raise Conflict("name_taken", f"{path}: this upload already holds another file of that name. Rename one of them.")
        if is_new:
            content.keep()
    return file


def keep_archived_tables(archive: SourceFile) -> None:
    """Keeps each table of an archive that nobody can read without a mapping as a file of its own, for somebody to describe.

    It is called `archive/member`, and is read in the member's place.
    """
    path = original_files().path_of(archive.sha256)
    with TemporaryDirectory() as folder:
        for member, table in archived_tables(path, Path(folder), name=archive.name):
            with member.path.open("rb") as file:
                chunks = iter(partial(file.read, READ_AT_ONCE), b"")
                with original_files().receive(chunks, max_bytes=LIMITS.max_unpacked_bytes, refuse=AssertionError) as content:
                    keep_file(archive.source_import, member.name, content, table)


def refuse_too_large(path: str) -> Refused:
    limit_mb = settings.UPLOAD_MAX_FILE_BYTES // settings.MEBIBYTE
    return Refused("file_too_large", f"{path}: larger than {limit_mb} MB. Split it, or raise REPICK_UPLOAD_MAX_FILE_MB.")


def require_room_for_file(source_import: Import) -> None:
    if source_import.files.count() + source_import.partial_files.count() >= settings.UPLOAD_MAX_FILES:
        raise Refused(
            "too_many_files",
            f"{source_import.name}: more than {settings.UPLOAD_MAX_FILES} files. Put them into archives, or raise REPICK_UPLOAD_MAX_FILES.",
        )


def require_receiving(source_import: Import) -> None:
    if source_import.state != Work.State.RECEIVING:
        raise Conflict("already_started", f"{source_import.name} was started already; open a new import for more files.")


def clean_name(name: str) -> str:
    """A relative path with forward slashes. Refuses what would leave its folder."""
    path = PurePosixPath(name.replace("\\", "/").strip())
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name or ":" in path.parts[0]:
        raise Refused("bad_file_name", f"{name!r} is no relative path. Send the file's name, with folders if need be, and without '..'.")
    cleaned = str(path)
    if len(cleaned) > 500:
        raise Refused("bad_file_name", f"{cleaned[:60]}…: the name is longer than 500 characters. Shorten it.")
    return cleaned
