"""Where workspace admins settle what analysts differ on."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from labeling.models import Decision, Membership, Trace, Workspace
from labeling.seismo.timing import seconds_between
from labeling.services.adjudication import Case, cases_in_conflict, cases_read_once, settle, settled_by
from labeling.services.review import undo
from labeling.views.access import WorkspaceRequest, with_role, workspace_view
from labeling.views.waveform import VERSION


@require_GET
@workspace_view(Membership.Role.ADMIN)
def adjudication(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """Picks in conflict, and those that wait for a second reader. Parameters: after, once (ids that the next page begins after)."""
    in_conflict = cases_in_conflict(workspace=workspace, after=_number(request.GET.get("after", "")))
    read_once = cases_read_once(workspace=workspace, admin=request.user, after=_number(request.GET.get("once", "")))
    context = with_role(
        request,
        in_conflict=in_conflict,
        read_once=read_once,
        samples=_samples([*in_conflict.cases, *read_once.cases], workspace.slug),
        settled=settled_by(workspace=workspace, admin=request.user),
    )
    return render(request, "review/adjudication.html", context)


@require_POST
@workspace_view(Membership.Role.ADMIN)
def adjudication_settle(request: WorkspaceRequest, workspace: Workspace, decision_id: int) -> HttpResponse:
    chosen = get_object_or_404(_decisions(workspace), pk=decision_id)
    settle(decision=chosen, admin=request.user, client_id=uuid.uuid4())
    messages.success(request, f"{chosen.pick}: {chosen.analyst}'s decision counts. It can be taken back below.")
    return redirect("adjudication", workspace.slug)


@require_POST
@workspace_view(Membership.Role.ADMIN)
def adjudication_undo(request: WorkspaceRequest, workspace: Workspace, decision_id: int) -> HttpResponse:
    settled = get_object_or_404(_decisions(workspace), pk=decision_id)
    undo(decision=settled, analyst=request.user, client_id=uuid.uuid4())
    messages.success(request, f"Taken back: {settled.pick} waits again.")
    return redirect("adjudication", workspace.slug)


def _samples(cases: list[Case], slug: str) -> dict[int, dict[str, Any]]:
    """By pick id, the waveforms of those that have one and may be told, since the decisions are marked on them."""
    return {
        case.pick.pk: _sample(case, trace, slug)
        for case in cases
        if (trace := case.pick.trace) and not trace.is_withdrawn and not case.is_withheld
    }


def _sample(case: Case, trace: Trace, slug: str) -> dict[str, Any]:
    """A case's waveform: where it is, and what to mark on it, in seconds after its first sample."""
    given = case.choices[0].decision.flag if case.choices else None
    marks: list[dict[str, Any]] = [
        {"timeS": seconds_between(trace.start_time, choice.verdict.time), "name": str(choice.decision.analyst)}
        for choice in case.choices
        if choice.verdict is not None and not choice.verdict.is_removed
    ]
    label_time = case.pick.time if given is None else given.label_time
    return {
        "waveformUrl": f"{reverse('pick_waveform', args=[slug, case.pick.pk])}?v={VERSION}",
        "durationS": (trace.n_samples - 1) / trace.sampling_rate_hz,
        "marks": [{"timeS": seconds_between(trace.start_time, label_time), "name": "catalog", "isCatalog": True}, *marks],
    }


def _decisions(workspace: Workspace) -> QuerySet[Decision]:
    return Decision.objects.filter(workspace=workspace).select_related("pick__workspace", "flag__flag_set", "analyst", "workspace")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
