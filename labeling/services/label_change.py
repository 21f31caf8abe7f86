"""What a decision would make of a pick's label. Says no where the decision makes no sense; writes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from labeling.models import Decision, Flag, Pick, PickRevision, SnapshotPick
from labeling.seismo.timing import iso
from labeling.services.refusals import Refused

PHASE_NAME = re.compile(r"[PSps][A-Za-z0-9*']{0,15}")
SIGMA_OF_90_PERCENT = 1.645  # half of a normal's central 90 %, in standard deviations


@dataclass(frozen=True)
class Label:
    """The part of a pick that people decide on."""

    time: datetime
    phase_hint: str
    uncertainty_s: float | None
    is_removed: bool

    @classmethod
    def of(cls, row: Pick | PickRevision) -> Label:
        return cls(row.time, row.phase_hint, row.uncertainty_s, row.is_removed)


@dataclass(frozen=True)
class LabelChange:
    """label: what the pick becomes, None where it stays as it is. added: the label of a new pick beside it."""

    label: Label | None = None
    added: Label | None = None


def plan_change(*, pick: Pick, kind: str, flag: Flag | None, time: datetime | None, phase: str) -> LabelChange:
    """The change that a decision asks for. Raises Refused with what is missing or impossible."""
    now = Label.of(pick)
    if kind == Decision.Kind.SKIP:
        return LabelChange()
    if kind == Decision.Kind.ACCEPT:
        return _accepted(pick, flag)
    if kind == Decision.Kind.REJECT:
        return _unless_same(now, _judged_label(pick, flag))
    if kind == Decision.Kind.REMOVE:
        if pick.is_removed:
            raise Refused("already_removed", f"{pick} was removed already. Undo that decision, or move the pick to bring it back.")
        return LabelChange(replace(now, is_removed=True))
    if kind == Decision.Kind.MOVE:
        moved_to = _time_on_trace(pick, time)
        return LabelChange(replace(now, time=moved_to, phase_hint=_phase_name(phase) if phase else pick.phase_hint, is_removed=False))
    if kind == Decision.Kind.CHANGE_PHASE:
        if pick.is_removed:
            raise Refused("pick_removed", f"{pick} was removed, so its phase can't change. Undo the removal first.")
        name = _phase_name(phase)
        if name == pick.phase_hint:
            raise Refused("same_phase", f"{pick} is a {name} already.")
        return LabelChange(replace(now, phase_hint=name))
    if kind == Decision.Kind.ADD:
        return LabelChange(added=Label(_time_on_trace(pick, time), _phase_name(phase or pick.phase), None, is_removed=False))
    raise Refused("unknown_decision", f"{kind!r} is not a decision. Take one of: {', '.join(Decision.Kind.values)}.")


def _accepted(pick: Pick, flag: Flag | None) -> LabelChange:
    if flag is None:
        raise Refused("no_proposal", f"{pick} has no flag of the current run, so no proposal to accept. Move or reject it instead.")
    now = Label.of(pick)
    if flag.proposes_removal:
        return _unless_same(now, replace(now, is_removed=True))
    if flag.proposed_time is None and not flag.proposed_phase:
        raise Refused("no_proposal", f"The run proposes nothing for {pick}. Move it, remove it, or reject the flag.")
    time = pick.time if flag.proposed_time is None else _time_on_trace(pick, flag.proposed_time)
    if flag.kind == Flag.Kind.MISSED_ARRIVAL:
        return LabelChange(added=Label(time, flag.proposed_phase or pick.phase, _uncertainty_s(flag), is_removed=False))
    hint = flag.proposed_phase if flag.proposed_phase and flag.proposed_phase != pick.phase else pick.phase_hint
    uncertainty_s = _uncertainty_s(flag) if flag.proposed_time is not None else pick.uncertainty_s
    return _unless_same(now, Label(time, hint, uncertainty_s, is_removed=False))


def _uncertainty_s(flag: Flag) -> float | None:
    """One standard deviation, from the 90 % interval."""
    if flag.proposed_lower is None or flag.proposed_upper is None:
        return None
    return round((flag.proposed_upper - flag.proposed_lower).total_seconds() / 2 / SIGMA_OF_90_PERCENT, 4)


def _judged_label(pick: Pick, flag: Flag | None) -> Label:
    """The label that a rejected flag leaves standing: the one that the run judged."""
    if flag is None:
        return Label.of(pick)
    frozen = SnapshotPick.objects.filter(snapshot_id=flag.flag_set.snapshot_id, pick=pick).select_related("revision").first()
    return Label.of(frozen.revision if frozen is not None else pick.revisions.get(number=0))


def _unless_same(now: Label, then: Label) -> LabelChange:
    return LabelChange(None if then == now else then)


def _time_on_trace(pick: Pick, time: datetime | None) -> datetime:
    if time is None:
        raise Refused("time_missing", "Say where the arrival is: a time is needed.", fields={"time": ["This decision needs a time."]})
    if time.tzinfo is None:
        raise Refused("time_not_utc", "Give the time in UTC, such as 2013-09-26T15:17:05.610000Z.", fields={"time": ["No time zone."]})
    trace = pick.trace
    if trace is not None and not trace.start_time <= time <= trace.end_time:
        raise Refused(
            "pick_outside_trace",
            f"{iso(time)} lies outside the trace {trace}, which runs from {iso(trace.start_time)} to {iso(trace.end_time)}. "
            "Choose a time within it.",
            fields={"time": ["Outside the trace."]},
        )
    return time


def _phase_name(phase: str) -> str:
    if not PHASE_NAME.fullmatch(phase):
        raise Refused(
            "phase_unknown",
            f"{phase!r} is not a P or S phase. Write P, S, or a name that begins so, such as Pg or Sn.",
            fields={"phase": ["Not a P or S phase."]},
        )
    return phase
