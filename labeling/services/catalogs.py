"""Withdrawing a catalog that was uploaded by mistake, and bringing it back. Nothing is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.models import Catalog, Import, Work
from labeling.services.refusals import Conflict

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def withdraw_catalog(*, catalog: Catalog, by: User) -> Catalog:
    """Hides a catalog's picks, events and traces from review, snapshots and training. Older snapshots keep them."""
    if Import.objects.filter(catalog=catalog, state__in=[Work.State.QUEUED, Work.State.RUNNING]).exists():
        raise Conflict("import_running", f"{catalog} is still being imported. Cancel the import first.")
    withdrawn = Catalog.objects.filter(pk=catalog.pk, withdrawn_at=None).update(withdrawn_at=timezone.now(), withdrawn_by=by)
    if not withdrawn:
        raise Conflict("already_withdrawn", f"{catalog} was withdrawn already.")
    _set_withdrawn(catalog, withdrawn=True)
    catalog.refresh_from_db()
    return catalog


def restore_catalog(*, catalog: Catalog, by: User) -> Catalog:
    """Brings a withdrawn catalog back, unless the same rows have been imported anew meanwhile."""
    try:
        with transaction.atomic():
            restored = Catalog.objects.filter(pk=catalog.pk, withdrawn_at__isnull=False).update(withdrawn_at=None, withdrawn_by=None)
            if not restored:
                raise Conflict("not_withdrawn", f"{catalog} is not withdrawn.")
            _set_withdrawn(catalog, withdrawn=False)
    except IntegrityError:
        raise Conflict(
            "imported_again", f"{catalog}: some of its picks were imported again meanwhile. Withdraw the newer catalog first."
        ) from None
    catalog.refresh_from_db()
    return catalog


def _set_withdrawn(catalog: Catalog, *, withdrawn: bool) -> None:
    catalog.picks.update(is_withdrawn=withdrawn)
    catalog.traces.update(is_withdrawn=withdrawn)
    catalog.events.update(is_withdrawn=withdrawn)
