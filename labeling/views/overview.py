"""The first page of a workspace: where it stands and what to do next."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from labeling.models import Decision, Workspace
from labeling.services.overview import FlagFigures, PickFigures, count_decisions, count_flags, count_picks, imports_under_way, steps_done
from labeling.views.access import WorkspaceRequest, with_role, workspace_view


@require_GET
@workspace_view()
def overview(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    picks, flags = count_picks(workspace), count_flags(workspace)
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    context = with_role(
        request,
        picks=picks,
        flags=flags,
        decisions=count_decisions(workspace, since_midnight=midnight),
        decision_labels=dict(Decision.Kind.choices),
        steps=steps_done(workspace),
        imports_under_way=imports_under_way(workspace),
        charts=_charts(workspace, picks, flags),
        recent=workspace.decisions.select_related("analyst", "pick").order_by("-id")[:8],
    )
    return render(request, "overview/overview.html", context)


def _charts(workspace: Workspace, picks: PickFigures, flags: FlagFigures | None) -> dict[str, Any]:
    """By chart: labels, values and where each bar leads."""
    review, listed = reverse("review", args=[workspace.slug]), reverse("pick_list", args=[workspace.slug])
    charts: dict[str, Any] = {
        "unscored": [
            {
                "label": reason.replace("_", " "),
                "value": n,
                "url": f"{listed}?state=unscored&reason={'' if reason == 'not_said' else reason}",
            }
            for reason, n in picks.unscored_by_reason.items()
        ],
    }
    if flags is not None:
        charts["kinds"] = [
            {"label": (kind or "not said").replace("_", " "), "value": n, "url": f"{review}?kind={kind}"}
            for kind, n in flags.by_kind.items()
        ]
        charts["stations"] = [
            {"label": f"{network or ''}.{station}", "value": n, "url": f"{review}?network={network or ''}&station={station}"}
            for network, station, n in flags.by_station
        ]
    return charts
