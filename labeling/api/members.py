"""The people of a workspace."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.response import Response

from labeling.api.access import SignedInRequest, WorkspaceViewSet
from labeling.api.fields import UsernameField
from labeling.models import Membership
from labeling.services.workspaces import add_member, change_role, remove_member


class MemberSerializer(serializers.ModelSerializer[Membership]):
    username = UsernameField(source="user")

    class Meta:
        model = Membership
        fields = ("id", "username", "role", "created_at")


class NewMemberSerializer(serializers.Serializer[None]):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Membership.Role.choices, default=Membership.Role.ANALYST)
    password = serializers.CharField(
        max_length=500, required=False, trim_whitespace=False, write_only=True, help_text="First password, for somebody without an account."
    )


class RoleSerializer(serializers.Serializer[None]):
    role = serializers.ChoiceField(choices=Membership.Role.choices)


class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Members with their roles. Every member sees them; an admin changes them."""

    queryset = Membership.objects.select_related("user")
    serializer_class = MemberSerializer
    filterset_fields = ("role",)

    @extend_schema(request=NewMemberSerializer, responses={201: MemberSerializer})
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewMemberSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        membership = add_member(workspace=self.workspace, by=request.user, **new.validated_data)
        return Response(self.get_serializer(membership).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=RoleSerializer, responses=MemberSerializer, summary="Change a member's role")
    def partial_update(self, request: SignedInRequest, **_: Any) -> Response:
        membership = self.get_object()
        new = RoleSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        changed = change_role(membership=membership, role=new.validated_data["role"], by=request.user)
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses={204: OpenApiResponse(description="Removed; the account and all decisions stay.")})
    def destroy(self, request: SignedInRequest, **_: Any) -> Response:
        remove_member(membership=self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
