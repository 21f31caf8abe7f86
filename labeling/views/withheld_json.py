"""What the review screen's data holds instead, where something is withheld until the decision."""

from __future__ import annotations

from typing import Any

from labeling.models import Flag
from labeling.services.veil import Veil, without_times
from labeling.views.evidence_words import KINDS, evidence_rows, in_words

BLIND_WORDS = "without the run's view"


def veiled_row(flag: Flag, veil: Veil) -> dict[str, Any]:
    """The part of a queue row that tells of the verdict."""
    if veil == Veil.VERDICT:
        return {"words": BLIND_WORDS, "p": None, "withheld": veil}
    words = KINDS.get(flag.kind, "") if veil == Veil.PROPOSAL else _words(flag)
    return {"words": words or "no proposal", "p": flag.p_mislabelled, "withheld": veil}


def veiled_item(flag: Flag, veil: Veil) -> dict[str, Any]:
    """What lies over an item's data: with the proposal goes all that draws or names its time."""
    if veil == Veil.NONE:
        return {}
    over = {"sentence": "", "proposal": None, "posterior": None, "alignment": None}
    if veil == Veil.PROPOSAL:
        return over | {"evidence": evidence_rows(without_times(flag.evidence))}
    return over | {"evidence": [], "p_without_alignment": None, "kind": "", "kind_words": ""}


def _words(flag: Flag) -> str:
    """What the flag says, in three words: `timing −0.62 s`."""
    kind = KINDS.get(flag.kind, "")
    if flag.kind == Flag.Kind.PHASE and flag.proposed_phase:
        return f"phase {flag.label_phase} → {flag.proposed_phase}"
    if flag.shift_s is not None and flag.kind != Flag.Kind.MISSED_ARRIVAL:
        return f"{kind} {in_words(flag.shift_s, 's', signed=True)}".strip()
    return kind
