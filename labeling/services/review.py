"""Decisions of analysts. Every one is kept; a pick's label is its newest revision.

`decide` and `undo` store first and complain afterwards: a decision on a pick that somebody else had decided unseen is kept, and then
`AlreadyDecided` is raised. They must therefore not run inside a caller's transaction, which would take the stored decision back.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labeling.models import Decision, Flag, Membership, Pick, PickRevision, Workspace
from labeling.seismo.timing import iso
from labeling.services.added_events import event_of_added, keep_added_events, make_event
from labeling.services.disputes import VERDICT, disputed_topics, is_conflicting, standing_decisions
from labeling.services.double_review import added_twice, taken_for, waits_for_a_reading, waits_for_another
from labeling.services.flags import hold_run_under_review, settle_states
from labeling.services.label_change import Label, LabelChange, plan_change
from labeling.services.reading import Reading
from labeling.services.refusals import Conflict, Forbidden, Refused
from labeling.services.veil import READ_ELSEWHERE, check_is_shown

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class AlreadyDecided(Conflict):
    """Somebody else had decided, unseen. The decision is stored all the same, as `decision`."""

    def __init__(self, decision: Decision) -> None:
        who = "a workspace admin settles which one counts."
        if decision.workspace.role_of(decision.analyst) == Membership.Role.ADMIN:
            who = "settle which one counts on the review screen, or name the newest decision you saw (last_decision in `shown`)."
        super().__init__(
            "already_decided",
            f"Somebody else decided on {decision.pick} before you, and you could not have seen it. Your decision is kept; {who}",
            fields={"decision": decision.pk},
        )
        self.decision = decision


def decide(
    *,
    pick: Pick,
    kind: str,
    analyst: User,
    client_id: UUID,
    flag: Flag | None = None,
    time: datetime | None = None,
    phase: str = "",
    uncertainty_s: float | None = None,
    weight: int | None = None,
    onset: str = "",
    polarity: str = "",
    reason: str = "",
    event: str = "",
    shown: dict[str, Any] | None = None,
    seen_revision: int | None = None,
    is_read_elsewhere: bool = False,
) -> Decision:
    """Stores one decision and applies it to the pick. The same client_id again returns what is stored.

    flag: without one, the pick's flag of the current run. time, phase, uncertainty_s, weight, onset, polarity: the reading, as far as the
    kind takes one. reason: of a comment, its text. event: of an added arrival, as
    `added_events.event_of_added` has it. shown: what the analyst had before them; with `last_decision` in it, the id of the
    newest decision they saw on this pick. seen_revision: the newest revision they saw. is_read_elsewhere: by somebody who had all that the
    run says: nothing is withheld, no second reading is waited for, and it is no answer of the blind slice.
    Raises AlreadyDecided once the decision is stored, and other Refused before anything is.
    """
    reading = Reading(time, phase, uncertainty_s, weight, onset, polarity)
    with transaction.atomic(durable=True):
        hold_run_under_review(pick.workspace_id)
        pick = Pick.objects.select_for_update(of=("self",)).select_related("trace", "workspace").get(pk=pick.pk)
        decision = _stored(pick.workspace, client_id, analyst, pick, kind)
        if decision is None:
            _check_may_decide(pick, analyst, reason)
            _check_has_text(kind, reason)
            _check_storable(phase=phase, reason=reason, shown=shown)
            flag = _flag_to_decide(pick, flag)
            if not is_read_elsewhere:
                check_is_shown(flag=flag, kind=kind)
            change = plan_change(pick=pick, kind=kind, flag=flag, reading=reading)
            of_event = event_of_added(pick=pick, flag=flag, kind=kind, change=change, choice=event, analyst=analyst)
            decision = Decision(
                workspace=pick.workspace,
                client_id=client_id,
                pick=pick,
                flag=flag,
                analyst=analyst,
                kind=kind,
                time=time if kind in (Decision.Kind.MOVE, Decision.Kind.ADD) else None,
                phase=phase,
                **reading.described(),
                reason=reason,
                shown=(shown or {}) | ({READ_ELSEWHERE: True} if is_read_elsewhere else {}),
                seen_revision=pick.revision if seen_revision is None else seen_revision,
            )
            is_to_be_read = waits_for_a_reading(pick)
            disputed = disputed_topics(pick) if pick.in_conflict else set()
            decision.is_conflicting = is_conflicting(decision, disputed=disputed, knows_revision=seen_revision is not None)
            may_wait = not decision.is_conflicting and not is_read_elsewhere and VERDICT not in disputed
            decision.is_reading = may_wait and waits_for_another(decision, standing=standing_decisions(pick))
            if not decision.is_conflicting and not decision.is_reading:
                decision.event = make_event(decision) if isinstance(of_event, str) else of_event
            decision.save()
            if not decision.is_conflicting and not decision.is_reading:
                _apply(decision, change)
            _settle_conflict(pick)
            settle_states(pick.flags.all())
            if is_to_be_read and not waits_for_a_reading(pick):
                _take_for_one(added_twice(pick), decision)
    if decision.is_conflicting:
        raise AlreadyDecided(decision)
    return decision


def undo(*, decision: Decision, analyst: User, client_id: UUID) -> Decision:
    """Takes back one's own decision by a new one: the label before it comes back, and the flag is open again."""
    with transaction.atomic(durable=True):
        hold_run_under_review(decision.workspace_id)
        pick = Pick.objects.select_for_update(of=("self",)).select_related("trace", "workspace").get(pk=decision.pick_id)
        stored = _stored(pick.workspace, client_id, analyst, pick, Decision.Kind.UNDO)
        if stored is not None:
            return stored
        _check_may_decide(pick, analyst, reason="")
        _check_may_undo(decision, analyst)
        undoing = Decision.objects.create(
            workspace=pick.workspace,
            client_id=client_id,
            pick=pick,
            flag=decision.flag,
            analyst=analyst,
            kind=Decision.Kind.UNDO,
            undoes=decision,
            seen_revision=pick.revision,
        )
        for revision in decision.revisions.select_related("pick"):
            _restore_before(revision, undoing)
        _settle_conflict(pick)
        settle_states(pick.flags.all())
    return undoing


