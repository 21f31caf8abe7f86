"""What is not shown of a flag until it is decided, so that the figures drawn from the decisions are honest.

A flag of the blind slice shows nothing of what runs say, to nobody, wherever picks and flags are shown. Whether an item is blind can be
seen (it shows no P); whether a blind one is flagged cannot, and that is all that the estimate needs. What the run under review draws holds
for the flags of every run on the same pick.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.models import Decision, Flag, Pick, PickRevision, ReviewAssignment, Workspace
from labeling.models.flags import FlagQuerySet
from labeling.models.review import DecisionQuerySet
from labeling.services.refusals import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

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

_TELLING = frozenset(Decision.Kind) - {Decision.Kind.DESCRIBE, Decision.Kind.SKIP, Decision.Kind.UNDO}  # verdicts, and what is put beside

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


def unseen_by(viewer: User | AnonymousUser) -> Q:
    """Of decisions: those of others that are not to be told while an item waits for its second reader, who may be anybody: readings,
    arrivals that were added and comments written beside it since it was drawn, and all on such an arrival. What was taken back is not told
    either, nor is a verdict that had completed the item."""
    under_review = Flag.objects.filter(pick=OuterRef("pick"), flag_set__is_current=True).exclude(state=Flag.State.DECIDED)
    added = PickRevision.objects.filter(_is_on_a_drawn("decision__"), pick=OuterRef("pick"), number=0)
    readings = (Q(is_reading=True) | Q(undoes__is_reading=True)) & Exists(under_review)
    since_drawn = (Q(kind__in=_TELLING) | Q(undoes__kind__in=_TELLING)) & _is_on_a_drawn()
    on_added = Q(Exists(added), pick__is_added=True)
    return ~Q(analyst=viewer.pk) & (readings | since_drawn | on_added)


def _is_on_a_drawn(decision: str = "") -> Q:
    """Whether a decision's pick had been drawn to be read by two, and is not decided. decision: how rows lead to the decision."""
    drawn = ReviewAssignment.objects.filter(
        flag__pick=OuterRef(f"{decision}pick"),
        purpose=ReviewAssignment.Purpose.DOUBLE,
        draw__flag_set__is_current=True,
        draw__drawn_at__lte=OuterRef(f"{decision}made_at"),
    )
    return Q(Exists(drawn.exclude(flag__state=Flag.State.DECIDED)))


def told(decisions: QuerySet[Decision], viewer: User | AnonymousUser) -> QuerySet[Decision]:
    """Decisions without those that are not to be told to this person."""
    return decisions.exclude(unseen_by(viewer))


def unseen_picks(workspace: Workspace, viewer: User | AnonymousUser) -> list[int]:
    """Ids of picks that others added beside an item that waits for a second reader."""
    added = workspace.decisions.filter(kind=Decision.Kind.ADD)
    if not added.exists():  # as nearly always, and asked in a tenth of the time
        return []
    unseen = list(added.filter(unseen_by(viewer)).values_list("pk", flat=True))
    return list(PickRevision.objects.filter(decision__in=unseen, number=0).values_list("pick", flat=True))


def seen_of_few(picks: QuerySet[Pick], workspace: Workspace, viewer: User | AnonymousUser) -> QuerySet[Pick]:
    """Those of a few picks that may be told to this person. Only an added one may not: where there is none, nothing more is asked."""
    return picks.exclude(pk__in=unseen_picks(workspace, viewer)) if picks.filter(is_added=True).exists() else picks


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
