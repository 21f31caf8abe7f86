"""Many proposals accepted at once, and taken back at once. Each pick still gets its own decision and its own revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.db import transaction

from labeling.jobs.bulk_rows import insert_rows, update_rows
from labeling.models import Decision, DecisionBatch, Flag, FlagSet, Membership, Pick, PickRevision, ReviewAssignment, Trace, Workspace
from labeling.services.added_events import keep_added_events
from labeling.services.disputes import WITHOUT_EFFECT
from labeling.services.flags import hold_run_under_review, settle_states
from labeling.services.label_change import Label, plan_change
from labeling.services.leases import held_by_others
from labeling.services.queue_counts import counted
from labeling.services.reading import Reading
from labeling.services.refusals import Conflict, Forbidden, Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_AT_ONCE = 10_000
AT_ONCE = 1000
NO_READING = Reading()
LEFT_OUT = {
    "decided": "decided meanwhile",
    "in_conflict": "in conflict",
    "open_elsewhere": "open on somebody else's screen",
    "withdrawn": "of a withdrawn catalog",
    "not_under_review": "of another run than the one under review",
    "one_by_one": "to be looked at one by one: added arrivals, and what was drawn for the figures of the review",
    "cannot_be_accepted": "the run proposes nothing, or a time outside the trace",
    "decided_since": "decided on since",
    "unknown": "not in this workspace",
    "undone": "undone one by one already",
}


def accept_together(
    *, workspace: Workspace, flags: Sequence[int], analyst: User, client_id: UUID, criteria: dict[str, Any] | None = None
) -> DecisionBatch:
    """Accepts the proposals of many flags as one batch. The same client_id again returns what is stored.

    flags: ids. Those that can't be accepted any more are left out, counted by reason in `n_left_out`. criteria: what they were chosen by.
    """
    _check_may(workspace, analyst)
    if len(flags) > MOST_AT_ONCE:
        raise Refused("too_many", f"At most {MOST_AT_ONCE} picks are decided at once; these are {len(flags)}. Narrow the choice.")
    with transaction.atomic(durable=True):
        hold_run_under_review(workspace.pk)
        stored = _stored(workspace, client_id, analyst)
        if stored is not None:
            return stored
        batch = DecisionBatch.objects.create(workspace=workspace, client_id=client_id, analyst=analyst, criteria=criteria or {})
        held = held_by_others(workspace=workspace, analyst=analyst)
        left_out: Counter[str] = Counter()
        wanted = set(flags)
        known = Flag.objects.filter(pk__in=wanted, workspace=workspace).order_by("pick", "pk").values_list("pk", flat=True)
        ids = list(known)
        if len(ids) < len(wanted):
            left_out["unknown"] = len(wanted) - len(ids)
        for start in range(0, len(ids), AT_ONCE):
            _accept(batch, ids[start : start + AT_ONCE], held, left_out)
        return _closed(batch, left_out)


def undo_together(*, batch: DecisionBatch, analyst: User, client_id: UUID) -> DecisionBatch:
    """Takes a batch back, as far as nobody decided on its picks since; the others are counted in `n_left_out`."""
    workspace = batch.workspace
    _check_may(workspace, analyst)
    if batch.analyst_id != analyst.pk:
        raise Forbidden("not_your_decision", "Only who took a batch can undo it.")
    with transaction.atomic(durable=True):
        hold_run_under_review(workspace.pk)
        stored = _stored(workspace, client_id, analyst)
        if stored is not None:
            return stored
        if batch.undoes_id is not None:
            raise Refused("undo_of_undo", "An undo can't be undone. Decide anew instead.")
        if DecisionBatch.objects.filter(undoes=batch).exists():
            raise Conflict("already_undone", "That batch was undone already.")
        undoing = DecisionBatch.objects.create(workspace=workspace, client_id=client_id, analyst=analyst, undoes=batch)
        left_out: Counter[str] = Counter()
        ids = list(batch.decisions.order_by("pick", "pk").values_list("pk", flat=True))
        for start in range(0, len(ids), AT_ONCE):
            _undo(undoing, ids[start : start + AT_ONCE], left_out)
        return _closed(undoing, left_out)


def _check_may(workspace: Workspace, analyst: User) -> None:
    if workspace.role_of(analyst) not in (Membership.Role.ANALYST, Membership.Role.ADMIN):
        raise Forbidden("not_an_analyst", f"Only analysts and admins of {workspace} decide on picks. Ask an admin for that role.")


def _stored(workspace: Workspace, client_id: UUID, analyst: User) -> DecisionBatch | None:
    batch = DecisionBatch.objects.filter(workspace=workspace, client_id=client_id).first()
    if batch is not None and batch.analyst_id != analyst.pk:
        raise Conflict("client_id_taken", f"The id {client_id} belongs to another batch. Make a new one for each batch.")
    return batch


def _closed(batch: DecisionBatch, left_out: Counter[str]) -> DecisionBatch:
    batch.n_decided = batch.decisions.count()
    batch.n_left_out = dict(left_out)
    batch.save(update_fields=["n_decided", "n_left_out"])
    return batch


def _accept(batch: DecisionBatch, flag_ids: list[int], held: dict[int, str], left_out: Counter[str]) -> None:
    picks = _locked(list(Flag.objects.filter(pk__in=flag_ids).values_list("pick", flat=True)))
    _give_traces(picks.values())
    # Read after the picks are locked: what others decided until then is in the flags' states.
    flags = Flag.objects.filter(pk__in=flag_ids).defer("posterior", "alignment", "evidence").order_by("pk")
    flag_sets = FlagSet.objects.in_bulk({flag.flag_set_id for flag in flags})
    assigned = assigned_of(flags)
    made = []
    for flag in flags:
        pick = flag.pick = picks[flag.pick_id]
        flag.flag_set = flag_sets[flag.flag_set_id]
        reason = why_left_out(flag, held, assigned)
        if not reason:
            try:
                change = plan_change(pick=pick, kind=Decision.Kind.ACCEPT, flag=flag, reading=NO_READING)
            except Refused:
                reason = "cannot_be_accepted"
        if reason:
            left_out[reason] += 1
            continue
        made.append(_Made(pick, flag_id=flag.pk, label=change.label, named=flag.pk))
    _write(batch, Decision.Kind.ACCEPT, made)
    # What was accepted stands, and says something of the pick: `settle_states` would come to the same by asking each flag's decisions.
    accepted = Flag.objects.filter(pick__in=[one.pick.pk for one in made])
    with counted(accepted):
        accepted.update(state=Flag.State.DECIDED)


def _locked(pick_ids: list[int]) -> dict[int, Pick]:
    """Picks by id, locked in the order of ids, as batches go through all of theirs: of two with the same picks one waits for the other, and
    never each for what the other holds. `in_bulk` knows no order."""
    return {pick.pk: pick for pick in Pick.objects.select_for_update().filter(pk__in=pick_ids).defer("extra").order_by("pk")}


def _give_traces(picks: Iterable[Pick]) -> None:
    """Each trace is read once, however many picks it has."""
    traces = Trace.objects.in_bulk({pick.trace_id for pick in picks if pick.trace_id is not None})
    for pick in picks:
        if pick.trace_id is not None:
            pick.trace = traces[pick.trace_id]


def assigned_of(flags: Iterable[Flag]) -> set[int]:
    """Ids of the flags that chance has drawn to be judged by themselves: blind, twice, or without the proposal."""
    return set(ReviewAssignment.objects.filter(flag__in=[flag.pk for flag in flags]).values_list("flag_id", flat=True))


def why_left_out(flag: Flag, held: dict[int, str], assigned: set[int]) -> str:
    """A reason of LEFT_OUT; "" where the flag's proposal can be accepted with others. flag: with its pick and flag set."""
    if flag.pick.is_withdrawn or flag.pick.state != Pick.State.SCORED:
        return "withdrawn"
    if not flag.flag_set.is_current:
        return "not_under_review"
    if flag.pick.in_conflict:
        return "in_conflict"
    if flag.state == Flag.State.DECIDED:
        return "decided"
    if flag.pk in held:
        return "open_elsewhere"
    # Which of these it is would tell what is not shown of the flag.
    return "one_by_one" if flag.kind == Flag.Kind.MISSED_ARRIVAL or flag.pk in assigned else ""


