"""Who may do what over the API: membership is checked in the query, the role by what is asked for."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from labeling.models import Membership, Workspace
from labeling.services.refusals import Forbidden

VIEWER, ANALYST, ADMIN = Membership.Role.VIEWER, Membership.Role.ANALYST, Membership.Role.ADMIN
ROLES_IN_ORDER = (VIEWER, ANALYST, ADMIN)


class SignedInRequest(Request):
    """A request behind `IsAuthenticated`."""

    user: User


def require_role(workspace: Workspace, user: User, needed: str) -> None:
    """Raises Forbidden, with who can, unless the person's role reaches `needed`."""
    role = workspace.role_of(user)
    if role is None or ROLES_IN_ORDER.index(Membership.Role(role)) < ROLES_IN_ORDER.index(Membership.Role(needed)):
        who = "an admin" if needed == ADMIN else "an analyst or an admin"
        raise Forbidden("permission_denied", f"Only {who} of {workspace} can do that; you are {role or 'no member'}. Ask an admin of it.")


@extend_schema(parameters=[OpenApiParameter("workspace", str, OpenApiParameter.PATH, description="The workspace's slug.")])
class WorkspaceViewSet(GenericViewSet[Any]):
    """What lies below one workspace. Somebody who is no member gets 404, as if it did not exist.

    roles: by action, the least role that may do what writes; an admin where an action is not named. Every member may read.
    workspace_path: how a row of `queryset` leads to its workspace.
    """

    renderer_classes = [JSONRenderer]
    lookup_value_converter = "int"
    roles: ClassVar[dict[str, str]] = {}
    workspace_path: ClassVar[str] = "workspace"
    workspace: Workspace

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        self.workspace = get_object_or_404(Workspace.objects.of(request.user), slug=self.kwargs["workspace"])
        if request.method not in SAFE_METHODS and self.action is not None:
            require_role(self.workspace, cast(User, request.user), self.roles.get(self.action, ADMIN))

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        if is_schema_view(self):
            return rows
        return rows.filter(**{self.workspace_path: self.workspace})


def is_schema_view(view: GenericAPIView[Any]) -> bool:
    """Whether the view was only made to describe it in the schema, with no workspace in its address."""
    return bool(getattr(view, "swagger_fake_view", False))
