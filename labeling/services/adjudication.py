"""Who was right where two analysts differ: a workspace admin takes over one of the decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Max, QuerySet

from labeling.models import Decision, Membership, Pick, Workspace
from labeling.services.disputes import VERDICT, disputed_topics, standing_decisions, topics_of
from labeling.services.double_review import Verdict
from labeling.services.refusals import Conflict, Forbidden
from labeling.services.review import decide
from labeling.services.veil import readings_that_wait

PAGE = 10


@dataclass(frozen=True)
class Choice:
    """One decision that an admin may take over, with the label that it leads to. verdict: None of a description. shift_s: from the label
    that the run judged."""

    decision: Decision
    verdict: Verdict | None
    shift_s: float | None


@dataclass(frozen=True)
class Case:
    """A pick that waits for an admin, with every decision on it that may count, oldest first. is_withheld: what was decided is not to be
    told to this admin, who may still be the second reader."""

    pick: Pick
    choices: list[Choice]
    is_withheld: bool = False


@dataclass(frozen=True)
class CasePage:
    """Oldest picks first. next_after: id of the last, 0 where none follow."""

    cases: list[Case]
    next_after: int
    n_all: int


def cases_in_conflict(*, workspace: Workspace, after: int = 0) -> CasePage:
    """Picks that two people decided differently, unseen of each other."""
    aside = Decision.objects.filter(workspace=workspace).exclude(is_conflicting=False, is_reading=False)
    return _page(Pick.objects.filter(pk__in=aside.values("pick"), in_conflict=True, is_withdrawn=False), after)


def cases_read_once(*, workspace: Workspace, admin: User, after: int = 0) -> CasePage:
    """Picks that one analyst has read and that wait for a second one; the readings of others are withheld."""
    once = readings_that_wait(workspace).filter(is_reading=True, undone_by=None)
    page = _page(Pick.objects.filter(pk__in=once.values("pick"), in_conflict=False, is_withdrawn=False), after)
    cases = [replace(case, is_withheld=all(one.decision.analyst_id != admin.pk for one in case.choices)) for case in page.cases]
    return replace(page, cases=cases)


def settle(*, decision: Decision, admin: User, client_id: UUID) -> Decision:
    """A decision of the admin's own that does what the chosen one does. Undone like any other."""
    if decision.workspace.role_of(admin) != Membership.Role.ADMIN:
        raise Forbidden("not_an_admin", f"Only admins of {decision.workspace} settle what analysts differ on. Ask one of them.")
    if Decision.objects.filter(undoes=decision).exists():
        raise Conflict("already_undone", "That decision was taken back meanwhile. Look at the pick again.")
    newest = decision.pick.decisions.aggregate(id=Max("id"))["id"]
    return decide(
        pick=decision.pick,
        kind=decision.kind,
        analyst=admin,
        client_id=client_id,
        flag=decision.flag,
        time=decision.time,
        phase=decision.phase,
        uncertainty_s=decision.uncertainty_s,
        weight=decision.weight,
        onset=decision.onset,
        polarity=decision.polarity,
        shown={"last_decision": newest, "settles": decision.pk},
        seen_revision=decision.pick.revision,
    )


def settled_by(*, workspace: Workspace, admin: User) -> list[Decision]:
    """The last decisions by which this admin settled something, newest first; what was taken back is left out."""
    own = Decision.objects.filter(workspace=workspace, analyst=admin, undone_by=None, shown__has_key="settles")
    return list(own.select_related("pick", "flag").order_by("-id")[:PAGE])


def _page(picks: QuerySet[Pick], after: int) -> CasePage:
    rows = list(picks.filter(pk__gt=after).select_related("trace", "event").order_by("id")[: PAGE + 1])
    cases = [Case(pick, _to_choose_from(pick)) for pick in rows[:PAGE]]
    return CasePage(cases, rows[PAGE - 1].pk if len(rows) > PAGE else 0, picks.count())


def _to_choose_from(pick: Pick) -> list[Choice]:
    topics = disputed_topics(pick) or {VERDICT}
    counting = {topic: decision.pk for decision in standing_decisions(pick) for topic in topics_of(decision) & topics}
    aside = pick.decisions.filter(undone_by=None).exclude(is_conflicting=False, is_reading=False)
    ids = {*counting.values(), *(decision.pk for decision in aside if topics_of(decision) & topics)}
    decisions = Decision.objects.filter(pk__in=ids).select_related("analyst", "flag").order_by("id")
    return [_choice(decision) for decision in decisions]


def _choice(decision: Decision) -> Choice:
    if decision.flag is None or decision.kind == Decision.Kind.DESCRIBE:
        return Choice(decision, None, None)
    verdict = Verdict.of(decision, decision.flag)
    shift_s = None if verdict.is_removed else (verdict.time - decision.flag.label_time).total_seconds()
    return Choice(decision, verdict, shift_s)
