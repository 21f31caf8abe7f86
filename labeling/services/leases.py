"""Who has which flag open, so that two never decide on the same one unknowingly. A lease hides a flag from others; it forbids nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labeling.models import Flag, ReviewAssignment, ReviewLease, Workspace

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LASTS = timedelta(minutes=3)
MOST_HELD = 20  # the one on the screen and those fetched ahead


@transaction.atomic
def hold_flags(*, workspace: Workspace, analyst: User, page: UUID, flag_ids: Sequence[int]) -> dict[int, str]:
    """From now on this page of the analyst has these flags open, and no others; with none, it is left. Returns who has those that somebody
    else has."""
    # One page of a workspace after the other: each deletes what ran out of all, so that two at once might wait each for the other's rows.
    Workspace.objects.select_for_update(no_key=True).filter(pk=workspace.pk).first()
    now = timezone.now()
    wanted = list(Flag.objects.filter(workspace=workspace, pk__in=flag_ids[:MOST_HELD]).values_list("pk", flat=True))
    leases = ReviewLease.objects.filter(workspace=workspace)
    leases.filter(until__lte=now).delete()
    own = leases.filter(analyst=analyst, page=page)
    own.exclude(flag__in=wanted).delete()
    until = now + LASTS
    own.update(until=until)
    # Of two that ask for the same one at once, one gets it: there is one lease for a flag.
    asked = [ReviewLease(workspace=workspace, flag_id=flag_id, analyst=analyst, page=page, until=until) for flag_id in wanted]
    ReviewLease.objects.bulk_create(asked, ignore_conflicts=True)
    held = held_by_others(workspace=workspace, analyst=analyst)
    return {flag_id: held[flag_id] for flag_id in wanted if flag_id in held}


def held_by_others(*, workspace: Workspace, analyst: User) -> dict[int, str]:
    """Flags that somebody else has open now, and who. What was drawn to be read by two is hidden from neither."""
    leases = ReviewLease.objects.filter(workspace=workspace, until__gt=timezone.now()).exclude(analyst=analyst)
    leases = leases.exclude(flag__in=ReviewAssignment.objects.filter(purpose=ReviewAssignment.Purpose.DOUBLE).values("flag"))
    return dict(leases.values_list("flag_id", "analyst__username"))
