"""The review screen and what its scripts ask for."""

from __future__ import annotations

import json

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from labeling.errors import json_error
from labeling.models import Flag, Membership, Workspace
from labeling.services.refusals import Refused
from labeling.services.review_item import review_item
from labeling.services.review_queue import QueueFilter, choices_of, open_by_threshold, planted_found, progress_of, queue_page
from labeling.services.workspaces import set_flag_threshold
from labeling.views.access import WorkspaceRequest, may, with_role, workspace_view
from labeling.views.evidence_words import KINDS
from labeling.views.review_json import item_json, progress_json, queue_json, run_json


@require_GET
@ensure_csrf_cookie
@workspace_view()
def review(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """The page, with the first items of the queue in it, so that the first waveform waits for one request only."""
    try:
        narrowed = QueueFilter.from_query(request.GET, workspace)
    except Refused:
        narrowed = QueueFilter.from_query({}, workspace)
    flag_set = workspace.flag_sets.filter(is_current=True).first()
    progress = progress_of(workspace=workspace, analyst=request.user, threshold=narrowed.threshold)
    start = {
        "urls": {
            "queue": reverse("review_queue", args=[workspace.slug]),
            "item": reverse("review_item", args=[workspace.slug, 0]).removesuffix("0/") + "{flag}/",
            "decisions": reverse("decision_create", args=[workspace.slug]),
            "thresholds": reverse("review_thresholds", args=[workspace.slug]),
            "save_threshold": reverse("threshold_save", args=[workspace.slug]),
        },
        "workspace": workspace.slug,
        "analyst": request.user.get_username(),
        "may_decide": may(request, Membership.Role.ANALYST),
        "is_admin": may(request, Membership.Role.ADMIN),
        "run": run_json(flag_set),
        "filter": vars(narrowed),
        "workspace_threshold": workspace.flag_threshold,
        "queue": queue_json(queue_page(workspace=workspace, narrowed=narrowed)),
        "progress": progress_json(progress),
    }
    context = with_role(
        request,
        start=start,
        flag_set=flag_set,
        narrowed=narrowed,
        choices=choices_of(workspace, narrowed.threshold) if flag_set else {},
        kinds=KINDS,
        has_picks=flag_set is not None or workspace.picks.exists(),
        progress=progress,
    )
    return render(request, "review/review.html", context)


@require_GET
@never_cache
@workspace_view()
def review_queue(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """The next items under the filter of the address, and the progress. Parameters: the filter's, and after, an answer's next_after."""
    try:
        narrowed = QueueFilter.from_query(request.GET, workspace)
        page = queue_page(workspace=workspace, narrowed=narrowed, after=request.GET.get("after", ""))
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    progress = progress_of(workspace=workspace, analyst=request.user, threshold=narrowed.threshold)
    return JsonResponse(queue_json(page) | {"progress": progress_json(progress), "address": narrowed.as_query(workspace)})


@require_GET
@never_cache
@workspace_view()
def review_item_json(request: WorkspaceRequest, workspace: Workspace, flag_id: int) -> JsonResponse:
    """All there is to see of one flag, its samples apart."""
    flags = Flag.objects.filter(workspace=workspace, pick__is_withdrawn=False)
    flag = get_object_or_404(flags.select_related("flag_set", "pick__trace", "pick__event", "pick__catalog", "pick__workspace"), pk=flag_id)
    return JsonResponse(item_json(review_item(flag=flag), workspace.slug))


@require_GET
@never_cache
@workspace_view()
def review_thresholds(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """How many flags are open at or above 0.00, 0.01, … 1.00, and which share of the planted errors lies there."""
    flag_set = workspace.flag_sets.filter(is_current=True).first()
    return JsonResponse(
        {
            "n_open": open_by_threshold(workspace=workspace),
            "planted_found": [planted_found(flag_set, index / 100) for index in range(101)],
        }
    )


@require_POST
@workspace_view(min_role=Membership.Role.ANALYST)
def threshold_save(request: WorkspaceRequest, workspace: Workspace) -> HttpResponseBase:
    """Makes a threshold that of the whole workspace. JSON: threshold."""
    try:
        body = json.loads(request.body)
        threshold = float(body["threshold"])
    except (ValueError, TypeError, KeyError):
        return json_error("invalid", "Send the threshold, a probability from 0 to 1.", status=400, fields={"threshold": ["From 0 to 1."]})
    try:
        changed = set_flag_threshold(workspace=workspace, threshold=threshold, by=request.user)
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    return JsonResponse({"threshold": changed.flag_threshold})
