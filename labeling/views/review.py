"""The review screen and what its scripts ask for."""

from __future__ import annotations

import json

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from labeling.errors import json_error
from labeling.models import Flag, Membership, Workspace
from labeling.services.flag_facts import DISTANCE_EDGES_KM, SNR_EDGES_DB
from labeling.services.key_bindings import key_bindings_of
from labeling.services.leases import held_by_others, hold_flags
from labeling.services.queue_choices import choices_of
from labeling.services.queue_page import queue_page, states_of
from labeling.services.queue_search import find_in_queue
from labeling.services.refusals import Refused
from labeling.services.review_item import review_item
from labeling.services.review_queue import QueueFilter, open_by_threshold, planted_found, progress_of
from labeling.services.station_offsets import StationOffset, comes_last, station_offsets, stations_that_come_last
from labeling.services.theory import earth_model_names
from labeling.services.veil import veil_of
from labeling.services.workspaces import set_flag_threshold
from labeling.views.access import WorkspaceRequest, may, with_role, workspace_view
from labeling.views.evidence_words import KINDS, band_words
from labeling.views.json_body import ids_of, json_body, uuid_of, whole_numbers
from labeling.views.key_bindings import key_bindings_json
from labeling.views.review_json import item_json, progress_json, queue_json, queue_row, run_json, station_name

MOST_LISTED = 100  # flags that a page asks for at once


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
    held = held_by_others(workspace=workspace, analyst=request.user)
    late = _late(request, workspace, narrowed)
    page = queue_page(workspace=workspace, narrowed=narrowed, analyst=request.user, held=held, late=late)
    start = {
        "urls": {
            "queue": reverse("review_queue", args=[workspace.slug]),
            "search": reverse("review_search", args=[workspace.slug]),
            "progress": reverse("review_progress", args=[workspace.slug]),
            "item": reverse("review_item", args=[workspace.slug, 0]).removesuffix("0/") + "{flag}/",
            "decisions": reverse("decision_create", args=[workspace.slug]),
            "leases": reverse("leases_hold", args=[workspace.slug]),
            "batch_preview": reverse("batch_preview", args=[workspace.slug]),
            "batches": reverse("batch_create", args=[workspace.slug]),
            "station_offsets": reverse("review_station_offsets", args=[workspace.slug]),
            "thresholds": reverse("review_thresholds", args=[workspace.slug]),
            "save_threshold": reverse("threshold_save", args=[workspace.slug]),
            "keys": reverse("key_bindings"),
        },
        "keys": key_bindings_json(key_bindings_of(user=request.user)),
        "workspace": workspace.slug,
        "analyst": request.user.get_username(),
        "may_decide": may(request, Membership.Role.ANALYST),
        "is_admin": may(request, Membership.Role.ADMIN),
        "earth_models": earth_model_names(workspace),
        "run": run_json(flag_set),
        "filter": vars(narrowed),
        "workspace_threshold": workspace.flag_threshold,
        "queue": queue_json(page, held),
        "progress": progress_json(progress),
    }
    context = with_role(
        request,
        start=start,
        flag_set=flag_set,
        first_item_url=reverse("review_item", args=[workspace.slug, page.flags[0].pk]) if page.flags else "",
        narrowed=narrowed,
        choices=choices_of(workspace, narrowed.threshold) if flag_set else {},
        kinds=KINDS,
        snr_bands=band_words(SNR_EDGES_DB, "dB"),
        distance_bands=band_words(DISTANCE_EDGES_KM, "km"),
        runs=workspace.flag_sets.values_list("run_id", "run_name", "is_current")[:50],
        has_picks=flag_set is not None or workspace.picks.exists(),
        progress=progress,
    )
    return render(request, "review/review.html", context)


def _late(request: WorkspaceRequest, workspace: Workspace, narrowed: QueueFilter) -> list[StationOffset] | None:
    """Stations whose flags stand as one entry above the queue and last in it: for who may decide on them at once."""
    return stations_that_come_last(workspace=workspace, narrowed=narrowed) if may(request, Membership.Role.ANALYST) else None


