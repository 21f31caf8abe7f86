"""Where the review screen sends its decisions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from labeling.errors import error_body, json_error
from labeling.models import Decision, Flag, Membership, Pick, Workspace
from labeling.seismo.timing import add_seconds, parse_utc
from labeling.services.refusals import Refused
from labeling.services.review import AlreadyDecided, decide, undo
from labeling.views.access import WorkspaceRequest, workspace_view
from labeling.views.review_json import decision_json

MOST_BYTES = 64 * 1024


@require_POST
@workspace_view(min_role=Membership.Role.ANALYST)
def decision_create(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """Stores one decision, exactly once for its client_id.

    JSON: client_id, kind, pick, flag, time (UTC) or trace_offset_s, phase, reason, shown, seen_revision; for an undo client_id, kind and
    undoes, the client_id of what it takes back. 201 with the stored decision, 409 `already_decided` where it was kept aside.
    """
    try:
        decision = _take(request, workspace, _body(request))
    except AlreadyDecided as conflict:
        body = error_body(conflict.code, str(conflict), conflict.fields)
        return JsonResponse(body | {"stored": decision_json(conflict.decision)}, status=409)
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    return JsonResponse(decision_json(decision), status=201)


def _take(request: WorkspaceRequest, workspace: Workspace, body: dict[str, Any]) -> Decision:
    client_id = _uuid(body, "client_id")
    if body.get("kind") == Decision.Kind.UNDO:
        undone = Decision.objects.filter(workspace=workspace, client_id=_uuid(body, "undoes")).select_related("pick", "flag").first()
        if undone is None:
            raise Refused("decision_unknown", "The decision to be undone is not stored here.", fields={"undoes": ["Unknown."]})
        return undo(decision=undone, analyst=request.user, client_id=client_id)
    pick = Pick.objects.filter(workspace=workspace).select_related("trace").filter(pk=_whole_number(body, "pick")).first()
    if pick is None:
        raise Refused("pick_unknown", "There is no such pick in this workspace.", fields={"pick": ["Unknown."]})
    flag = None
    if body.get("flag") is not None:
        flag = Flag.objects.filter(workspace=workspace).select_related("flag_set").filter(pk=_whole_number(body, "flag")).first()
        if flag is None:
            raise Refused("flag_unknown", "There is no such flag in this workspace.", fields={"flag": ["Unknown."]})
    return decide(
        pick=pick,
        kind=_text(body, "kind"),
        analyst=request.user,
        client_id=client_id,
        flag=flag,
        time=_time(body, pick),
        phase=_text(body, "phase"),
        reason=_text(body, "reason"),
        shown=_shown(body),
        seen_revision=None if body.get("seen_revision") is None else _whole_number(body, "seen_revision"),
    )


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > MOST_BYTES:
        raise Refused("too_long", "A decision takes a few hundred bytes; this one is longer than 64 kB.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused("not_json", "Send one JSON object.")
    return body


def _invalid(name: str, wanted: str) -> Refused:
    return Refused("invalid", f"{name} should be {wanted}.", fields={name: [f"Should be {wanted}."]})


def _uuid(body: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(str(body.get(name)))
    except ValueError:
        raise _invalid(name, "a UUID made by the client") from None


def _whole_number(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise _invalid(name, "a whole number")
    return value


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise _invalid(name, "a text")
    return value


def _shown(body: dict[str, Any]) -> dict[str, Any]:
    shown = body.get("shown") or {}
    if not isinstance(shown, dict):
        raise _invalid("shown", "an object")
    return shown


def _time(body: dict[str, Any], pick: Pick) -> datetime | None:
    """From `time`, or from seconds after the first sample of the pick's trace."""
    if body.get("time"):
        try:
            return parse_utc(_text(body, "time"))
        except ValueError as problem:
            raise Refused("invalid", str(problem), fields={"time": [str(problem)]}) from None
    offset_s = body.get("trace_offset_s")
    if offset_s is None or pick.trace is None:
        return None
    if isinstance(offset_s, bool) or not isinstance(offset_s, int | float) or not abs(offset_s) < 1e9:
        raise _invalid("trace_offset_s", "a number of seconds")
    return add_seconds(pick.trace.start_time, offset_s)
