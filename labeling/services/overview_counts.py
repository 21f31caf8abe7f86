"""Counts over all picks and flags of a workspace. Few are counted as the page is asked for; many are counted by a worker and kept."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db.models import Count, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from labeling.models import Flag, OverviewCounts, Pick, ReviewDraw, Workspace
from labeling.services.group_errors import Rates, errors_by_group
from labeling.services.review_queue import flags_under_review

logger = logging.getLogger(__name__)

FEW = 5_000  # picks, which are counted in milliseconds
KEPT_FOR = timedelta(seconds=60)
TASK_NAME = "labeling.count_overview"
GROUPS = {
    "state": ("state",),
    "kind": ("kind",),
    "network": ("network_code",),
    "station": ("network_code", "station_code"),
    "phase": ("label_phase",),
    "analyst": ("author",),
    "snr": ("snr_band",),
    "distance": ("distance_band",),
    "month": ("month",),
}
# Counted together, each from one index of flags.
INDEXED = (("kind", "state", "label_phase"), ("network_code", "station_code"), ("author",), ("snr_band",), ("distance_band",), ("month",))


@dataclass(frozen=True)
class PickFigures:
    n_scored: int
    n_unscored: int
    n_removed: int
    n_corrected: int
    n_in_conflict: int
    unscored_by_reason: dict[str, int]

    @property
    def n_active(self) -> int:
        return self.n_scored + self.n_unscored


@dataclass(frozen=True)
class FlagFigures:
    """Flags of the run under review at or above `threshold`. groups: by the name of a filter of the queue, rows of value, n of scored
    picks, n flagged among them; a station's value is NET.STA, "" is not known. rates: of `group_errors`, where the blind slice was drawn at
    this threshold."""

    run_name: str
    threshold: float
    n_flagged: int
    n_open: int
    groups: dict[str, list[tuple[str, int, int]]]
    rates: Rates = field(default_factory=dict)

    @property
    def n_done(self) -> int:
        return self.n_flagged - self.n_open


@dataclass(frozen=True)
class Counts:
    """flags: None before the first run has finished."""

    picks: PickFigures
    flags: FlagFigures | None
    counted_at: datetime


def counts_of(workspace: Workspace) -> Counts | None:
    """Counted now where the picks are few. Else as they were kept, and a worker is asked for newer ones; None before the first time."""
    if not Pick.objects.filter(workspace=workspace).order_by()[FEW : FEW + 1].exists():
        return Counts(count_picks(workspace), count_flags(workspace), timezone.now())
    row, _ = OverviewCounts.objects.get_or_create(workspace=workspace)
    kept = _kept(row)
    is_old = kept is None or kept.counted_at < timezone.now() - KEPT_FOR
    is_of_another = kept is not None and kept.flags is not None and kept.flags.threshold != workspace.flag_threshold
    if is_old or is_of_another:
        _ask_once(row)
    return kept


def keep_counts(workspace: Workspace) -> None:
    """Counts all and keeps it."""
    now = timezone.now()
    counts = {"picks": asdict(count_picks(workspace)), "flags": None}
    flags = count_flags(workspace)
    if flags is not None:
        counts["flags"] = asdict(flags)
    OverviewCounts.objects.update_or_create(workspace=workspace, defaults={"counts": counts, "counted_at": now, "asked_at": None})


def count_picks(workspace: Workspace) -> PickFigures:
    """Picks of catalogs that are not withdrawn; removed ones are counted too, since they stay on record."""
    active = Pick.objects.filter(workspace=workspace).active()
    reasons = active.values("state", "unscored_reason").annotate(n=Count("pk")).order_by("-n")
    unscored = {row["unscored_reason"] or "not_said": row["n"] for row in reasons if row["state"] == Pick.State.UNSCORED}
    counts = active.aggregate(
        scored=Count("pk", filter=Q(state=Pick.State.SCORED)),
        removed=Count("pk", filter=Q(is_removed=True)),
        conflict=Count("pk", filter=Q(in_conflict=True)),
    )
    return PickFigures(
        n_scored=counts["scored"],
        n_unscored=sum(unscored.values()),
        n_removed=counts["removed"],
        n_corrected=active.corrected().count(),
        n_in_conflict=counts["conflict"],
        unscored_by_reason=unscored,
    )


def count_flags(workspace: Workspace) -> FlagFigures | None:
    """None before the first run has finished. Of the blind slice nothing is counted before it is decided."""
    flag_set = workspace.flag_sets.filter(is_current=True).first()
    if flag_set is None:
        return None
    threshold = workspace.flag_threshold
    sums: dict[str, dict[str, list[int]]] = {name: defaultdict(lambda: [0, 0]) for name in GROUPS}
    flags = flags_under_review(workspace).order_by()
    is_flagged = Q(queue_place__gte=threshold)

    def add(row: dict[str, Any], n: int, flagged: int) -> None:
        for name, columns in GROUPS.items():
            if row.keys() >= set(columns):
                sums_of_value = sums[name][".".join(row[column] for column in columns)]
                sums_of_value[0] += n
                sums_of_value[1] += flagged

    # All are counted by their place in the queue, which an index answers for each of these. Then the few of the blind slice, whose place is
    # not their P, are taken out, and those of them that are decided are counted by their P.
    for columns in INDEXED:
        for row in flags.values(*columns).annotate(n=Count("pk"), flagged=Count("pk", filter=is_flagged)):
            add({column: row[column] for column in columns}, row["n"], row["flagged"])
    every = {column for columns in INDEXED for column in columns}
    for row in flags.filter(drawn_place__isnull=False).values(*every, "queue_place", "p_mislabelled"):
        add(row, -1, -(row["queue_place"] >= threshold))
        if row["state"] == Flag.State.DECIDED:
            add(row, 1, int(row["p_mislabelled"] >= threshold))
    counted = {name: [(value, n, flagged) for value, (n, flagged) in of.items() if n > 0] for name, of in sums.items()}
    by_state = {state: flagged for state, _, flagged in counted.pop("state")}
    draw = ReviewDraw.objects.filter(flag_set=flag_set, threshold=threshold).first()
    groups = {name: GROUPS[name] for name in counted}
    rates = {} if draw is None else errors_by_group(draw=draw, workspace=workspace, flags=flags, groups=groups, counted=counted)
    return FlagFigures(flag_set.run_name, threshold, sum(by_state.values()), by_state.get(Flag.State.OPEN, 0), counted, rates)


def _kept(row: OverviewCounts) -> Counts | None:
    if row.counted_at is None:
        return None
    flags = row.counts["flags"]
    return Counts(PickFigures(**row.counts["picks"]), None if flags is None else FlagFigures(**flags), row.counted_at)


def _ask_once(row: OverviewCounts) -> None:
    """One asks for all who look within KEPT_FOR. Without a broker the next look asks again."""
    now = timezone.now()
    not_asked = Q(asked_at=None) | Q(asked_at__lt=now - KEPT_FOR)
    if OverviewCounts.objects.filter(not_asked, pk=row.pk).update(asked_at=now):
        try:
            current_app.send_task(TASK_NAME, args=[row.workspace_id], retry=False)
        except OperationalError:
            logger.warning("The broker can't be reached; the overview of %s stays as it was counted.", row.workspace_id)