def undo_last(*, workspace: Workspace, analyst: User, client_id: UUID) -> Decision:
    """Undoes the analyst's newest decision that still stands."""
    stored = Decision.objects.filter(workspace=workspace, client_id=client_id, analyst=analyst, kind=Decision.Kind.UNDO).first()
    if stored is not None:
        return stored
    mine = Decision.objects.filter(workspace=workspace, analyst=analyst, undone_by=None).exclude(kind=Decision.Kind.UNDO)
    last = mine.order_by("-id").first()
    if last is None:
        raise Conflict("nothing_to_undo", "You have no decision in this workspace that could be undone.")
    return undo(decision=last, analyst=analyst, client_id=client_id)


def _stored(workspace: Workspace, client_id: UUID, analyst: User, pick: Pick, kind: str) -> Decision | None:
    """What was stored under this id before; a client that sends again has not heard our answer."""
    decision = Decision.objects.filter(workspace=workspace, client_id=client_id).select_related("pick", "flag").first()
    if decision is None:
        return None
    if decision.analyst_id != analyst.pk or decision.kind != kind or decision.pick_id != pick.pk:
        raise Conflict("client_id_taken", f"The id {client_id} belongs to another decision. Make a new one for each decision.")
    return decision


def _check_may_decide(pick: Pick, analyst: User, reason: str) -> None:
    if pick.workspace.role_of(analyst) not in (Membership.Role.ANALYST, Membership.Role.ADMIN):
        raise Forbidden("not_an_analyst", f"Only analysts and admins of {pick.workspace} decide on picks. Ask an admin for that role.")
    if pick.is_withdrawn:
        raise Conflict("catalog_withdrawn", f"The catalog of {pick} was withdrawn, so there is nothing to decide.")
    if len(reason) > 500:
        raise Refused("reason_too_long", "The reason may have 500 characters.", fields={"reason": ["At most 500 characters."]})


def _check_has_text(kind: str, reason: str) -> None:
    if kind == Decision.Kind.COMMENT and not reason.strip():
        raise Refused("comment_empty", "A comment needs a text: send it as the reason.", fields={"reason": ["Write something."]})


def _check_storable(**given: Any) -> None:
    """JSON on the wire may hold what no database stores: NaN, 1e999, a NUL character, half of a surrogate pair."""
    for name, value in given.items():
        try:
            is_storable = b"\\u0000" not in json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            is_storable = False
        if not is_storable:
            wanted = "Should hold finite numbers and plain text only."
            raise Refused("invalid", f"{name} should hold finite numbers and plain text only, no NaN and no NUL.", fields={name: [wanted]})


