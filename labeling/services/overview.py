"""How far a workspace has come, and what is decided in it. The counts over all of its picks are those of `overview_counts`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from labeling.models import Decision, Import, Pick, Workspace


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


def count_decisions(workspace: Workspace, *, since_midnight: object) -> DecisionFigures:
    """since_midnight: from when on a decision counts as of today, an aware datetime."""
    standing = Decision.objects.applied().filter(workspace=workspace, undone_by=None).exclude(kind__in=Decision.DECIDES_NOTHING)
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
