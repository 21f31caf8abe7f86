"""What a decision would make of a pick's label. Says no where the decision makes no sense; writes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from labeling.models import Decision, Flag, Pick, PickRevision, SnapshotPick
from labeling.seismo.timing import iso
from labeling.services.reading import Reading, check_reading
from labeling.services.refusals import Refused

PHASE_NAME = re.compile(r"[PSps][A-Za-z0-9*']{0,15}")
SIGMA_OF_90_PERCENT = 1.645  # half of a normal's central 90 %, in standard deviations


@dataclass(frozen=True)
class Label:
    """The part of a pick that people decide on."""

    time: datetime
    phase_hint: str
    uncertainty_s: float | None = None
    weight: int | None = None
    onset: str = ""
    polarity: str = ""
    is_removed: bool = False

    @classmethod
    def of(cls, row: Pick | PickRevision) -> Label:
        return cls(**{name: getattr(row, name) for name in PickRevision.LABEL})


@dataclass(frozen=True)
class LabelChange:
    """label: what the pick becomes, None where it stays as it is. added: the label of a new pick beside it."""

    label: Label | None = None
    added: Label | None = None


def plan_change(*, pick: Pick, kind: str, flag: Flag | None, reading: Reading) -> LabelChange:
    """The change that a decision asks for. Raises Refused with what is missing or impossible, and, unless the pick is in conflict, what
    would change nothing: to settle for the decision that counts already changes nothing."""
    if kind not in Decision.Kind.values:
        raise Refused("unknown_decision", f"{kind!r} is not a decision. Take one of: {', '.join(Decision.Kind.values)}.")
    check_reading(reading, kind)
    now = Label.of(pick)
    if kind in (Decision.Kind.SKIP, Decision.Kind.COMMENT):
        return LabelChange()
    if kind == Decision.Kind.DESCRIBE:
        return _described(pick, reading)
    if kind == Decision.Kind.ACCEPT:
        return _accepted(pick, flag)
    if kind == Decision.Kind.REJECT:
        return LabelChange(_back_to(_judged_label(pick, flag), now))
    if kind == Decision.Kind.REMOVE:
        if pick.is_removed and not pick.in_conflict:
            raise Refused("already_removed", f"{pick} was removed already. Undo that decision, or move the pick to bring it back.")
        return _unless_same(now, replace(now, is_removed=True))
    if kind == Decision.Kind.MOVE:
        return LabelChange(_moved(pick, reading))
    if kind == Decision.Kind.CHANGE_PHASE:
        if pick.is_removed:
            raise Refused("pick_removed", f"{pick} was removed, so its phase can't change. Undo the removal first.")
        name = _phase_name(reading.phase)
        if name == pick.phase_hint and not pick.in_conflict:
            raise Refused("same_phase", f"{pick} is {'an' if name.startswith('S') else 'a'} {name} already.")
        return _unless_same(now, replace(now, phase_hint=name))
    if kind == Decision.Kind.ADD:
        return LabelChange(added=Label(_time_on_trace(pick, reading.time), _phase_name(reading.phase or pick.phase), reading.uncertainty_s))
    raise Refused("undo_names_none", "An undo has to name the decision that it undoes.")


def _moved(pick: Pick, reading: Reading) -> Label:
    moved = replace(Label.of(pick), time=_time_on_trace(pick, reading.time), is_removed=False)
    if reading.phase:
        moved = replace(moved, phase_hint=_phase_name(reading.phase))
    return moved if reading.uncertainty_s is None else replace(moved, uncertainty_s=reading.uncertainty_s)


def _described(pick: Pick, reading: Reading) -> LabelChange:
    if pick.is_removed and not pick.in_conflict:
        raise Refused("pick_removed", f"{pick} was removed, so there is nothing to describe. Undo the removal first.")
    said = reading.described()
    if not said:
        raise Refused("nothing_described", "Say what to set: polarity, onset, weight or uncertainty_s.")
    now = Label.of(pick)
    then = replace(now, **said)  # type: ignore[arg-type]  # names and values are those of a label
    if then == now and not pick.in_conflict:
        raise Refused("nothing_changed", f"{pick} is {', '.join(str(value) for value in said.values())} already.")
    return _unless_same(now, then)


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
        return LabelChange(added=Label(time, flag.proposed_phase or pick.phase, _uncertainty_s(flag)))
    hint = flag.proposed_phase if flag.proposed_phase and flag.proposed_phase != pick.phase else pick.phase_hint
    uncertainty_s = _uncertainty_s(flag) if flag.proposed_time is not None else pick.uncertainty_s
    return _unless_same(now, replace(now, time=time, phase_hint=hint, uncertainty_s=uncertainty_s, is_removed=False))


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


def _back_to(judged: Label, now: Label) -> Label | None:
    """The judged label with what was described since; None where the pick is there already."""
    if (now.time, now.phase_hint, now.is_removed) == (judged.time, judged.phase_hint, judged.is_removed):
        return None
    return replace(judged, weight=now.weight, onset=now.onset, polarity=now.polarity)


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