def _flag_to_decide(pick: Pick, flag: Flag | None) -> Flag | None:
    if flag is None:
        return pick.flags.filter(flag_set__is_current=True).select_related("flag_set").first()
    if flag.pick_id != pick.pk:
        raise Refused("flag_of_another_pick", f"That flag does not belong to {pick}.", fields={"flag": ["Belongs to another pick."]})
    return flag


def _apply(decision: Decision, change: LabelChange) -> None:
    if change.label is not None:
        _add_revision(decision.pick, change.label, decision)
    if change.added is not None:
        _add_pick(decision, change.added)


def _add_revision(pick: Pick, label: Label, decision: Decision) -> None:
    number = pick.revision + 1
    values = asdict(label)
    if not Pick.objects.filter(pk=pick.pk, revision=pick.revision).update(revision=number, **values):
        raise Conflict("changed_meanwhile", f"{pick} was changed at this very moment. Look at it again and decide anew.")
    PickRevision.objects.create(pick=pick, number=number, decision=decision, **values)
    if pick.is_added:
        keep_added_events([pick.pk])
    pick.refresh_from_db(fields=["revision", *values])


def _add_pick(decision: Decision, label: Label) -> None:
    """A new pick beside the one that was on the screen, on the same trace."""
    beside = decision.pick
    pick = Pick.objects.create(
        workspace=beside.workspace,
        catalog=beside.catalog,
        event=decision.event,
        trace=beside.trace,
        source_ref=f"added:{decision.client_id}",
        identity=f"added:{decision.client_id}",
        network_code=beside.network_code,
        station_code=beside.station_code,
        location_code=beside.location_code,
        channel_code=beside.channel_code,
        **asdict(label),
        time_is_relative=beside.time_is_relative,
        evaluation_mode="manual",
        author=decision.analyst.get_username(),
        creation_time=timezone.now(),
        unscored_reason="added",
        unscored_message="Added in review; the next run scores it.",
        is_added=True,
    )
    PickRevision.objects.create(pick=pick, number=0, decision=decision, **asdict(label))


def _take_for_one(doubles: list[Pick], decision: Decision) -> None:
    """Removes arrivals that another reader had added too. The decision after which both can be seen does it; its undo brings them back."""
    for pick in doubles:
        _add_revision(pick, replace(Label.of(pick), is_removed=True), decision)


def _check_may_undo(decision: Decision, analyst: User) -> None:
    if decision.analyst_id != analyst.pk:
        raise Forbidden("not_your_decision", "Only who made a decision can undo it. Decide anew instead.")
    if decision.kind == Decision.Kind.UNDO:
        raise Refused("undo_of_undo", "An undo can't be undone. Decide anew instead.")
    if Decision.objects.filter(undoes=decision).exists():
        raise Conflict("already_undone", "That decision was undone already.")
    for revision in decision.revisions.select_related("pick"):
        later = standing_decisions(revision.pick).filter(id__gt=decision.pk).last()
        if later is not None:
            who = "You" if later.analyst_id == analyst.pk else later.analyst.get_username()
            raise Conflict(
                "decided_since",
                f"{who} decided on {revision.pick} again at {iso(later.made_at)}. Only the newest decision can be undone.",
            )


def _restore_before(revision: PickRevision, undoing: Decision) -> None:
    """Brings back the label before a revision. A pick that the decision added is removed, and one that was removed for it comes back."""
    if revision.number == 0:
        label = replace(Label.of(revision), is_removed=True)
        if (other := taken_for(revision)) is not None:
            _add_revision(other, replace(Label.of(other), is_removed=False), undoing)
    elif revision.pick_id != undoing.pick_id and _was_taken_back(revision.pick):
        return
    else:
        label = Label.of(PickRevision.objects.get(pick=revision.pick, number=revision.number - 1))
    _add_revision(revision.pick, label, undoing)


def _was_taken_back(pick: Pick) -> bool:
    return pick.revisions.filter(number=0).exclude(decision__undone_by=None).exists()


def _settle_conflict(pick: Pick) -> None:
    pick.in_conflict = bool(disputed_topics(pick))
    Pick.objects.filter(pk=pick.pk).update(in_conflict=pick.in_conflict)
