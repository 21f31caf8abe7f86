"""Withdrawing a catalog that was uploaded by mistake, and bringing it back. Nothing is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from labeling.jobs.match_picks import AWAITING_RUN, NOT_FOR_SCORING
from labeling.models import Catalog, Flag, Import, Pick, Work
from labeling.services.added_events import keep_added_events
from labeling.services.flags import hold_run_under_review
from labeling.services.queue_counts import count_anew
from labeling.services.refusals import Conflict

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def withdraw_catalog(*, catalog: Catalog, by: User) -> Catalog:
    """Hides a catalog's picks, events and traces from review, snapshots and training. Older snapshots keep them.

    Picks of other catalogs on its traces wait, unscored, for it to be restored or for an upload that holds their time.
    """
    hold_run_under_review(catalog.workspace_id)  # whose counts would miss what is withdrawn here
    if Import.objects.filter(catalog=catalog, state__in=[Work.State.QUEUED, Work.State.RUNNING]).exists():
        raise Conflict("import_running", f"{catalog} is still being imported. Cancel the import first.")
    Catalog.objects.select_for_update(no_key=True).get(pk=catalog.pk)  # after a snapshot that is being frozen, by the clock as well
    withdrawn = Catalog.objects.filter(pk=catalog.pk, withdrawn_at=None).update(withdrawn_at=timezone.now(), withdrawn_by=by)
    if not withdrawn:
        raise Conflict("already_withdrawn", f"{catalog} was withdrawn already.")
    _set_withdrawn(catalog, withdrawn=True)
    _take_waveforms_from_others(catalog)
    count_anew(catalog.workspace)
    catalog.refresh_from_db()
    return catalog


def restore_catalog(*, catalog: Catalog, by: User) -> Catalog:
    """Brings a withdrawn catalog back, unless the same rows have been imported anew meanwhile."""
    try:
        with transaction.atomic():
            hold_run_under_review(catalog.workspace_id)
            restored = Catalog.objects.filter(pk=catalog.pk, withdrawn_at__isnull=False).update(withdrawn_at=None, withdrawn_by=None)
            if not restored:
                raise Conflict("not_withdrawn", f"{catalog} is not withdrawn.")
            _set_withdrawn(catalog, withdrawn=False)
            _give_waveforms_back(catalog)
            count_anew(catalog.workspace)
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
    keep_added_events(list(catalog.picks.filter(is_added=True).values_list("pk", flat=True)))


def _take_waveforms_from_others(catalog: Catalog) -> None:
    others = Pick.objects.filter(trace__catalog=catalog).exclude(catalog=catalog).exclude(unscored_reason__in=NOT_FOR_SCORING)
    others.update(
        state=Pick.State.UNSCORED,
        unscored_reason="no_waveform",
        unscored_message="The catalog with its waveform was withdrawn. Restore that catalog, or upload the waveform again.",
    )


def _give_waveforms_back(catalog: Catalog) -> None:
    waiting = Pick.objects.filter(trace__catalog=catalog, unscored_reason="no_waveform")
    were_scored = waiting.filter(Exists(Flag.objects.filter(pick=OuterRef("pk"))))
    were_scored.update(state=Pick.State.SCORED, unscored_reason="", unscored_message="")
    waiting.update(unscored_reason=AWAITING_RUN, unscored_message="")
