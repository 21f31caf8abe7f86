"""Asking for a snapshot in one of the field's forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from labeling.models import Export, Snapshot
from labeling.seismo.formats.parquet_file import ParquetMissing, parquet_modules
from labeling.services.refusals import Refused
from labeling.services.sending import send_after_commit

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def begin_export(*, snapshot: Snapshot, format: str, by: User | None, send: bool = True) -> Export:
    """Queues an export. send: False where the caller runs the job itself (the command line)."""
    if format not in Export.Format.values:
        raise Refused("unknown_format", f"{format!r} is no export form. Choose one of {', '.join(Export.Format.values)}.")
    if format == Export.Format.PARQUET:
        try:
            parquet_modules()
        except ParquetMissing as missing:
            raise Refused("parquet_not_installed", f"{missing}. CSV holds the same columns.") from None
    export = Export.objects.create(workspace=snapshot.workspace, snapshot=snapshot, format=format, created_by=by)
    if send:
        send_after_commit(export)
    return export
