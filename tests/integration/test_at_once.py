"""Several at the same moment, each on a connection of their own: on PostgreSQL they lock rows, and none may wait in a circle."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from labeling.models import Decision, ReviewLease
from labeling.services import batches
from labeling.services.batches import accept_together, undo_together
from labeling.services.leases import hold_flags
from tests import factories
from tests.integration.deciding import fresh

pytestmark = pytest.mark.django_db(transaction=True)
N = 20


@pytest.fixture
def flags(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    return [factories.make_flag(factories.make_pick(trace, offset_s=5.0 + number), shift_s=0.36) for number in range(N)]


def at_once(*acts):
    """What each returns; the first problem is raised."""
    ready = Barrier(len(acts))

    def one(act):
        try:
            ready.wait(timeout=20)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.result() for future in [threads.submit(one, act) for act in acts]]


def test_two_batches_of_the_same_picks_in_opposite_order_accept_each_once(flags, workspace, analyst, second_analyst, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    ids = [flag.pk for flag in flags]

    def accept(person, wanted):
        return lambda: accept_together(workspace=workspace, flags=wanted, analyst=person, client_id=uuid.uuid4())

    made = at_once(accept(analyst, ids), accept(second_analyst, ids[::-1]))
    assert sorted(batch.n_decided for batch in made) == [0, N]
    assert Decision.objects.count() == N


def test_a_batch_is_undone_while_another_takes_the_same_picks(flags, workspace, analyst, second_analyst, monkeypatch):
    ids = [flag.pk for flag in flags]
    batch = accept_together(workspace=workspace, flags=ids[::-1], analyst=analyst, client_id=uuid.uuid4())
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    undoing, other = at_once(
        lambda: undo_together(batch=batch, analyst=analyst, client_id=uuid.uuid4()),
        lambda: accept_together(workspace=workspace, flags=ids, analyst=second_analyst, client_id=uuid.uuid4()),
    )
    assert undoing.n_decided == N
    assert other.n_decided in (0, N)
    assert {fresh(flag.pick).revision for flag in flags} == {2 if other.n_decided == 0 else 3}


def test_pages_that_open_the_same_picks_at_once_share_them_out(flags, workspace, analyst, second_analyst):
    ids = [flag.pk for flag in flags]

    def open_many(person, wanted):
        page = uuid.uuid4()
        return lambda: [hold_flags(workspace=workspace, analyst=person, page=page, flag_ids=wanted[n:]) for n in (0, 5, 0, 10, 0)]

    at_once(open_many(analyst, ids), open_many(second_analyst, ids[::-1]), open_many(analyst, ids[::-1]), open_many(second_analyst, ids))
    assert ReviewLease.objects.count() == N
