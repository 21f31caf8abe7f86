"""Several at the same moment, each on a connection of their own: on PostgreSQL they lock rows, and none may wait in a circle."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from labeling.models import Decision, Flag, ReviewLease
from labeling.services import batches, catalogs, queue_counts, snapshots
from labeling.services.batches import accept_together, undo_together
from labeling.services.catalogs import restore_catalog, withdraw_catalog
from labeling.services.flags import make_current
from labeling.services.leases import hold_flags
from labeling.services.queue_counts import counts_above, keep_queue_counts
from labeling.services.review import undo
from labeling.services.snapshots import freeze_snapshot
from tests import factories
from tests.integration.deciding import fresh, take

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


def eventually(is_so):
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until, "it did not become so in time"
        time.sleep(0.02)


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


def test_what_is_kept_of_the_queue_is_exact_after_many_at_once(flags, workspace, analyst, second_analyst, monkeypatch):
    monkeypatch.setattr(queue_counts, "FEW", 3)
    monkeypatch.setattr(queue_counts, "MOST_PARTS", 5)
    flag_set = flags[0].flag_set
    keep_queue_counts(flag_set)

    def skip_and_come_back(person, some):
        for flag in some:
            decision = take(flag, person, "skip")
            if flag.pk % 2:
                undo(decision=decision, analyst=person, client_id=uuid.uuid4())

    def accept_the_rest():
        accept_together(workspace=workspace, flags=[flag.pk for flag in flags[10:]], analyst=analyst, client_id=uuid.uuid4())

    at_once(
        lambda: skip_and_come_back(analyst, flags[:10]),
        lambda: skip_and_come_back(second_analyst, flags[:10][::-1]),
        accept_the_rest,
        lambda: keep_queue_counts(flag_set),
    )
    there = {state: flag_set.flags.filter(state=state).count() for state in Flag.State.values}
    assert {state: n for state, (n, _) in counts_above(flag_set.pk, 0.0).items()} == there
    assert there["decided"] == 10


def test_the_queue_is_counted_right_when_runs_and_catalogs_come_and_go_while_people_decide(
    flags, workspace, analyst, second_analyst, workspace_admin, monkeypatch
):
    monkeypatch.setattr(queue_counts, "FEW", 3)
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    flag_set = flags[0].flag_set
    other_run = factories.make_flag_set(workspace, is_current=False)
    for flag in flags:
        factories.make_flag(flag.pick, flag_set=other_run, shift_s=0.2)
    other = factories.make_trace(factories.make_catalog(workspace, "another"))
    for number in range(5):
        factories.make_flag(factories.make_pick(other, offset_s=5.0 + number), flag_set=flag_set)
    keep_queue_counts(flag_set)

    def skip(person, some):
        for flag in some:
            take(flag, person, "skip")

    def accept_the_rest():
        accept_together(workspace=workspace, flags=[flag.pk for flag in flags[10:]], analyst=analyst, client_id=uuid.uuid4())

    def take_up_one_after_the_other():
        for run in (other_run, flag_set, other_run, flag_set):
            make_current(flag_set=run)

    def withdraw_and_restore():
        for act in (withdraw_catalog, restore_catalog, withdraw_catalog):
            act(catalog=other.catalog, by=workspace_admin)

    at_once(
        lambda: skip(second_analyst, flags[:10]), lambda: skip(analyst, flags[9::-1]),
        accept_the_rest, take_up_one_after_the_other, withdraw_and_restore,
    )  # fmt: skip
    assert fresh(flag_set).is_current
    there = {state: flag_set.flags.active().filter(state=state).count() for state in Flag.State.values}
    assert sum(there.values()) == N
    assert {state: n for state, (n, _) in counts_above(flag_set.pk, 0.0).items()} == there


def test_a_snapshot_shows_one_moment_and_no_decision_waits_for_it(flags, workspace, analyst, monkeypatch):
    hashed = snapshots._content_hash

    def hash_while_somebody_decides(snapshot):
        found = hashed(snapshot)
        if connection.vendor == "postgresql":  # on SQLite who decides waits, since one at a time writes
            at_once(lambda: take(flags[0], analyst, "accept"))
        return found

    monkeypatch.setattr(snapshots, "_content_hash", hash_while_somebody_decides)
    snapshot = freeze_snapshot(workspace=workspace, by=analyst)
    assert set(snapshot.picks.values_list("revision__number", flat=True)) == {0}
    assert snapshot.n_changed == 0
    if connection.vendor == "postgresql":
        assert fresh(flags[0].pick).revision == 1
        assert Decision.objects.get().made_at > snapshot.created_at


def test_two_who_freeze_at_once_get_one_snapshot(flags, workspace, analyst):
    def freeze():
        return freeze_snapshot(workspace=workspace, by=analyst)

    assert len({snapshot.pk for snapshot in at_once(*[freeze] * 4)}) == 1


def test_a_catalog_that_goes_while_a_snapshot_is_frozen_is_gone_in_it_or_goes_after_it(flags, workspace, analyst, monkeypatch):
    other = factories.make_catalog(workspace)
    gone = factories.make_pick(factories.make_trace(other), offset_s=10.0)
    set_withdrawn = catalogs._set_withdrawn
    frozen = []

    def while_somebody_freezes(catalog, **withdrawn):
        set_withdrawn(catalog, **withdrawn)
        if connection.vendor == "postgresql":  # on SQLite who freezes waits
            frozen.append(threads.submit(freeze))
            eventually(lambda: frozen[0].done() or is_waiting())

    def freeze():
        try:
            return freeze_snapshot(workspace=workspace, by=analyst)
        finally:
            connection.close()

    def is_waiting():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))", [connection.connection.info.backend_pid]
            )
            return cursor.fetchone() is not None

    monkeypatch.setattr(catalogs, "_set_withdrawn", while_somebody_freezes)
    with ThreadPoolExecutor(1) as threads:
        withdraw_catalog(catalog=other, by=analyst)
    snapshot = frozen[0].result() if frozen else freeze()
    assert not snapshot.picks.filter(pick=gone).exists()
    assert snapshot.created_at > fresh(other).withdrawn_at
