"""Items that two analysts decide unseen of each other: when a reading waits, when two agree, when somebody has to settle it.

The first reading is kept and changes nothing, so that there is nothing to see for who reads next. A second one that agrees within the
workspace's tolerance is applied and completes the item; one that differs is kept as well, and a workspace admin settles the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import Decision, Flag, Pick, PickRevision, ReviewAssignment, Workspace


@dataclass(frozen=True)
class Verdict:
    """What a decision makes of the label that the run judged."""

    time: datetime
    phase: str
    is_removed: bool = False

    @classmethod
    def of(cls, decision: Decision, flag: Flag) -> Verdict:
        if decision.kind == Decision.Kind.MOVE:
            return cls(decision.time or flag.label_time, decision.phase[:1].upper() or flag.label_phase)
        if decision.kind == Decision.Kind.CHANGE_PHASE:
            return cls(flag.label_time, decision.phase[:1].upper())
        if decision.kind == Decision.Kind.REMOVE:
            return cls(flag.label_time, flag.label_phase, is_removed=True)
        if decision.kind == Decision.Kind.ACCEPT and flag.kind != Flag.Kind.MISSED_ARRIVAL:
            return cls(flag.proposed_time or flag.label_time, flag.proposed_phase or flag.label_phase, flag.proposes_removal)
        return cls(flag.label_time, flag.label_phase)  # the label stays

    def agrees_with(self, other: Verdict, *, tolerance_s: float) -> bool:
        if self.is_removed or other.is_removed:
            return self.is_removed == other.is_removed
        return self.phase == other.phase and abs((self.time - other.time).total_seconds()) <= tolerance_s


def waits_for_another(decision: Decision, *, standing: QuerySet[Decision]) -> bool:
    """Whether a decision is to be kept as a reading: its item is read twice, nothing counts yet, and nobody else's reading agrees."""
    flag, pick = decision.flag, decision.pick
    if flag is None or decision.kind in Decision.NO_VERDICT or not drawn_for_two(flag).exists():
        return False
    if standing.exclude(kind__in=Decision.NO_VERDICT).exists():
        return False
    tolerance_s = decision.workspace.tolerance_s(flag.label_phase)
    mine = Verdict.of(decision, flag)
    others = _newest_by_analyst(pick.decisions.filter(is_reading=True, undone_by=None))
    others.pop(decision.analyst_id, None)
    return not any(mine.agrees_with(Verdict.of(one, flag), tolerance_s=tolerance_s) for one in others.values())


def readings_differ(readings: QuerySet[Decision]) -> bool:
    """Whether two people's readings of one pick wait for somebody to settle them."""
    return len(_newest_by_analyst(readings)) > 1


def n_waiting_for_others(workspace: Workspace, analyst_id: int) -> int:
    """How many open flags this analyst has read already, so that they wait for somebody else."""
    own = Decision.objects.filter(workspace=workspace, analyst_id=analyst_id, is_reading=True, undone_by=None)
    return own.filter(flag__flag_set__is_current=True, flag__state=Flag.State.OPEN).values("flag").distinct().count()


def waits_for_a_reading(pick: Pick) -> bool:
    """Whether the run under review has drawn the pick to be read by two, and it is not decided."""
    drawn = ReviewAssignment.objects.filter(purpose=ReviewAssignment.Purpose.DOUBLE, draw__flag_set__is_current=True)
    return drawn.filter(flag__pick=pick).exclude(flag__state=Flag.State.DECIDED).exists()


def added_twice(pick: Pick) -> list[Pick]:
    """Arrivals beside a pick that one analyst added where another had added the same, within the workspace's tolerance: the later ones."""
    added = PickRevision.objects.filter(number=0, decision__pick=pick, pick__is_removed=False).select_related("pick", "decision")
    first: list[PickRevision] = []
    doubles = []
    for one in added.order_by("pick"):
        tolerance_s = pick.workspace.tolerance_s(one.pick.phase)
        if any(_are_one_arrival(one, other, tolerance_s) for other in first):
            doubles.append(one.pick)
        else:
            first.append(one)
    return doubles


def taken_for(added: PickRevision) -> Pick | None:
    """The arrival that another reader had added beside the same pick and that was removed for this one, if there is one and its decision
    stands. added: revision 0 of the one that stayed."""
    decision = added.decision
    if decision is None:
        return None
    newest = PickRevision.objects.filter(pick=OuterRef("pick"), number=OuterRef("pick__revision"), decision__pick=decision.pick_id)
    removed = PickRevision.objects.filter(
        Exists(newest), number=0, decision__pick=decision.pick_id, decision__undone_by=None, pick__is_removed=True
    )
    tolerance_s = decision.workspace.tolerance_s(added.pick.phase)
    others = removed.select_related("pick", "decision").order_by("pick")
    return next((one.pick for one in others if _are_one_arrival(added, one, tolerance_s)), None)


def _are_one_arrival(one: PickRevision, other: PickRevision, tolerance_s: float) -> bool:
    """Of two added picks: whether different people added them for what is one arrival."""
    by_two = one.decision is not None and other.decision is not None and one.decision.analyst_id != other.decision.analyst_id
    apart_s = abs((one.pick.time - other.pick.time).total_seconds())
    return by_two and one.pick.phase == other.pick.phase and apart_s <= tolerance_s


def drawn_for_two(flag: Flag | OuterRef) -> QuerySet[ReviewAssignment]:
    """The assignment by which a flag under review is read twice, if there is one."""
    return ReviewAssignment.objects.filter(flag=flag, purpose=ReviewAssignment.Purpose.DOUBLE, draw__flag_set__is_current=True)


def _newest_by_analyst(readings: QuerySet[Decision]) -> dict[int, Decision]:
    return {reading.analyst_id: reading for reading in readings.select_related("flag").order_by("id")}
