"""Where the review screen sends its decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from labeling.errors import error_body, json_error
from labeling.models import Decision, Flag, Membership, Pick, Workspace
from labeling.seismo.timing import add_seconds, parse_utc
from labeling.services.disputes import unseen_own
from labeling.services.refusals import Refused
from labeling.services.review import AlreadyDecided, decide, undo
from labeling.views.access import WorkspaceRequest, workspace_view
from labeling.views.decision_words import notice_of_unseen
from labeling.views.json_body import json_body, number_or_none, object_of, text_of, uuid_of, whole_number
from labeling.views.review_json import decision_json

MOST_BYTES = 64 * 1024


class SignedInAsAnother(Refused):
    """The page belongs to one analyst, and its browser is signed in as another by now."""

    http_status = 401

    def __init__(self, username: str) -> None:
        super().__init__("signed_in_as_another", f"This browser is signed in as {username} by now. Sign in as who took this decision.")


def check_page_is_theirs(request: WorkspaceRequest, body: dict[str, Any]) -> None:
    """Raises SignedInAsAnother where `analyst` in the body, whom the page was made for, is not who is signed in. It may be left out."""
    signed_in = request.user.get_username()
    if body.get("analyst", signed_in) != signed_in:
        raise SignedInAsAnother(signed_in)


@require_POST
@workspace_view(min_role=Membership.Role.ANALYST)
def decision_create(request: WorkspaceRequest, workspace: Workspace) -> JsonResponse:
    """Stores one decision, exactly once for its client_id.

    JSON: analyst (whom the page was made for), client_id, kind, pick, flag, time (UTC) or trace_offset_s, phase, uncertainty_s, weight,
    onset, polarity, reason, event, shown, seen_revision; for an undo client_id, kind and undoes, the client_id of what it takes back.
    201 with the stored decision, and `unseen_own` where it takes the place of one's own of which `shown` knew nothing; 409
    `already_decided` where it was kept aside, 401 where somebody else is signed in.
    """
    try:
        decision = _take(request, workspace, json_body(request, most_bytes=MOST_BYTES))
    except AlreadyDecided as conflict:
        body = error_body(conflict.code, str(conflict), conflict.fields)
        return JsonResponse(body | {"stored": decision_json(conflict.decision)}, status=409)
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    before = unseen_own(decision)
    unseen = {} if before is None else {"unseen_own": {"client_id": str(before.client_id), "message": notice_of_unseen(decision, before)}}
    return JsonResponse(decision_json(decision) | unseen, status=201)


def _take(request: WorkspaceRequest, workspace: Workspace, body: dict[str, Any]) -> Decision:
    check_page_is_theirs(request, body)
    client_id = uuid_of(body, "client_id")
    if body.get("kind") == Decision.Kind.UNDO:
        undone = Decision.objects.filter(workspace=workspace, client_id=uuid_of(body, "undoes")).select_related("pick", "flag").first()
        if undone is None:
            raise Refused("decision_unknown", "The decision to be undone is not stored here.", fields={"undoes": ["Unknown."]})
        return undo(decision=undone, analyst=request.user, client_id=client_id)
    pick = Pick.objects.filter(workspace=workspace).select_related("trace").filter(pk=whole_number(body, "pick")).first()
    if pick is None:
        raise Refused("pick_unknown", "There is no such pick in this workspace.", fields={"pick": ["Unknown."]})
    flag = None
    if body.get("flag") is not None:
        flag = Flag.objects.filter(workspace=workspace).select_related("flag_set").filter(pk=whole_number(body, "flag")).first()
        if flag is None:
            raise Refused("flag_unknown", "There is no such flag in this workspace.", fields={"flag": ["Unknown."]})
    return decide(
        pick=pick,
        kind=text_of(body, "kind"),
        analyst=request.user,
        client_id=client_id,
        flag=flag,
        time=_time(body, pick),
        phase=text_of(body, "phase"),
        uncertainty_s=number_or_none(body, "uncertainty_s"),
        weight=None if body.get("weight") is None else whole_number(body, "weight"),
        onset=text_of(body, "onset"),
        polarity=text_of(body, "polarity"),
        reason=text_of(body, "reason"),
        event=text_of(body, "event"),
        shown=object_of(body, "shown"),
        seen_revision=None if body.get("seen_revision") is None else whole_number(body, "seen_revision"),
    )


def _time(body: dict[str, Any], pick: Pick) -> datetime | None:
    """From `time`, or from seconds after the first sample of the pick's trace."""
    if body.get("time"):
        try:
            return parse_utc(text_of(body, "time"))
        except ValueError as problem:
            raise Refused("invalid", str(problem), fields={"time": [str(problem)]}) from None
    offset_s = number_or_none(body, "trace_offset_s")
    if offset_s is None or pick.trace is None:
        return None
    return add_seconds(pick.trace.start_time, offset_s)
