"""Who may see a page: membership is part of the query, the role is asked before the view runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from labeling.bucket import StorageUnreachable
from labeling.errors import json_error
from labeling.models import Membership, Workspace
from labeling.services.refusals import Refused, Unavailable

RANKS = {Membership.Role.VIEWER: 0, Membership.Role.ANALYST: 1, Membership.Role.ADMIN: 2}
P = ParamSpec("P")
Response = TypeVar("Response", bound=HttpResponseBase)


class WorkspaceRequest(HttpRequest):
    """What a view behind `workspace_view` gets: a signed-in person, their workspace and their role there."""

    user: User
    workspace: Workspace
    role: str


WorkspaceView = Callable[Concatenate[WorkspaceRequest, Workspace, P], HttpResponseBase]


def workspace_view(min_role: str = Membership.Role.VIEWER) -> Callable[[WorkspaceView[P]], Callable[..., HttpResponseBase]]:
    """Guards a view of one workspace, called as `view(request, workspace, ...)` for an address with a `slug`.

    404 for who is no member (so that names can't be guessed), 403 for whose role is too low. Sets `request.workspace`, `request.role`.
    """

    def guard(view: WorkspaceView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: WorkspaceRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            workspace = get_object_or_404(Workspace.objects.of(request.user), slug=slug)
            role = workspace.role_of(request.user)
            if role is None:  # removed between the two queries
                raise Http404
            request.workspace, request.role = workspace, role
            if RANKS[Membership.Role(role)] < RANKS[Membership.Role(min_role)]:
                return role_refused(request, min_role)
            try:
                return view(request, workspace, *args, **kwargs)
            except Refused as refusal:
                return refused(request, refusal)
            except StorageUnreachable as problem:
                return refused(request, Unavailable("storage_unreachable", str(problem)))

        return guarded

    return guard


def refused(request: WorkspaceRequest, refusal: Refused) -> HttpResponseBase:
    """What a service refused: JSON for scripts; for people a message on the page that they came from."""
    if wants_json(request):
        return json_error(refusal.code, str(refusal), status=refusal.http_status, fields=refusal.fields)
    messages.error(request, str(refusal))
    return redirect(came_from(request) or reverse("overview", args=[request.workspace.slug]))


def came_from(request: HttpRequest) -> str:
    """The page of this site that the request was sent from; "" where it is unknown, or would send the person round in a circle."""
    referer = request.META.get("HTTP_REFERER", "")
    ours = url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return referer if ours and request.method == "POST" else ""


def may(request: WorkspaceRequest, role: str) -> bool:
    """Whether the person's role is at least this one; for buttons."""
    return RANKS[Membership.Role(request.role)] >= RANKS[Membership.Role(role)]


def role_refused(request: WorkspaceRequest, min_role: str) -> HttpResponse | JsonResponse:
    """403 that says who can. JSON for scripts, a page for people."""
    needed = "admins" if min_role == Membership.Role.ADMIN else "analysts and admins"
    message = f"Your role in {request.workspace} is {request.role}; this is for {needed}. Ask an admin of the workspace for the role."
    if wants_json(request):
        return json_error("permission_denied", message, status=403)
    admins = User.objects.filter(memberships__workspace=request.workspace, memberships__role=Membership.Role.ADMIN).order_by("username")
    return render(request, "403.html", {"message": message, "admins": list(admins[:10])}, status=403)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asked: by what it accepts or by what it sent."""
    return request.content_type == "application/json" or request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def with_role(request: WorkspaceRequest, **context: Any) -> dict[str, Any]:
    """A page's context, with what the person may do."""
    return {
        "workspace": request.workspace,
        "is_admin": may(request, Membership.Role.ADMIN),
        "is_analyst": may(request, Membership.Role.ANALYST),
        **context,
    }
