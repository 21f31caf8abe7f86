"""How many active flags lie where in the queue: kept for a run under review of many flags, counted as they are asked for in a smaller one.

Whoever changes states does so within `counted`, in the same transaction, and who withdraws picks or brings them back counts anew in it, so
that what is kept is exact at every moment.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum, Value

from labeling.models import Flag, FlagSet, QueueCount, Workspace
from labeling.models.flags import FlagQuerySet

FEW = 5_000  # flags, which are counted in milliseconds
MOST_PARTS = 1_000  # rows kept of one run, of which 303 would do
EDGES = [index / 100 for index in range(101)]


@transaction.atomic
def keep_queue_counts(flag_set: FlagSet) -> None:
    """Counts the active flags of the run under review anew and keeps it; where there are no more than FEW flags, nothing is kept."""
    # A row that is added holds its run: what others change meanwhile is either counted here or added afterwards, never both.
    FlagSet.objects.select_for_update().get(pk=flag_set.pk)
    flag_set.queue_counts.all().delete()
    if not flag_set.flags.order_by()[FEW : FEW + 1].exists():
        return
    thinned = FlagSet.objects.with_withdrawals().filter(pk=flag_set.pk, was_withdrawn_from=True).exists()
    flags = flag_set.flags.active() if thinned else flag_set.flags.all()
    for state in Flag.State.values:
        found = by_hundredth(flags.filter(state=state))
        QueueCount.objects.bulk_create(
            QueueCount(flag_set=flag_set, state=state, hundredth=hundredth, n=n, p_sum=p_sum) for hundredth, (n, p_sum) in found.items()
        )


def count_anew(workspace: Workspace) -> None:
    """After picks were withdrawn or brought back."""
    for flag_set in workspace.flag_sets.filter(is_current=True):
        keep_queue_counts(flag_set)


@contextmanager
def counted(flags: FlagQuerySet) -> Iterator[None]:
    """Around a change of the flags' states, in a transaction: what is kept of their runs follows it."""
    kept = Exists(QueueCount.objects.filter(flag_set=OuterRef("flag_set")))
    columns = ("pk", "flag_set_id", "state", "queue_place", "p_mislabelled")
    # Locked, so that nobody else changes them between the two looks.
    before = list(flags.active().filter(kept).select_for_update(of=("self",)).order_by("pk").values_list(*columns))
    yield
    after: dict[int, str] = {}
    for start in range(0, len(before), 1000):
        ids = [row[0] for row in before[start : start + 1000]]
        after |= dict(Flag.objects.filter(pk__in=ids).values_list("pk", "state"))
    sums: dict[tuple[int, str, int], list[float]] = defaultdict(lambda: [0, 0.0])
    for pk, flag_set_id, state, place, p in before:
        if after[pk] != state:
            for changed, sign in ((state, -1), (after[pk], 1)):
                part = sums[flag_set_id, changed, hundredth_of(place)]
                part[0] += sign
                part[1] += sign * p
    _add(sums)


def counts_above(flag_set_id: int, threshold: float) -> dict[str, tuple[int, float]] | None:
    """By state, how many flags of a run stand in its queue at or above a threshold, and the sum of their P. None where nothing is kept."""
    first = bisect_left(EDGES, threshold)
    above = Q(hundredth__gte=first)
    kept = QueueCount.objects.filter(flag_set=flag_set_id).values("state")
    rows = kept.annotate(n_above=Sum("n", filter=above, default=0), p_above=Sum("p_sum", filter=above, default=0.0))
    found = {row["state"]: (row["n_above"], row["p_above"]) for row in rows}
    if not found:
        return None
    sums = {state: found.get(state, (0, 0.0)) for state in Flag.State.values}
    if threshold == EDGES[first]:
        return sums
    between = Flag.objects.active().filter(flag_set=flag_set_id, queue_place__gte=threshold, queue_place__lt=EDGES[first])
    return {state: _sum(kept_sum, between.filter(state=state)) for state, kept_sum in sums.items()}


def open_by_hundredth(flag_set_id: int) -> dict[int, int] | None:
    """How many flags of a run are open within each hundredth of its queue. None where nothing is kept."""
    kept = QueueCount.objects.filter(flag_set=flag_set_id)
    open_ones = kept.filter(state=Flag.State.OPEN).values_list("hundredth").annotate(total=Sum("n"))
    return dict(open_ones) if kept.exists() else None


def by_hundredth(flags: FlagQuerySet) -> dict[int, tuple[int, float]]:
    """How many flags of one state each hundredth of the queue holds, and the sum of their P; those that hold some. One query.

    A group by the hundredth's number would take ten times as long.
    """
    flags = flags.order_by()
    slices = [flags.filter(queue_place__gte=low, queue_place__lt=high) for low, high in pairwise(EDGES)]
    numbered = [
        some.annotate(hundredth=Value(hundredth)).values("hundredth").annotate(n=Count("id"), p_sum=Sum("p_mislabelled"))
        for hundredth, some in enumerate([*slices, flags.filter(queue_place__gte=1.0)])
    ]
    rows = numbered[0].union(*numbered[1:], all=True)
    return {row["hundredth"]: (row["n"], row["p_sum"]) for row in rows if row["n"]}


def hundredth_of(place: float) -> int:
    """By the comparisons of a threshold with it, which 100 × place would miss by a rounding."""
    return bisect_right(EDGES, place) - 1


def _sum(kept: tuple[int, float], flags: FlagQuerySet) -> tuple[int, float]:
    counted_now = flags.aggregate(n=Count("id"), p_sum=Sum("p_mislabelled", default=0.0))
    return kept[0] + counted_now["n"], kept[1] + counted_now["p_sum"]


def _add(sums: dict[tuple[int, str, int], list[float]]) -> None:
    """Adds rows; no row that others may add to is changed, so that nobody waits. From time to time a run's rows are put together."""
    QueueCount.objects.bulk_create(
        QueueCount(flag_set_id=flag_set_id, state=state, hundredth=hundredth, n=n, p_sum=p_sum)
        for (flag_set_id, state, hundredth), (n, p_sum) in sorted(sums.items())
    )
    for flag_set_id in {flag_set_id for flag_set_id, _, _ in sums}:
        if QueueCount.objects.filter(flag_set=flag_set_id).count() > MOST_PARTS:
            _put_together(flag_set_id)


def _put_together(flag_set_id: int) -> None:
    parts = list(QueueCount.objects.filter(flag_set=flag_set_id).select_for_update(skip_locked=True))
    sums: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0, 0.0])
    for part in parts:
        whole = sums[part.state, part.hundredth]
        whole[0] += part.n
        whole[1] += part.p_sum
    QueueCount.objects.filter(pk__in=[part.pk for part in parts]).delete()
    QueueCount.objects.bulk_create(
        QueueCount(flag_set_id=flag_set_id, state=state, hundredth=hundredth, n=n, p_sum=p_sum)
        for (state, hundredth), (n, p_sum) in sums.items()
    )
