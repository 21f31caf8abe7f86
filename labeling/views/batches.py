"""Accepting many proposals at once: what it would do, and doing it."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from labeling.errors import json_error
from labeling.models import DecisionBatch, Flag, Membership, Workspace
from labeling.seismo.timing import iso, seconds_between
from labeling.services.batch_preview import BEYOND, BatchPreview, preview_batch
from labeling.services.batches import LEFT_OUT, accept_together, undo_together
from labeling.services.refusals import Refused
from labeling.services.review_queue import QueueFilter
from labeling.views.access import WorkspaceRequest, workspace_view
from labeling.views.decisions import check_page_is_theirs
from labeling.views.json_body import json_body, object_of, uuid_of, whole_numbers
from labeling.views.review_json import station_name
from labeling.views.waveform import VERSION

MOST_BYTES = 256 * 1024


@require_GET
@never_cache
@workspace_view(min_role=Membership.Role.ANALYST)
def batch_preview(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """Parameters: those of the queue, least_p, most_interval_s and most_shift_s."""
    query = request.GET
    try:
        preview = preview_batch(
            workspace=workspace,
            analyst=request.user,
            narrowed=QueueFilter.from_query(query, workspace),
            least_p=_number(query.get("least_p", "0.9"), "least_p"),
            most_interval_s=_number(query.get("most_interval_s", "0.2"), "most_interval_s"),
            most_shift_s=_number(query.get("most_shift_s", "0.5"), "most_shift_s"),
        )
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    return JsonResponse(_preview_json(preview, workspace.slug))


@require_POST
@workspace_view(min_role=Membership.Role.ANALYST)
def batch_create(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """Accepts many proposals, or takes that back; exactly once for its client_id.

    JSON: analyst (whom the page was made for), client_id, flags (ids, as previewed) and criteria; for an undo analyst, client_id and
    undoes, the client_id of the batch. 401 where somebody else is signed in.
    """
    try:
        body = json_body(request, most_bytes=MOST_BYTES)
        check_page_is_theirs(request, body)
        client_id = uuid_of(body, "client_id")
        if "undoes" in body:
            undone = DecisionBatch.objects.filter(workspace=workspace, client_id=uuid_of(body, "undoes")).first()
            if undone is None:
                raise Refused("batch_unknown", "The batch to be undone is not stored here.", fields={"undoes": ["Unknown."]})
            batch = undo_together(batch=undone, analyst=request.user, client_id=client_id)
        else:
            batch = accept_together(
                workspace=workspace,
                flags=whole_numbers(body, "flags"),
                analyst=request.user,
                client_id=client_id,
                criteria=object_of(body, "criteria"),
            )
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    return JsonResponse(batch_json(batch), status=201)


def batch_json(batch: DecisionBatch) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "client_id": str(batch.client_id),
        "n_decided": batch.n_decided,
        "left_out": _left_out(batch.n_left_out),
        "undoes": str(batch.undoes.client_id) if batch.undoes else None,
        "made_at": iso(batch.made_at),
    }


def _preview_json(preview: BatchPreview, slug: str) -> dict[str, Any]:
    return {
        "flags": [flag.pk for flag in preview.flags],
        "n_more": preview.n_more,
        "left_out": _left_out(preview.n_left_out),
        "shifts": [vars(one) for one in preview.shifts],
        "median_shift_s": preview.median_shift_s,
        "sample": [_sample_json(flag, slug) for flag in preview.sample],
    }


def _left_out(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"reason": reason, "words": (LEFT_OUT | BEYOND)[reason], "n": n} for reason, n in sorted(counts.items(), key=lambda one: -one[1])
    ]


def _sample_json(flag: Flag, slug: str) -> dict[str, Any]:
    pick, trace = flag.pick, flag.pick.trace
    assert trace is not None and flag.proposed_time is not None
    return {
        "flag": flag.pk,
        "station": station_name(pick.network_code, pick.station_code),
        "phase": flag.label_phase,
        "p": flag.p_mislabelled,
        "label_s": seconds_between(trace.start_time, flag.label_time),
        "proposed_s": seconds_between(trace.start_time, flag.proposed_time),
        "shift_s": flag.shift_s,
        "duration_s": (trace.n_samples - 1) / trace.sampling_rate_hz,
        "waveform_url": f"{reverse('pick_waveform', args=[slug, pick.pk])}?v={VERSION}",
    }


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Refused("invalid", f"{name} is {text!r}, which is no number.", fields={name: ["Should be a number."]}) from None
