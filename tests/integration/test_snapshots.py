"""Frozen states of a workspace."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from labeling.models import Pick, Workspace
from labeling.services.overview_counts import count_picks
from labeling.services.pick_selection import select_picks
from labeling.services.refusals import Refused
from labeling.services.review import decide, undo_last
from labeling.services.snapshots import freeze_snapshot, snapshot_difference
from tests import factories


@pytest.fixture
def pick(workspace) -> Pick:
    return factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))


def test_a_snapshot_holds_every_active_pick_in_its_newest_revision(workspace, pick: Pick, analyst):
    other = factories.make_pick(pick.trace, offset_s=14.0, phase_hint="S")
    factories.make_pick(pick.trace, offset_s=20.0, is_withdrawn=True)
    decide(pick=pick, kind="move", time=pick.time + timedelta(seconds=0.3), analyst=analyst, client_id=uuid4())
    decide(pick=other, kind="remove", analyst=analyst, client_id=uuid4())
    snapshot = freeze_snapshot(workspace=workspace, by=analyst, note="before the first run")
    assert (snapshot.number, snapshot.n_picks, snapshot.n_removed, snapshot.n_changed) == (1, 2, 1, 2)
    held = {row.pick_id: (row.revision.time, row.revision.is_removed) for row in snapshot.picks.select_related("revision")}
    assert held == {pick.pk: (pick.time + timedelta(seconds=0.3), False), other.pk: (other.time, True)}


def test_what_is_decided_later_does_not_change_a_snapshot(workspace, pick: Pick, analyst):
    before = freeze_snapshot(workspace=workspace, by=analyst)
    decide(pick=pick, kind="move", time=pick.time + timedelta(seconds=0.3), analyst=analyst, client_id=uuid4())
    (row,) = before.picks.select_related("revision")
    assert row.revision.time == pick.time
    after = freeze_snapshot(workspace=workspace, by=analyst)
    assert (after.number, after.parent) == (2, before)
    assert after.content_hash != before.content_hash


def test_nothing_changed_gives_the_same_snapshot(workspace, pick: Pick, analyst):
    assert freeze_snapshot(workspace=workspace, by=analyst) == freeze_snapshot(workspace=workspace, by=analyst)
    assert workspace.snapshots.count() == 1


def test_a_decision_that_was_undone_brings_the_content_hash_back(workspace, pick: Pick, analyst):
    before = freeze_snapshot(workspace=workspace, by=analyst)
    decide(pick=pick, kind="remove", analyst=analyst, client_id=uuid4())
    removed = freeze_snapshot(workspace=workspace, by=analyst)
    undo_last(workspace=workspace, analyst=analyst, client_id=uuid4())
    after = freeze_snapshot(workspace=workspace, by=analyst)
    assert after.content_hash == before.content_hash != removed.content_hash
    assert after.number == 3


def test_a_correction_that_was_undone_counts_as_none(workspace, pick: Pick, analyst):
    decide(pick=pick, kind="move", time=pick.time + timedelta(seconds=0.3), analyst=analyst, client_id=uuid4())
    assert (count_picks(workspace).n_corrected, freeze_snapshot(workspace=workspace, by=analyst).n_changed) == (1, 1)
    undo_last(workspace=workspace, analyst=analyst, client_id=uuid4())
    assert (count_picks(workspace).n_corrected, freeze_snapshot(workspace=workspace, by=analyst).n_changed) == (0, 0)
    assert not select_picks(workspace=workspace, wanted={"state": "corrected"}, viewer=analyst).exists()


def test_the_same_content_has_the_same_hash_in_another_workspace(workspace, pick: Pick, analyst):
    other = factories.make_workspace("Elsewhere")
    factories.make_pick(factories.make_trace(factories.make_catalog(other)), source_ref=pick.source_ref)
    mine, theirs = freeze_snapshot(workspace=workspace, by=analyst), freeze_snapshot(workspace=other, by=None)
    assert mine.content_hash == theirs.content_hash


def test_a_workspace_without_picks_has_nothing_to_freeze(workspace: Workspace):
    with pytest.raises(Refused, match="Import a catalog first"):
        freeze_snapshot(workspace=workspace, by=None)


def test_a_comparison_counts_and_shows_what_changed(workspace, pick: Pick, analyst):
    removed = factories.make_pick(pick.trace, offset_s=14.0, phase_hint="S")
    gone = factories.make_pick(pick.trace, offset_s=16.0)
    factories.make_pick(pick.trace, offset_s=18.0)
    older = freeze_snapshot(workspace=workspace, by=analyst)
    decide(pick=pick, kind="move", time=pick.time + timedelta(seconds=0.3), analyst=analyst, client_id=uuid4())
    decide(pick=removed, kind="remove", analyst=analyst, client_id=uuid4())
    Pick.objects.filter(pk=gone.pk).update(is_withdrawn=True)
    added = factories.make_pick(pick.trace, offset_s=22.0)
    newer = freeze_snapshot(workspace=workspace, by=analyst)

    difference = snapshot_difference(older=older, newer=newer, viewer=analyst)
    assert (difference.n_changed, difference.n_added, difference.n_gone) == (2, 1, 1)
    changes = {change.pick.pk: change for change in difference.changes()}
    assert {pk: change.what for pk, change in changes.items()} == {
        pick.pk: "moved", removed.pk: "removed", added.pk: "added", gone.pk: "gone"
    }  # fmt: skip
    assert changes[pick.pk].shift_s == pytest.approx(0.3)
    assert changes[pick.pk].before.time == pick.time


def test_a_snapshot_does_not_differ_from_itself(workspace, pick: Pick, analyst):
    snapshot = freeze_snapshot(workspace=workspace, by=analyst)
    difference = snapshot_difference(older=snapshot, newer=snapshot, viewer=analyst)
    assert (difference.n_changed, difference.n_added, difference.n_gone) == (0, 0, 0)
    assert list(difference.changes()) == []


def test_snapshots_of_different_workspaces_are_not_compared(workspace, pick: Pick, analyst):
    other = factories.make_workspace("Elsewhere")
    factories.make_pick(factories.make_trace(factories.make_catalog(other)))
    with pytest.raises(Refused, match="different workspaces"):
        snapshot_difference(
            older=freeze_snapshot(workspace=workspace, by=None), newer=freeze_snapshot(workspace=other, by=None), viewer=analyst
        )
