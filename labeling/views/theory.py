"""Theoretical arrivals for the review screen."""

from __future__ import annotations

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labeling.errors import json_error
from labeling.models import Flag, Workspace
from labeling.services.refusals import Refused
from labeling.services.theory import expected_arrivals
from labeling.views.access import WorkspaceRequest, workspace_view


@require_GET
@never_cache
@workspace_view()
def expected(request: WorkspaceRequest, workspace: Workspace, flag_id: int) -> JsonResponse:
    """When an Earth model lets phases arrive, in seconds after the trace's first sample.

    Parameter: model (`ak135`, `iasp91` or one of the workspace's own).
    """
    flags = Flag.objects.filter(workspace=workspace, pick__is_withdrawn=False).select_related("workspace", "pick__trace", "pick__event")
    flag = get_object_or_404(flags, pk=flag_id)
    try:
        found = expected_arrivals(flag=flag, model=request.GET.get("model", "ak135"))
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    return JsonResponse({"arrivals": [vars(arrival) for arrival in found.arrivals], "why_none": found.why_none})
