"""The event of the pick on the review screen. Asked for once the waveform is painted, so that no decision waits for it."""

from __future__ import annotations

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labeling.errors import json_error
from labeling.models import Event, Flag, Membership, Workspace
from labeling.services.added_events import nearby_events
from labeling.services.agreeing import agreeing_proposals
from labeling.services.event_view import event_view
from labeling.views.access import WorkspaceRequest, workspace_view
from labeling.views.event_json import agreeing_json, event_json


@require_GET
@never_cache
@workspace_view()
def review_event(request: WorkspaceRequest, workspace: Workspace, flag_id: int) -> JsonResponse:
    """All stations of the event that a flag's pick belongs to, and where they expect that pick."""
    pick = _flag_or_404(workspace, flag_id).pick
    if pick.event is None:
        return json_error("no_event", f"No event is known for {pick}.", status=404)
    return JsonResponse(event_json(event_view(event=pick.event, pick=pick, viewer=request.user), pick, workspace.slug))


@require_GET
@never_cache
@workspace_view()
def nearby(request: WorkspaceRequest, workspace: Workspace, flag_id: int) -> JsonResponse:
    """Other events that an arrival on the pick's trace may be of."""
    flags = Flag.objects.filter(workspace=workspace, pick__is_withdrawn=False).select_related("pick__workspace")
    found = nearby_events(pick=get_object_or_404(flags, pk=flag_id).pick, viewer=request.user)
    return JsonResponse({"events": [{"event": event.pk, "words": _event_words(event)} for event in found]})


def _event_words(event: Event) -> str:
    when = "" if event.origin_time is None else f"{event.origin_time:%H:%M:%S}"
    magnitude = "" if event.magnitude is None else f"M {event.magnitude:.1f}"
    name = "added in review" if event.is_added else event.source_ref
    return " · ".join(part for part in (when, magnitude, name) if part)


@require_GET
@never_cache
@workspace_view(min_role=Membership.Role.ANALYST)
def event_agreeing(request: WorkspaceRequest, workspace: Workspace, flag_id: int) -> JsonResponse:
    """Which open proposals of the event agree with it. They are accepted, and taken back, as any batch is (`batch_create`)."""
    pick = _flag_or_404(workspace, flag_id).pick
    if pick.event is None:
        return json_error("no_event", f"No event is known for {pick}.", status=404)
    return JsonResponse(agreeing_json(agreeing_proposals(event=pick.event, analyst=request.user)))


def _flag_or_404(workspace: Workspace, flag_id: int) -> Flag:
    flags = Flag.objects.filter(workspace=workspace, pick__is_withdrawn=False).select_related("pick__trace", "pick__event__workspace")
    return get_object_or_404(flags, pk=flag_id)
