"""Freezing the present state of a workspace, and what differs between two frozen states."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from labeling.models import Pick, PickRevision, Snapshot, SnapshotPick, Workspace
from labeling.models.picks import is_as_imported
from labeling.seismo.timing import iso
from labeling.services.label_change import Label
from labeling.services.refusals import Refused
from labeling.services.veil import unseen_picks

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

TRIES = 5


def freeze_snapshot(*, workspace: Workspace, by: User | None, note: str = "") -> Snapshot:
    """An immutable copy of the state of every active pick. The last one where no pick changed since and nobody decided."""
    for _ in range(TRIES - 1):
        with suppress(IntegrityError):  # somebody else drew the same number: theirs can be seen now
            return _freeze(workspace, by, note)
    return _freeze(workspace, by, note)


def _freeze(workspace: Workspace, by: User | None, note: str) -> Snapshot:
    """One statement copies the state of one moment, and all else is read off the copy: nobody who decides meanwhile waits for it."""
    last = workspace.snapshots.order_by("-number").first()
    with suppress(_Unchanged), transaction.atomic():
        # A catalog that is being withdrawn is gone first: a run on the snapshot takes its picks for there unless it goes afterwards.
        list(workspace.catalogs.filter(withdrawn_at=None).select_for_update(no_key=True).order_by("pk").values_list("pk"))
        snapshot = Snapshot.objects.create(
            workspace=workspace, number=1 if last is None else last.number + 1, parent=last, note=note[:200], created_by=by
        )
        _copy_rows(snapshot, PickRevision.objects.filter(pick__workspace=workspace, pick__is_withdrawn=False, number=F("pick__revision")))
        snapshot.n_picks = snapshot.picks.count()
        if not snapshot.n_picks:
            raise Refused("no_picks", f"{workspace} has no picks yet. Import a catalog first.")
        snapshot.content_hash = _content_hash(snapshot)
        # A rejection changes no pick, and exports and runs count decisions up to the snapshot's freezing.
        decided = last is not None and workspace.decisions.filter(made_at__gt=last.created_at).exists()
        if last is not None and last.content_hash == snapshot.content_hash and not decided:
            raise _Unchanged
        snapshot.n_removed = snapshot.picks.filter(revision__is_removed=True).count()
        snapshot.n_changed = snapshot.picks.filter(revision__number__gt=0).exclude(is_as_imported("pick", "revision__")).count()
        snapshot.save(update_fields=["n_picks", "content_hash", "n_removed", "n_changed"])
        return snapshot
    assert last is not None
    return last


class _Unchanged(Exception):
    """The last snapshot holds the same: what was copied is taken back."""


def _copy_rows(snapshot: Snapshot, revisions: QuerySet[PickRevision]) -> None:
    """INSERT … SELECT: a million rows never pass through Python."""
    select, parameters = revisions.order_by().values("pick_id", "pk").query.sql_with_params()
    table = connection.ops.quote_name(SnapshotPick._meta.db_table)
    with connection.cursor() as cursor:
        # Both names come from our own models, not from input.
        cursor.execute(
            f"INSERT INTO {table} (snapshot_id, pick_id, revision_id) SELECT %s, chosen.* FROM ({select}) AS chosen",  # noqa: S608
            [snapshot.pk, *parameters],
        )


def _content_hash(snapshot: Snapshot) -> str:
    """sha256 over one line a pick, in the order of the picks' identities: the same content has the same hash in any workspace."""
    digest = hashlib.sha256()
    columns = ("pick__identity", *(f"revision__{name}" for name in PickRevision.LABEL))
    for identity, time, *others in snapshot.picks.order_by("pick__identity", "pick").values_list(*columns).iterator(chunk_size=5000):
        digest.update(f"{identity} {iso(time)} {' '.join(map(str, others))}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class PickChange:
    """before: None for a pick that the older snapshot does not have. after: None for one that the newer does not have."""

    pick: Pick
    before: Label | None
    after: Label | None

    @property
    def shift_s(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return (self.after.time - self.before.time).total_seconds()

    @property
    def what(self) -> str:
        """`added`, `gone`, `removed`, `restored`, `phase`, `moved` or `described`: polarity, onset, weight or uncertainty."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "gone"
        if self.before.is_removed != self.after.is_removed:
            return "removed" if self.after.is_removed else "restored"
        if self.before.phase_hint != self.after.phase_hint:
            return "phase"
        return "moved" if self.before.time != self.after.time else "described"


@dataclass(frozen=True)
class Difference:
    """What changed from one snapshot to another: counts at once, the picks themselves one by one.

    unseen: ids of picks that are left out.
    """

    older: Snapshot
    newer: Snapshot
    n_added: int
    n_gone: int
    n_changed: int
    unseen: Sequence[int]

    def changes(self) -> Iterator[PickChange]:
        """Changed picks first, then added and gone ones; each by pick id."""
        yield from _changes(self.older, self.newer, self.unseen)
        for one, other in ((self.newer, self.older), (self.older, self.newer)):
            only = _only_in(one, other, self.unseen).select_related("pick", "revision").order_by("pick_id")
            for row in only.iterator(chunk_size=1000):
                state = Label.of(row.revision)
                yield PickChange(row.pick, None, state) if one is self.newer else PickChange(row.pick, state, None)


def _only_in(one: Snapshot, other: Snapshot, unseen: Sequence[int]) -> QuerySet[SnapshotPick, Any]:
    return one.picks.exclude(pick_id__in=other.picks.values("pick_id")).exclude(pick_id__in=unseen)


def _changes(older: Snapshot, newer: Snapshot, unseen: Sequence[int]) -> Iterator[PickChange]:
    """Picks of both whose state differs. One that was decided and undone has a newer revision with the same state; it did not change."""
    rows = (
        _revised_rows(older, newer)
        .exclude(pick_id__in=unseen)
        .select_related("pick", "revision")
        .order_by("pick_id")
        .iterator(chunk_size=1000)
    )
    while chunk := list(islice(rows, 1000)):
        revisions = PickRevision.objects.in_bulk([row.revision_before for row in chunk])
        for row in chunk:
            before, after = Label.of(revisions[row.revision_before]), Label.of(row.revision)
            if before != after:
                yield PickChange(row.pick, before, after)


def _revised_rows(older: Snapshot, newer: Snapshot) -> QuerySet[SnapshotPick, Any]:
    before = SnapshotPick.objects.filter(snapshot=older, pick=OuterRef("pick")).values("revision_id")
    return newer.picks.annotate(revision_before=Subquery(before)).exclude(revision_before=None).exclude(revision_before=F("revision_id"))


def snapshot_difference(*, older: Snapshot, newer: Snapshot, viewer: User | AnonymousUser) -> Difference:
    """Compares two snapshots of one workspace by pick, as far as it is to be told to this person."""
    if older.workspace_id != newer.workspace_id:
        raise Refused("other_workspace", f"{older} and {newer} belong to different workspaces.")
    unseen = unseen_picks(newer.workspace, viewer)
    return Difference(
        older,
        newer,
        n_added=_only_in(newer, older, unseen).count(),
        n_gone=_only_in(older, newer, unseen).count(),
        n_changed=sum(1 for _ in _changes(older, newer, unseen)),
        unseen=unseen,
    )
