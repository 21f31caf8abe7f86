"""Looking at what an import would read before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from labeling.models import Import, ImportPreview, Work
from labeling.services.refusals import Conflict, Refused
from labeling.services.sending import send_after_commit

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def begin_preview(*, source_import: Import, by: User | None) -> ImportPreview:
    """Queues a look at what has been received so far. One that is under way is returned as it is."""
    if Import.objects.select_for_update().get(pk=source_import.pk).state != Work.State.RECEIVING:
        raise Conflict("already_started", f"{source_import.name} was started already; its report says what it read.")
    n_files = source_import.files.count()
    if not n_files:
        raise Refused("no_files", f"{source_import.name} has no files yet. Add at least one.")
    under_way = source_import.previews.exclude(state__in=Work.FINISHED).first()
    if under_way is not None:
        return under_way
    preview = ImportPreview.objects.create(source_import=source_import, n_files=n_files, created_by=by)
    send_after_commit(preview)
    return preview
