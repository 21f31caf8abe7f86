"""Decisions as people read them."""

from __future__ import annotations

from labeling.models import Decision
from labeling.seismo.timing import iso

DECISIONS = {
    "accept": "accepted the proposal",
    "reject": "rejected the proposal",
    "move": "moved the pick",
    "change_phase": "changed the phase to",
    "remove": "removed the pick",
    "add": "added an arrival",
    "describe": "described it as",
    "comment": "wrote",
    "skip": "skipped it",
    "undo": "undid",
}


def decision_words(decision: Decision) -> dict[str, str]:
    """Who decided what, and when."""
    return {"who": decision.analyst.get_username(), "words": _words(decision), "at": iso(decision.made_at)}


def notice_of_unseen(decision: Decision, before: Decision) -> str:
    """Said once a decision is stored that takes the place of one's own, which was not before them."""
    return (
        f"You had decided on {decision.pick} elsewhere at {iso(before.made_at)}, which this page had not shown yet: you {_words(before)}. "
        "What you decided here counts now; undo takes it back."
    )


def _words(decision: Decision) -> str:
    words = DECISIONS[decision.kind]
    if decision.kind == Decision.Kind.CHANGE_PHASE:
        words += f" {decision.phase}"
    said = _described(decision)
    if said:
        words += f" {said}" if decision.kind == Decision.Kind.DESCRIBE else f", {said}"
    if decision.undoes is not None:
        words += f" “{DECISIONS[decision.undoes.kind]}”"
    if decision.is_reading:
        words += ", one of two independent readings"
    if decision.is_conflicting:
        words += ", kept aside: somebody else had decided"
    if decision.event is not None:
        words += ", to an event of its own" if decision.event.is_added else f", to {decision.event}"
    if decision.reason:
        words += f" — {decision.reason}"
    return words


def _described(decision: Decision) -> str:
    weight = "" if decision.weight is None else f"weight {decision.weight}"
    spread = "" if decision.uncertainty_s is None else f"±{decision.uncertainty_s:g} s"
    return ", ".join(word for word in (decision.polarity, decision.onset, weight, spread) if word)