def _undo(undoing: DecisionBatch, decision_ids: list[int], left_out: Counter[str]) -> None:
    decisions = Decision.objects.filter(pk__in=decision_ids)
    picks = _locked(list(decisions.values_list("pick", flat=True)))
    counting = Decision.objects.applied().filter(pick__in=picks, undone_by=None).exclude(kind__in=WITHOUT_EFFECT)
    newest: dict[int, int] = dict(counting.order_by("id").values_list("pick", "pk"))
    undone = set(decisions.exclude(undone_by=None).values_list("pk", flat=True))
    before = _labels_before(decision_ids)
    made = []
    for decision in decisions.order_by("pk"):
        if decision.pk in undone:
            left_out["undone"] += 1
        elif newest[decision.pick_id] != decision.pk:
            left_out["decided_since"] += 1
        else:
            pick, label = picks[decision.pick_id], before.get(decision.pk)
            made.append(_Made(pick, flag_id=decision.flag_id, label=label, named=decision.pk, undoes_id=decision.pk))
    _write(undoing, Decision.Kind.UNDO, made)
    settle_states(Flag.objects.filter(pick__in=[one.pick.pk for one in made]))


def _labels_before(decision_ids: list[int]) -> dict[int, Label]:
    """By decision, the label that its revision took the place of."""
    revisions = PickRevision.objects.filter(decision__in=decision_ids)
    numbers = {(revision.pick_id, revision.number - 1): revision.decision_id for revision in revisions}
    earlier = PickRevision.objects.filter(pick__in={pick_id for pick_id, _ in numbers})
    found = ((numbers.get((revision.pick_id, revision.number)), Label.of(revision)) for revision in earlier)
    return {decision_id: label for decision_id, label in found if decision_id is not None}


