"""Two people who decide about one pick, and who settles it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from labeling.models import Decision
from labeling.services.disputes import unseen_own
from labeling.services.review import AlreadyDecided, undo
from tests.integration.deciding import fresh, take


@pytest.fixture
def conflict(flag, analyst, second_analyst):
    """ana accepts; ben, who still had the imported label before him, removes."""
    take(flag, analyst, "accept", seen_revision=0)
    with pytest.raises(AlreadyDecided) as raised:
        take(flag, second_analyst, "remove", seen_revision=0)
    return raised.value.decision


def test_a_second_unseen_decision_is_kept_and_not_applied(conflict, flag):
    assert Decision.objects.filter(pk=conflict.pk, is_conflicting=True).exists()
    pick = fresh(flag.pick)
    assert (pick.in_conflict, pick.is_removed, pick.time) == (True, False, flag.proposed_time)


def test_a_conflicting_decision_sent_again_gets_the_same_answer(conflict, flag, second_analyst):
    with pytest.raises(AlreadyDecided) as again:
        take(flag, second_analyst, "remove", seen_revision=0, client_id=conflict.client_id)
    assert again.value.decision.pk == conflict.pk
    assert Decision.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "saw_it", "is_told"), [("remove", False, True), ("remove", True, False), ("comment", False, False), ("describe", False, False)]
)
def test_a_decision_over_ones_own_that_one_had_not_seen_is_told(kind, saw_it, is_told, flag, analyst):
    first = take(flag, analyst, "accept", shown={"last_decision": 0})
    more = {"comment": {"reason": "noisy"}, "describe": {"polarity": "positive"}}.get(kind, {})
    second = take(flag, analyst, kind, shown={"last_decision": first.pk if saw_it else 0}, **more)
    assert unseen_own(second) == (first if is_told else None)
    assert not fresh(flag.pick).in_conflict


def test_a_second_decision_by_somebody_who_saw_the_first_counts(flag, analyst, second_analyst):
    take(flag, analyst, "accept", seen_revision=0)
    take(flag, second_analyst, "remove", seen_revision=1)
    assert fresh(flag.pick).is_removed
    assert not fresh(flag.pick).in_conflict


def test_a_rejection_that_was_not_seen_is_a_conflict_too(flag, analyst, second_analyst):
    take(flag, analyst, "reject", seen_revision=0)
    with pytest.raises(AlreadyDecided):
        take(flag, second_analyst, "accept", seen_revision=0, shown={"last_decision": 0})
    assert fresh(flag.pick).time == flag.label_time


def test_a_rejection_that_was_seen_may_be_overruled(flag, analyst, second_analyst):
    rejection = take(flag, analyst, "reject", seen_revision=0)
    take(flag, second_analyst, "accept", seen_revision=0, shown={"last_decision": rejection.pk})
    assert fresh(flag.pick).time == flag.proposed_time


def test_an_admin_who_says_what_they_saw_last_settles_a_conflict(conflict, flag, workspace_admin):
    take(flag, workspace_admin, "reject", seen_revision=1, shown={"last_decision": conflict.pk})
    pick = fresh(flag.pick)
    assert not pick.in_conflict
    assert pick.time == flag.label_time
    assert Decision.objects.count() == 3


@pytest.mark.parametrize("shown", [{}, {"last_decision": 0}])
def test_an_admin_settles_no_conflict_unseen(conflict, flag, workspace_admin, shown):
    with pytest.raises(AlreadyDecided, match="settle which one counts on the review screen"):
        take(flag, workspace_admin, "reject", seen_revision=1, shown=shown)
    assert fresh(flag.pick).in_conflict
    assert fresh(flag.pick).time == flag.proposed_time


def test_an_analyst_does_not_settle_a_conflict(conflict, flag, analyst):
    with pytest.raises(AlreadyDecided):
        take(flag, analyst, "move", time=flag.label_time + timedelta(seconds=0.1), seen_revision=1)
    assert fresh(flag.pick).in_conflict


def test_taking_back_the_later_decision_ends_the_conflict(conflict, flag, second_analyst):
    undo(decision=conflict, analyst=second_analyst, client_id=uuid.uuid4())
    assert not fresh(flag.pick).in_conflict
    assert fresh(flag.pick).time == flag.proposed_time
