"""Which picks of a workspace a list shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import Flag, Pick, Workspace
from labeling.services.review_queue import flags_under_review
from labeling.services.veil import unseen_picks

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def select_picks(*, workspace: Workspace, wanted: dict[str, Any], viewer: User) -> QuerySet[Pick]:
    """Active picks narrowed by what is wanted; what is missing or empty does not narrow. No flag of the blind slice is told, and no pick
    that this person is not to see yet.

    wanted: station, network, phase, reason and event (texts), catalog (row), kind (of a flag above the threshold) and state (`scored`,
    `unscored`, `flagged`, `corrected`, `removed` or `conflict`).
    """
    picks = Pick.objects.filter(workspace=workspace).active().exclude(pk__in=unseen_picks(workspace, viewer))
    columns = {
        "station": "station_code__iexact",
        "network": "network_code__iexact",
        "phase": "phase_hint__istartswith",
        "reason": "unscored_reason",
        "event": "event__source_ref",
        "catalog": "catalog",
    }
    picks = picks.filter(**{column: wanted[name] for name, column in columns.items() if wanted.get(name)})
    flagged = Flag.objects.current(workspace).above(workspace.flag_threshold).filter(pick=OuterRef("pk")).unveiled()
    if wanted.get("kind"):
        picks = picks.filter(Exists(flagged.filter(kind=wanted["kind"])))
    state = wanted.get("state")
    if state == "flagged":
        picks = picks.filter(Exists(flagged))
    elif state == "corrected":
        picks = picks.corrected()
    elif state == "removed":
        picks = picks.filter(is_removed=True, revision__gt=0)
    elif state == "conflict":
        picks = picks.filter(in_conflict=True)
    elif state:
        picks = picks.filter(state=state)
    return picks


def flags_of(picks: list[Pick], workspace: Workspace) -> dict[int, Flag]:
    """By pick id, the flags of the run under review, but for those of the blind slice."""
    found = flags_under_review(workspace).filter(pick__in=[pick.pk for pick in picks]).unveiled().defer("posterior", "alignment")
    return {flag.pick_id: flag for flag in found}


def is_flagged(flag: Flag, threshold: float) -> bool:
    """The rule of `Flag.objects.above`, for a row that is at hand."""
    return flag.p_mislabelled >= threshold
