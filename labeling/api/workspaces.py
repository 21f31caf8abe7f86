"""Workspaces: the caller's own, and new ones."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from labeling.api.access import ANALYST, SignedInRequest, is_schema_view, require_role
from labeling.models import Membership, Workspace
from labeling.services.workspaces import create_workspace, set_flag_threshold


class WorkspaceSerializer(serializers.ModelSerializer[Workspace]):
    role = serializers.SerializerMethodField(help_text="The caller's role.")

    class Meta:
        model = Workspace
        fields = ("id", "name", "slug", "flag_threshold", "created_at", "role")

    @extend_schema_field(serializers.ChoiceField(choices=Membership.Role.choices))
    def get_role(self, workspace: Workspace) -> str | None:
        user = self.context["request"].user
        return workspace.role_of(user) if user.is_superuser else self._roles.get(workspace.pk)

    @cached_property
    def _roles(self) -> dict[int, str]:
        """The caller's role by workspace, asked once for all rows."""
        return dict(Membership.objects.filter(user=self.context["request"].user).values_list("workspace_id", "role"))


class NewWorkspaceSerializer(serializers.Serializer[None]):
    name = serializers.CharField(max_length=120)


class ThresholdSerializer(serializers.Serializer[None]):
    flag_threshold = serializers.FloatField(min_value=0, max_value=1)


class WorkspacesViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Workspace]):
    """The workspaces that the caller is a member of. Who makes one is its admin."""

    queryset = Workspace.objects.all()
    serializer_class = WorkspaceSerializer
    renderer_classes = [JSONRenderer]
    lookup_field = "slug"
    lookup_value_converter = "slug"
    page_order = ("id",)

    def get_queryset(self) -> QuerySet[Workspace]:
        return Workspace.objects.all() if is_schema_view(self) else Workspace.objects.of(self.request.user)

    @extend_schema(request=NewWorkspaceSerializer, responses={201: WorkspaceSerializer})
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewWorkspaceSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        workspace = create_workspace(name=new.validated_data["name"], by=request.user)
        return Response(self.get_serializer(workspace).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ThresholdSerializer, responses=WorkspaceSerializer, summary="Set the flag threshold")
    def partial_update(self, request: SignedInRequest, **_: Any) -> Response:
        workspace = self.get_object()
        require_role(workspace, request.user, ANALYST)
        new = ThresholdSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        changed = set_flag_threshold(workspace=workspace, by=request.user, threshold=new.validated_data["flag_threshold"])
        return Response(self.get_serializer(changed).data)
