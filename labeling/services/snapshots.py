"""Freezing the present state of a workspace, and what differs between two frozen states."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F, Max, OuterRef, QuerySet, Subquery

from labeling.models import Pick, PickRevision, Snapshot, SnapshotPick, Workspace
from labeling.seismo.timing import iso
from labeling.services.label_change import Label
from labeling.services.refusals import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def freeze_snapshot(*, workspace: Workspace, by: User | None, note: str = "") -> Snapshot:
    """An immutable copy of the state of every active pick. The last one where no pick changed since and nobody decided."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)  # two at once would draw the same number
    revisions = _newest_revisions(workspace)
    n_picks = revisions.count()
    if n_picks == 0:
        raise Refused("no_picks", f"{workspace} has no picks yet. Import a catalog first.")
    content_hash = _content_hash(revisions)
    last = workspace.snapshots.order_by("-number").first()
    # A rejection changes no pick, and exports and runs count decisions up to the snapshot's freezing.
    if last is not None and last.content_hash == content_hash and not workspace.decisions.filter(made_at__gt=last.created_at).exists():
        return last
    snapshot = Snapshot.objects.create(
        workspace=workspace,
        number=(workspace.snapshots.aggregate(last=Max("number"))["last"] or 0) + 1,
        parent=last,
        content_hash=content_hash,
        n_picks=n_picks,
        n_removed=revisions.filter(is_removed=True).count(),
        n_changed=Pick.objects.filter(workspace=workspace).active().corrected().count(),
        note=note[:200],
        created_by=by,
    )
    _copy_rows(snapshot, revisions)
    return snapshot


def _newest_revisions(workspace: Workspace) -> QuerySet[PickRevision]:
    return PickRevision.objects.filter(pick__workspace=workspace, pick__is_withdrawn=False, number=F("pick__revision"))


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


def _content_hash(revisions: QuerySet[PickRevision]) -> str:
    """sha256 over one line a pick, in the order of the picks' identities: the same content has the same hash in any workspace."""
    digest = hashlib.sha256()
    columns = ("pick__identity", *PickRevision.LABEL)
    for identity, time, *others in revisions.order_by("pick__identity", "pick_id").values_list(*columns).iterator(chunk_size=5000):
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
    """What changed from one snapshot to another: counts at once, the picks themselves one by one."""

    older: Snapshot
    newer: Snapshot
    n_added: int
    n_gone: int
    n_changed: int

    def changes(self) -> Iterator[PickChange]:
        """Changed picks first, then added and gone ones; each by pick id."""
        yield from _changes(self.older, self.newer)
        for one, other in ((self.newer, self.older), (self.older, self.newer)):
            only = one.picks.exclude(pick_id__in=other.picks.values("pick_id")).select_related("pick", "revision").order_by("pick_id")
            for row in only.iterator(chunk_size=1000):
                state = Label.of(row.revision)
                yield PickChange(row.pick, None, state) if one is self.newer else PickChange(row.pick, state, None)


def _changes(older: Snapshot, newer: Snapshot) -> Iterator[PickChange]:
    """Picks of both whose state differs. One that was decided and undone has a newer revision with the same state; it did not change."""
    rows = _revised_rows(older, newer).select_related("pick", "revision").order_by("pick_id").iterator(chunk_size=1000)
    while chunk := list(islice(rows, 1000)):
        revisions = PickRevision.objects.in_bulk([row.revision_before for row in chunk])
        for row in chunk:
            before, after = Label.of(revisions[row.revision_before]), Label.of(row.revision)
            if before != after:
                yield PickChange(row.pick, before, after)


def _revised_rows(older: Snapshot, newer: Snapshot) -> QuerySet[SnapshotPick, Any]:
    before = SnapshotPick.objects.filter(snapshot=older, pick=OuterRef("pick")).values("revision_id")
    return newer.picks.annotate(revision_before=Subquery(before)).exclude(revision_before=None).exclude(revision_before=F("revision_id"))


def snapshot_difference(*, older: Snapshot, newer: Snapshot) -> Difference:
    """Compares two snapshots of one workspace by pick."""
    if older.workspace_id != newer.workspace_id:
        raise Refused("other_workspace", f"{older} and {newer} belong to different workspaces.")
    return Difference(
        older,
        newer,
        n_added=newer.picks.exclude(pick_id__in=older.picks.values("pick_id")).count(),
        n_gone=older.picks.exclude(pick_id__in=newer.picks.values("pick_id")).count(),
        n_changed=sum(1 for _ in _changes(older, newer)),
    )
