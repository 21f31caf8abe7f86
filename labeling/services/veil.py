"""What is not shown of a flag until it is decided, so that the figures drawn from the decisions are honest.

A flag of the blind slice shows nothing of what runs say, to nobody, wherever picks and flags are shown. Whether an item is blind can be
seen (it shows no P); whether a blind one is flagged cannot, and that is all that the estimate needs. What the run under review draws holds
for the flags of every run on the same pick.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.models import Decision, Flag, ReviewAssignment, Workspace
from labeling.models.flags import FlagQuerySet
from labeling.models.review import DecisionQuerySet
from labeling.services.refusals import Refused

TELLS_NO_TIME = frozenset(
    (
        "feature_kl",
        "feature_cosine",
        "time_contrast",
        "p_gross_error",
        "neg_log_label_density",
        "snr_db",
        "p_no_arrival",
        "own_phase_at_label",
        "other_phase_at_label",
        "label_noise_level",
        "p_group_offset",
        "p_out_of_order",
        "p_duplicate",
        "p_missed_arrival",
    )
)  # evidence about the label as it lies; all other says where the run sees the arrival

READ_ELSEWHERE = "read_elsewhere"  # in what a decision was shown: it was made outside of Repick, by what the command `flags` had written


class Veil(StrEnum):
    """How much is withheld: nothing, the proposal, or all that a run says."""

    NONE = ""
    PROPOSAL = "proposal"
    VERDICT = "verdict"


def blind_flags(workspace: Workspace) -> FlagQuerySet:
    """Flags of the blind slice under review that are not decided yet."""
    drawn = Flag.objects.filter(flag_set__in=workspace.flag_sets.filter(is_current=True), drawn_place__isnull=False)
    return drawn.exclude(state=Flag.State.DECIDED)


def blind_picks(workspace: Workspace) -> QuerySet[Flag, Any]:
    """Their picks, for a subquery: what an earlier run said of them is not shown either."""
    return blind_flags(workspace).values("pick")


def without_times(evidence: dict[str, Any]) -> dict[str, Any]:
    """The evidence that a hidden proposal leaves."""
    return {name: value for name, value in evidence.items() if name in TELLS_NO_TIME}


def readings_that_wait(workspace: Workspace) -> DecisionQuerySet:
    """Readings of doubly reviewed items whose second one is still to come, also if taken back: who reads next must not know of them."""
    waiting = Flag.objects.filter(pick=OuterRef("pick"), flag_set__is_current=True).exclude(state=Flag.State.DECIDED)
    return Decision.objects.filter(Q(is_reading=True) | Q(undoes__is_reading=True), Exists(waiting), workspace=workspace)


def told(decisions: QuerySet[Decision], workspace: Workspace) -> QuerySet[Decision]:
    """What may be shown to anybody: all but the readings that wait for a second one."""
    return decisions.exclude(pk__in=readings_that_wait(workspace).values("pk"))


def veils_of(flags: Iterable[Flag]) -> dict[int, Veil]:
    """By flag id, what is withheld of flags of any run. One query."""
    flags = list(flags)
    hidden = ReviewAssignment.objects.filter(flag=OuterRef("pk"), purpose=ReviewAssignment.Purpose.HIDDEN_PROPOSAL)
    under_review = Flag.objects.filter(pick__in={flag.pick_id for flag in flags}, flag_set__is_current=True)
    undecided = under_review.exclude(state=Flag.State.DECIDED).annotate(is_hidden=Exists(hidden))
    veils = {
        pick_id: Veil.PROPOSAL if place is None else Veil.VERDICT
        for pick_id, place, is_hidden in undecided.values_list("pick", "drawn_place", "is_hidden")
        if is_hidden or place is not None
    }
    return {flag.pk: veils[flag.pick_id] for flag in flags if flag.pick_id in veils}


def veil_of(flag: Flag) -> Veil:
    """What is withheld of one flag."""
    return veils_of([flag]).get(flag.pk, Veil.NONE)


def check_is_shown(*, flag: Flag | None, kind: str) -> None:
    """Raises Refused for accepting what is not shown."""
    if kind == Decision.Kind.ACCEPT and flag is not None and veil_of(flag) != Veil.NONE:
        raise Refused(
            "proposal_withheld",
            f"The run's proposal for {flag.pick} is not shown before the decision, so it can't be accepted. Keep, move or remove the pick.",
        )
