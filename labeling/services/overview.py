"""The figures of a workspace's overview. Every number is a count over rows as they stand, so that the page can link to them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from labeling.models import Decision, Flag, FlagSet, Import, Pick, Workspace

MOST_STATIONS = 15


@dataclass(frozen=True)
class Steps:
    """How far a workspace has come on the way from upload to export."""

    uploaded: bool
    trained: bool
    reviewed: bool
    exported: bool

    @property
    def next_step(self) -> int:
        """1 upload, 2 train, 3 review, 4 export; 5 once all are done."""
        return [self.uploaded, self.trained, self.reviewed, self.exported, False].index(False) + 1


@dataclass(frozen=True)
class DecisionFigures:
    """n_made: decisions that stand (not undone, not in conflict), skips left out. acceptance_rate: share of accepts among accepts and
    rejects; None before there are any."""

    n_made: int
    n_today: int
    by_kind: dict[str, int]

    @property
    def acceptance_rate(self) -> float | None:
        judged = self.by_kind.get("accept", 0) + self.by_kind.get("reject", 0)
        return self.by_kind.get("accept", 0) / judged if judged else None


@dataclass(frozen=True)
class FlagFigures:
    """Flags of the run under review at or above the workspace's threshold. by_station: the stations with most, (network, station, n)."""

    flag_set: FlagSet
    n_flagged: int
    n_open: int
    by_kind: dict[str, int]
    by_station: list[tuple[str | None, str, int]]

    @property
    def n_done(self) -> int:
        return self.n_flagged - self.n_open


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
    """None before the first run has finished."""
    flag_set = workspace.flag_sets.filter(is_current=True).select_related("snapshot").first()
    if flag_set is None:
        return None
    flagged = Flag.objects.current(workspace).above(workspace.flag_threshold)
    totals = flagged.aggregate(n=Count("pk"), open=Count("pk", filter=Q(state=Flag.State.OPEN)))
    kinds = flagged.values_list("kind").annotate(n=Count("pk")).order_by("-n")
    stations = flagged.values_list("pick__network_code", "pick__station_code").annotate(n=Count("pk")).order_by("-n", "pick__station_code")
    return FlagFigures(flag_set, totals["n"], totals["open"], dict(kinds), list(stations[:MOST_STATIONS]))


def count_decisions(workspace: Workspace, *, since_midnight: object) -> DecisionFigures:
    """since_midnight: from when on a decision counts as of today, an aware datetime."""
    standing = Decision.objects.filter(workspace=workspace, undone_by=None, is_conflicting=False).exclude(
        kind__in=[Decision.Kind.UNDO, Decision.Kind.SKIP]
    )
    by_kind = dict(standing.values_list("kind").annotate(n=Count("pk")).order_by("-n"))
    return DecisionFigures(sum(by_kind.values()), standing.filter(made_at__gte=since_midnight).count(), by_kind)


def steps_done(workspace: Workspace) -> Steps:
    return Steps(
        uploaded=Pick.objects.filter(workspace=workspace).active().exists(),
        trained=workspace.flag_sets.exists(),
        reviewed=workspace.decisions.exists(),
        exported=workspace.exports.filter(state="done").exists(),
    )


def imports_under_way(workspace: Workspace) -> list[Import]:
    return list(workspace.imports.filter(state__in=[Import.State.QUEUED, Import.State.RUNNING]).order_by("-id")[:5])
