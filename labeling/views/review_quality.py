"""How wrong the catalog is, and how far its analysts can be relied on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from labeling.forms import ReviewSettingsForm
from labeling.models import Membership, Workspace
from labeling.services.review_draw import draw_review, set_review_shares
from labeling.services.review_quality import CLASSES, ReviewQuality, review_quality
from labeling.views.access import WorkspaceRequest, with_role, workspace_view


@require_GET
@workspace_view()
def quality(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = ReviewSettingsForm(initial={name: getattr(workspace, name) for name in ReviewSettingsForm.base_fields})
    return _page(request, workspace, form)


def _page(request: WorkspaceRequest, workspace: Workspace, form: ReviewSettingsForm, *, status: int = 200) -> HttpResponse:
    found = review_quality(workspace)
    rows = [] if found is None else list(zip(CLASSES, found.agreement.table, strict=True))
    flag_set = workspace.flag_sets.filter(is_current=True).first()
    context = with_role(request, quality=found, form=form, classes=CLASSES, table=rows, charts=_charts(found), has_run=flag_set is not None)
    return render(request, "review/quality.html", context, status=status)


@require_POST
@workspace_view(Membership.Role.ADMIN)
def quality_settings(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = ReviewSettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, workspace, form, status=400)
    set_review_shares(workspace=workspace, **form.cleaned_data)
    flag_set = workspace.flag_sets.filter(is_current=True).first()
    if flag_set is not None and not hasattr(flag_set, "draw"):
        draw_review(flag_set=flag_set)
        messages.success(request, "Saved, and drawn for the run under review.")
    else:
        messages.success(request, "Saved. The tolerances hold at once, the shares from the next run on.")
    return redirect("review_quality", workspace.slug)


def _charts(found: ReviewQuality | None) -> dict[str, Any]:
    """By chart: name, value, low and high of each interval."""
    if found is None:
        return {}
    shares = (("labels that are wrong", found.errors.rate), ("of these, not flagged", found.errors.missed))
    return {
        "shares": [
            {"label": name, "value": one.estimate, "low": one.low, "high": one.high}
            for name, one in shares
            if one and one.estimate == one.estimate
        ],
        "offsets": [
            {
                "label": f"{one.analyst} · {one.phase} · {one.snr_band}",
                "value": one.offset_s,
                "low": one.offset_s - one.spread_s,
                "high": one.offset_s + one.spread_s,
            }
            for one in found.offsets
        ],
    }
