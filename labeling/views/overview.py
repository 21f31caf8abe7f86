"""The first page of a workspace: where it stands and what to do next."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from labeling.models import Decision, Workspace
from labeling.services.overview import count_decisions, imports_under_way, steps_done
from labeling.services.overview_counts import PickFigures, counts_of
from labeling.services.review_queue import blind_in_queue
from labeling.services.veil import told
from labeling.views.access import WorkspaceRequest, with_role, workspace_view
from labeling.views.flag_groups import flag_groups, station_map


@require_GET
@workspace_view()
def overview(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    counts = counts_of(workspace)
    picks, flags = (None, None) if counts is None else (counts.picks, counts.flags)
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    groups = [] if flags is None else flag_groups(workspace, flags)
    charts: dict[str, Any] = {group.name: group.bars for group in groups}
    charts["unscored"] = [] if picks is None else _unscored(workspace, picks)
    charts["map"] = [] if flags is None else station_map(workspace, flags)
    context = with_role(
        request,
        counts=counts,
        picks=picks,
        flags=flags,
        groups=groups,
        n_blind=0 if flags is None else blind_in_queue(workspace, workspace.flag_threshold).count(),
        decisions=count_decisions(workspace, since_midnight=midnight),
        decision_labels=dict(Decision.Kind.choices),
        steps=steps_done(workspace),
        imports_under_way=imports_under_way(workspace),
        charts=charts,
        recent=told(workspace.decisions.all(), request.user).select_related("analyst", "pick").order_by("-id")[:8],
    )
    return render(request, "overview/overview.html", context)


def _unscored(workspace: Workspace, picks: PickFigures) -> list[dict[str, Any]]:
    listed = reverse("pick_list", args=[workspace.slug])
    return [
        {
            "label": reason.replace("_", " "),
            "value": n,
            "url": f"{listed}?state=unscored&reason={'' if reason == 'not_said' else reason}",
        }
        for reason, n in picks.unscored_by_reason.items()
    ]
