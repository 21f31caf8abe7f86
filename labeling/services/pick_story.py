"""What happened to one pick, from its import to now, as sentences in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from labeling.models import Decision, Flag, Pick, PickRevision
from labeling.services.pick_selection import is_flagged
from labeling.services.veil import Veil, told, veils_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_FLAGS = 20
MOST_DECISIONS = 200
DECIDED = {
    Decision.Kind.ACCEPT: "accepted the proposal",
    Decision.Kind.REJECT: "rejected the proposal; the pick stays as it is",
    Decision.Kind.MOVE: "moved the pick",
    Decision.Kind.CHANGE_PHASE: "changed the phase",
    Decision.Kind.REMOVE: "removed the pick: no arrival here",
    Decision.Kind.ADD: "added a missed arrival",
    Decision.Kind.DESCRIBE: "described the onset",
    Decision.Kind.COMMENT: "wrote a comment",
    Decision.Kind.SKIP: "skipped it",
    Decision.Kind.UNDO: "took a decision back",
}


@dataclass(frozen=True)
class Chapter:
    """One thing that happened. what: a token for the mark beside it (`import`, `score`, `flag`, or a decision's kind).

    is_void: a decision that was undone, or that is in conflict and was not applied.
    """

    at: datetime
    what: str
    title: str
    details: list[str]
    run_id: int | None = None
    catalog_id: int | None = None
    is_void: bool = False


def tell_story(pick: Pick, *, threshold: float, viewer: User) -> list[Chapter]:
    """Oldest first, as far as it is to be told to this person; five queries, however long the history is. threshold: from which
    P(mislabelled) on a score is a flag."""
    first, *later = pick.revisions.select_related("decision__analyst").order_by("number")
    revisions = {row.decision_id: row for row in later}
    # A pick that was added is taken back by an undo of a decision on the pick beside it.
    decisions = told(Decision.objects.filter(Q(pick=pick) | Q(pk__in=list(revisions))), viewer)
    decisions = decisions.select_related("analyst", "undoes", "undone_by", "flag").order_by("id")[:MOST_DECISIONS]
    flags = list(pick.flags.select_related("flag_set").defer("posterior", "alignment").order_by("flag_set_id")[:MOST_FLAGS])
    veils = veils_of(flags)
    chapters = [_added(pick, first) if pick.is_added else _imported(pick, first)]
    shown = [(flag, veils.get(flag.pk, Veil.NONE)) for flag in flags]
    chapters += [_scored(flag, threshold, veil) for flag, veil in shown if veil != Veil.VERDICT]
    chapters += [_decided(decision, revisions.get(decision.pk), pick) for decision in decisions]
    return sorted(chapters, key=lambda chapter: chapter.at)


def _added(pick: Pick, first: PickRevision) -> Chapter:
    who = f" by {first.decision.analyst}" if first.decision else ""
    details = [_label(first)]
    if pick.event is not None:
        details.append("Of an event that was added with it." if pick.event.is_added else f"Of the event {pick.event}.")
    return Chapter(first.created_at, "import", f"Added during review{who}", details)


def _imported(pick: Pick, first: PickRevision) -> Chapter:
    details = [f"Row {pick.source_ref}", _label(first)]
    made_by = ", ".join(part for part in (pick.agency_id, pick.author, pick.evaluation_mode) if part)
    if made_by:
        details.append(f"By {made_by}")
    return Chapter(first.created_at, "import", f"Imported with {pick.catalog}", details, catalog_id=pick.catalog_id)


def _scored(flag: Flag, threshold: float, veil: Veil) -> Chapter:
    at, run = flag.flag_set.created_at, flag.flag_set.run_name
    judged = f"It judged the label {flag.label_phase} at {flag.label_time:%H:%M:%S.%f}."
    if not is_flagged(flag, threshold):
        return Chapter(
            at, "score", f"{run} let it pass with P(mislabelled) {flag.p_mislabelled:.2f}", [judged], run_id=flag.flag_set.run_id
        )
    details = [flag.sentence, judged] if flag.sentence and veil == Veil.NONE else [judged]
    if veil == Veil.PROPOSAL:
        details.append("What it proposed is hidden until the decision.")
    elif flag.shift_s is not None:
        interval = ""
        if flag.proposed_lower and flag.proposed_upper:
            interval = f", 90 % interval {_from_label(flag.proposed_lower, flag)} … {_from_label(flag.proposed_upper, flag)} s"
        details.append(f"It proposed a shift of {_signed(flag.shift_s)} s{interval}.")
    kind = f" ({flag.get_kind_display().lower()})" if flag.kind else ""
    title = f"{run} flagged it with P(mislabelled) {flag.p_mislabelled:.2f}{kind}"
    return Chapter(at, "flag", title, details, run_id=flag.flag_set.run_id)


def _decided(decision: Decision, revision: PickRevision | None, pick: Pick) -> Chapter:
    details = []
    if revision is not None:
        details.append(f"Revision {revision.number}: {'removed' if revision.is_removed else _label(revision)}")
    if decision.undoes is not None:
        details.append(f"Taken back: {DECIDED[Decision.Kind(decision.undoes.kind)]}")
    if decision.reason:
        details.append(decision.reason if decision.kind == Decision.Kind.COMMENT else f"Reason: {decision.reason}")
    undone_by = getattr(decision, "undone_by", None)
    if undone_by is not None:
        details.append("Undone later.")
    if decision.is_conflicting:
        details.append("Somebody else had decided before and this was made unseen of it: kept, not applied.")
    if decision.is_reading:
        details.append("One of two independent readings: kept, not applied by itself.")
    is_void = undone_by is not None or decision.is_conflicting or decision.is_reading
    title = f"{decision.analyst} {DECIDED[Decision.Kind(decision.kind)]}"
    if revision is not None and revision.number and decision.pick_id != pick.pk and decision.kind != Decision.Kind.UNDO:
        title = "Removed: the other reader had added the same arrival, which shows now that both have decided"
    return Chapter(decision.made_at, decision.kind, title, details, is_void=is_void)


def _label(revision: PickRevision) -> str:
    spread = f" ± {revision.uncertainty_s:g} s" if revision.uncertainty_s is not None else ""
    weight = "" if revision.weight is None else f"weight {revision.weight}"
    further = "".join(f", {word}" for word in (revision.polarity, revision.onset, weight) if word)
    return f"{revision.phase_hint or 'no phase'} at {revision.time:%Y-%m-%d %H:%M:%S.%f}{spread}{further}"


def _from_label(time: datetime, flag: Flag) -> str:
    return _signed((time - flag.label_time).total_seconds())


def _signed(seconds: float) -> str:
    return f"{seconds:+.2f}".replace("-", "−")
