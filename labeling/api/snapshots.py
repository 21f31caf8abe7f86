"""Snapshots: freeze the present state, and see what differs between two."""

from __future__ import annotations

from itertools import islice
from typing import Any

import django_filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from labeling.api.access import ANALYST, SignedInRequest, WorkspaceViewSet
from labeling.api.fields import OfWorkspace, UsernameField
from labeling.api.filtering import Filters
from labeling.models import Snapshot
from labeling.services.label_change import Label
from labeling.services.snapshots import Difference, PickChange, freeze_snapshot, snapshot_difference

MAX_CHANGES = 1000


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    created_by = UsernameField()

    class Meta:
        model = Snapshot
        fields = ("id", "number", "parent", "content_hash", "n_picks", "n_removed", "n_changed", "note", "created_by", "created_at")


class NewSnapshotSerializer(serializers.Serializer[None]):
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class OtherSnapshotSerializer(serializers.Serializer[None]):
    older = OfWorkspace(queryset=Snapshot.objects.all())


class PickStateSerializer(serializers.Serializer[Label]):
    time = serializers.DateTimeField()
    phase_hint = serializers.CharField()
    uncertainty_s = serializers.FloatField(allow_null=True)
    weight = serializers.IntegerField(allow_null=True)
    onset = serializers.CharField()
    polarity = serializers.CharField()
    is_removed = serializers.BooleanField()


class PickChangeSerializer(serializers.Serializer[PickChange]):
    pick = serializers.IntegerField(source="pick.pk")
    source_ref = serializers.CharField(source="pick.source_ref")
    what = serializers.ChoiceField(choices=["added", "gone", "removed", "restored", "phase", "moved", "described"])
    before = PickStateSerializer(allow_null=True)
    after = PickStateSerializer(allow_null=True)
    shift_s = serializers.FloatField(allow_null=True)


class DifferenceSerializer(serializers.Serializer[Difference]):
    older = serializers.IntegerField(source="older.pk")
    newer = serializers.IntegerField(source="newer.pk")
    n_added = serializers.IntegerField()
    n_gone = serializers.IntegerField()
    n_changed = serializers.IntegerField()
    changes = serializers.SerializerMethodField(help_text=f"The first {MAX_CHANGES} of them.")

    @extend_schema_field(PickChangeSerializer(many=True))
    def get_changes(self, difference: Difference) -> Any:
        return [PickChangeSerializer(change).data for change in islice(difference.changes(), MAX_CHANGES)]


class SnapshotFilter(Filters):
    number = django_filters.NumberFilter()


class SnapshotViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Frozen states, newest first. Training and exports read nothing else."""

    queryset = Snapshot.objects.select_related("created_by")
    serializer_class = SnapshotSerializer
    filterset_class = SnapshotFilter
    page_order = ("-id",)
    roles = {"create": ANALYST}

    @extend_schema(
        request=NewSnapshotSerializer,
        responses={201: SnapshotSerializer, 200: OpenApiResponse(SnapshotSerializer, description="Nothing changed since this one.")},
        summary="Freeze the present state",
    )
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewSnapshotSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        newest = self.workspace.snapshots.order_by("-number").first()
        snapshot = freeze_snapshot(workspace=self.workspace, by=request.user, note=new.validated_data["note"])
        is_new = newest is None or newest.pk != snapshot.pk
        return Response(self.get_serializer(snapshot).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(
        parameters=[OpenApiParameter("older", int, required=True, description="Id of the snapshot to compare with.")],
        responses=DifferenceSerializer,
        summary="What changed since an older snapshot",
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def compare(self, request: SignedInRequest, **_: Any) -> Response:
        newer = self.get_object()
        other = OtherSnapshotSerializer(data=request.query_params, context=self.get_serializer_context())
        other.is_valid(raise_exception=True)
        difference = snapshot_difference(older=other.validated_data["older"], newer=newer, viewer=request.user)
        return Response(DifferenceSerializer(difference).data)