@require_GET
@never_cache
@workspace_view()
def review_queue(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """The next items under the filter of the address, and the progress. Parameters: the filter's, and after, an answer's next_after."""
    try:
        narrowed = QueueFilter.from_query(request.GET, workspace)
        held = held_by_others(workspace=workspace, analyst=request.user)
        late = _late(request, workspace, narrowed)
        after = request.GET.get("after", "")
        page = queue_page(workspace=workspace, narrowed=narrowed, analyst=request.user, after=after, held=held, late=late)
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    progress = progress_of(workspace=workspace, analyst=request.user, threshold=narrowed.threshold)
    return JsonResponse(queue_json(page, held) | {"progress": progress_json(progress), "address": narrowed.as_query(workspace)})


@require_GET
@never_cache
@workspace_view()
def review_progress(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """How far the review has come, and what others did with flags of a page's list. Parameters: threshold, and flags (ids, by commas)."""
    try:
        threshold = QueueFilter.from_query(request.GET, workspace).threshold
        flag_ids = ids_of(request.GET.get("flags", ""), "flags", most=MOST_LISTED)
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    held = held_by_others(workspace=workspace, analyst=request.user)
    return JsonResponse(
        {
            "progress": progress_json(progress_of(workspace=workspace, analyst=request.user, threshold=threshold)),
            "states": states_of(workspace=workspace, flag_ids=flag_ids),
            "held": {flag_id: held[flag_id] for flag_id in flag_ids if flag_id in held},
        }
    )


@require_GET
@never_cache
@workspace_view()
def review_search(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """What `q` names: the filter of a station or an event, or the row of a pick; and `also`, what else has that name."""
    try:
        found = find_in_queue(workspace=workspace, text=request.GET.get("q", ""))
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    row = None if found.flag is None else queue_row(found.flag, veil_of(found.flag)) | {"held_by": ""}
    return JsonResponse({"filter": {"station": found.station, "event": found.event}, "row": row, "also": found.also})


@require_GET
@never_cache
@workspace_view()
def review_station_offsets(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """Stations of the queue whose labels are late as a whole, and whether their flags come last in it. Parameters: the filter's."""
    try:
        narrowed = QueueFilter.from_query(request.GET, workspace)
        found = station_offsets(workspace=workspace, narrowed=narrowed)
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    stations = [
        {"station": station_name(one.network_code, one.station_code), "n_flags": one.n_flags, "late_s": one.late_s} for one in found
    ]
    return JsonResponse({"stations": stations, "come_last": comes_last(narrowed)})


@require_GET
@never_cache
@workspace_view()
def review_item_json(request: WorkspaceRequest, workspace: Workspace, flag_id: int) -> JsonResponse:
    """All there is to see of one flag, its samples apart."""
    flags = Flag.objects.filter(workspace=workspace, pick__is_withdrawn=False)
    flag = flags.select_related("flag_set", "pick__trace", "pick__event", "pick__catalog", "pick__workspace").filter(pk=flag_id).first()
    if flag is None:
        return json_error("no_longer_there", "Its catalog was withdrawn meanwhile, or it was deleted. Go on with the next.", status=404)
    return JsonResponse(item_json(review_item(flag=flag, viewer=request.user), workspace.slug))


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


@require_POST
@workspace_view(min_role=Membership.Role.ANALYST)
def leases_hold(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """Says which flags a page has open, none when it is left. JSON: page (a UUID of its own), flags (ids).

    Answers who has those that somebody else has."""
    try:
        body = json_body(request, most_bytes=4096)
        page, flag_ids = uuid_of(body, "page"), whole_numbers(body, "flags")
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    held = hold_flags(workspace=workspace, analyst=request.user, page=page, flag_ids=flag_ids)
    return JsonResponse({"held": {str(flag_id): who for flag_id, who in held.items()}})