@dataclass(frozen=True)
class _Made:
    """A decision of a batch on a pick. label: None where the pick stays as it is. named: makes the decision's id, always the same."""

    pick: Pick
    flag_id: int | None
    label: Label | None
    named: int
    undoes_id: int | None = None


def _write(batch: DecisionBatch, kind: str, made: Sequence[_Made]) -> None:
    """Stores decisions, one a pick, the revisions that they make and the picks as they are then, by a fixed number of statements."""
    same = (batch.workspace_id, batch.analyst_id, batch.pk, kind)
    insert_rows(
        Decision,
        ("workspace_id", "analyst_id", "batch_id", "kind", "client_id", "pick_id", "flag_id", "seen_revision", "undoes_id"),
        # The id as hexadecimal digits, which both databases take.
        ((*same, uuid5(batch.client_id, str(one.named)).hex, one.pick.pk, one.flag_id, one.pick.revision, one.undoes_id) for one in made),
    )
    stored = dict(batch.decisions.filter(pick__in=[one.pick.pk for one in made]).values_list("pick", "pk"))
    changed = [(one.pick, one.label) for one in made if one.label is not None]
    insert_rows(
        PickRevision,
        ("pick_id", "number", "decision_id", *PickRevision.LABEL),
        ((pick.pk, pick.revision + 1, stored[pick.pk], *_cells(label)) for pick, label in changed),
    )
    update_rows(Pick, ("revision", *PickRevision.LABEL), ((pick.pk, pick.revision + 1, *_cells(label)) for pick, label in changed))
    keep_added_events([one.pick.pk for one in made if one.pick.is_added])


def _cells(label: Label) -> list[Any]:
    return [getattr(label, name) for name in PickRevision.LABEL]
