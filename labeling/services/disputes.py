"""Which decisions speak of the same, so that one that had not seen the other is kept aside: a verdict says whether and where there is an
arrival, a description one property or several. A verdict and a description never contradict each other."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from labeling.models import Decision, Membership, Pick
from labeling.services.double_review import readings_differ

VERDICT = "verdict"
WITHOUT_EFFECT = (Decision.Kind.ADD, *Decision.DECIDES_NOTHING)  # on the label of the pick before the analyst


def topics_of(decision: Decision) -> set[str]:
    """What a decision speaks of: VERDICT, or the properties that it describes."""
    return set(decision.described()) if decision.kind == Decision.Kind.DESCRIBE else {VERDICT}


def standing_decisions(pick: Pick) -> QuerySet[Decision]:
    """Decisions that make the pick's label what it is: applied, not undone, oldest first."""
    return pick.decisions.applied().filter(undone_by=None).exclude(kind__in=WITHOUT_EFFECT).order_by("id")


def disputed_topics(pick: Pick) -> set[str]:
    """What decisions speak of that were kept aside and are newer than any that counts on the same, and what two readings differ on."""
    counting = {topic: decision.pk for decision in standing_decisions(pick) for topic in topics_of(decision)}
    aside = pick.decisions.filter(undone_by=None, is_conflicting=True)
    unsettled = (decision for decision in aside if all(counting.get(topic, 0) < decision.pk for topic in topics_of(decision)))
    disputed = {topic for decision in unsettled for topic in topics_of(decision)}
    readings = pick.decisions.filter(undone_by=None, is_reading=True, id__gt=counting.get(VERDICT, 0))
    return disputed | ({VERDICT} if readings_differ(readings) else set())


def is_conflicting(decision: Decision, *, disputed: set[str], knows_revision: bool) -> bool:
    """Whether somebody else's standing decision on the same was not before the analyst when they made this one."""
    if decision.kind in WITHOUT_EFFECT:
        return False
    topics = topics_of(decision)
    last_seen = decision.shown.get("last_decision")
    if topics & disputed:
        newest_of_all = decision.pick.decisions.aggregate(id=Max("id"))["id"]
        return last_seen != newest_of_all or decision.workspace.role_of(decision.analyst) != Membership.Role.ADMIN
    newest = next((one for one in standing_decisions(decision.pick).reverse() if topics & topics_of(one)), None)
    if newest is None or newest.analyst_id == decision.analyst_id:
        return False
    if isinstance(last_seen, int):
        return newest.pk > last_seen
    revision = newest.revisions.filter(pick=decision.pick).first()
    # A rejection leaves no revision; who does not name the last decision they saw can't have seen it for certain.
    return revision is None or not knows_revision or revision.number > decision.seen_revision


def unseen_own(decision: Decision) -> Decision | None:
    """The newest decision (or reading) of the same analyst on the same that was not before them, in another tab for instance: it makes
    no conflict, since the newest of one's own counts, but is to be told. None for who does not name the last decision they saw."""
    last_seen = decision.shown.get("last_decision")
    if decision.kind in WITHOUT_EFFECT or not isinstance(last_seen, int):
        return None
    own = decision.pick.decisions.filter(
        analyst=decision.analyst_id, id__gt=last_seen, id__lt=decision.pk, undone_by=None, is_conflicting=False
    )
    found = own.exclude(kind__in=WITHOUT_EFFECT).order_by("-id")
    return next((one for one in found if topics_of(one) & topics_of(decision)), None)
