"""How a run's verdicts become flags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from labeling.models import Decision, Flag, FlagSet, Pick, QueueCount, Snapshot, Workspace
from labeling.models.flags import FlagQuerySet
from labeling.services.double_review import drawn_for_two
from labeling.services.flag_facts import FlagFacts
from labeling.services.queue_counts import count_anew, counted, keep_queue_counts
from labeling.services.refusals import Conflict
from labeling.services.review_draw import draw_review

BATCH = 1000
RUN_UNDER_REVIEW = 1_382_376_553 << 32  # PostgreSQL's advisory locks are numbers; this begins ours, and ends with a workspace's id


def _batched(rows: Iterable[FlagRow], size: int) -> Iterator[list[FlagRow]]:
    """Lists of so many rows, the last one shorter."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


@dataclass(frozen=True)
class FlagRow:
    """One scored pick. posterior, alignment: float16 little-endian over the set's time axes. evidence: by the names of flags.csv."""

    pick_id: int
    label_time: datetime
    label_phase: str
    p_mislabelled: float
    p_mislabelled_without_alignment: float | None
    kind: str
    sentence: str
    evidence: dict[str, Any]
    posterior: bytes
    alignment: bytes = b""
    proposed_time: datetime | None = None
    proposed_lower: datetime | None = None
    proposed_upper: datetime | None = None
    proposed_phase: str = ""


@dataclass(frozen=True)
class RunProvenance:
    """What labeling may know of a run."""

    run_id: int
    run_name: str
    details: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def record_flags(
    *,
    workspace: Workspace,
    snapshot: Snapshot,
    provenance: RunProvenance,
    rows: Iterable[FlagRow],
    posterior_offsets_s: tuple[float, float, int],
    alignment_offsets_s: tuple[float, float, int] | None = None,
    calibration: dict[str, Any],
    statements: list[str],
    unscored: dict[int, tuple[str, str]],
    current: bool,
) -> FlagSet:
    """Writes all flags of one run at once; a run that has flags already gets them back unchanged.

    unscored: by pick id, the reason token and a message, for picks that the run could not score.
    current: whether the workspace reviews these flags from now on.
    """
    existing = FlagSet.objects.filter(run_id=provenance.run_id).first()
    if existing is not None:
        return existing
    flag_set = FlagSet.objects.create(
        workspace=workspace,
        snapshot=snapshot,
        run_id=provenance.run_id,
        run_name=provenance.run_name,
        provenance=provenance.details,
        calibration=calibration,
        statements=statements,
        posterior_offsets_s=list(posterior_offsets_s),
        alignment_offsets_s=list(alignment_offsets_s or ()),
    )
    scored: list[int] = []
    facts = FlagFacts(workspace)
    for some in _batched(rows, BATCH):
        batch = [Flag(workspace=workspace, flag_set=flag_set, **row.__dict__) for row in some]
        facts.fill(batch)
        Flag.objects.bulk_create(batch)
        scored += [row.pick_id for row in some]
    for start in range(0, len(scored), BATCH):
        # A waveform that was withdrawn while the run went on leaves its picks unscored.
        judged = Pick.objects.filter(pk__in=scored[start : start + BATCH]).exclude(trace__is_withdrawn=True)
        judged.update(state=Pick.State.SCORED, unscored_reason="", unscored_message="")
    by_reason: dict[tuple[str, str], list[int]] = {}
    for pick_id, why in unscored.items():
        by_reason.setdefault(why, []).append(pick_id)
    for (reason, message), pick_ids in by_reason.items():
        for start in range(0, len(pick_ids), BATCH):
            Pick.objects.filter(pk__in=pick_ids[start : start + BATCH], state=Pick.State.UNSCORED).update(
                unscored_reason=reason, unscored_message=message[:300]
            )
    if current:
        make_current(flag_set=flag_set)
    elif workspace.flag_sets.with_withdrawals().filter(is_current=True, was_withdrawn_from=True).exists():
        count_anew(workspace)  # picks that had lost their waveforms may have been scored on others
    return flag_set


@transaction.atomic
def make_current(*, flag_set: FlagSet) -> FlagSet:
    """From now on the workspace reviews this run's flags. Picks that people have decided about do not come back into the queue."""
    _lock_run_under_review("pg_advisory_xact_lock", flag_set.workspace_id)
    if flag_set.workspace.flag_sets.filter(pk=flag_set.pk, is_current=True).exists():
        raise Conflict("already_current", f"{flag_set} is the one under review already.")
    flag_set.workspace.flag_sets.filter(is_current=True).update(is_current=False)
    FlagSet.objects.filter(pk=flag_set.pk).update(is_current=True)
    settle_states(flag_set.flags.filter(pick_id__in=flag_set.workspace.decisions.values("pick_id")))
    flag_set.is_current = True
    draw_review(flag_set=flag_set)
    QueueCount.objects.filter(flag_set__workspace=flag_set.workspace_id).delete()
    keep_queue_counts(flag_set)
    return flag_set


def hold_run_under_review(workspace_id: int) -> None:
    """Until the end of the transaction no other run comes under review. Any number may hold it at once; who decides does, before they lock
    anything else, so that none is counted for neither run and nobody waits in a circle."""
    _lock_run_under_review("pg_advisory_xact_lock_shared", workspace_id)


def _lock_run_under_review(lock: str, workspace_id: int) -> None:
    if connection.vendor == "postgresql":  # SQLite has one writer at a time
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {lock}(%s)", [RUN_UNDER_REVIEW + workspace_id])


def settle_states(flags: FlagQuerySet) -> None:
    """Brings the states of flags in line with the decisions that stand.

    What was decided about a pick, kept aside or not, holds for its flags of every run. A skip holds for the one flag that was skipped,
    where nothing else does. An arrival added beside a pick says nothing of the pick itself: it answers a missed arrival only, and none that
    is shown blind, of which it would lift the veil before anybody judged the pick. Nor do a comment and a polarity, an onset or a weight.
    Of two independent readings one alone decides nothing yet, and neither does an arrival added to what is read twice.
    """
    standing = Decision.objects.filter(pick=OuterRef("pick"), undone_by=None)
    on_the_pick = standing.exclude(kind__in=Decision.NO_VERDICT).filter(is_reading=False)
    # Two who describe it differently put a pick in conflict, too, and decide nothing.
    readings_differ = Exists(Pick.objects.filter(pk=OuterRef("pick"), in_conflict=True)) & Exists(standing.filter(is_reading=True))
    may_answer = Q(kind=Flag.Kind.MISSED_ARRIVAL, drawn_place=None) & ~Exists(drawn_for_two(OuterRef("pk")))
    was_added = may_answer & Exists(standing.filter(kind=Decision.Kind.ADD))
    with counted(flags):
        flags.update(
            state=Case(
                When(Exists(on_the_pick) | readings_differ | was_added, then=Value(Flag.State.DECIDED)),
                When(Exists(standing.filter(kind=Decision.Kind.SKIP, flag=OuterRef("pk"))), then=Value(Flag.State.SKIPPED)),
                default=Value(Flag.State.OPEN),
            )
        )
