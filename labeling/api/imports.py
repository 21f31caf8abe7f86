"""Imports: open one, send its files, start it, follow it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from labeling.api.access import ANALYST, SignedInRequest, WorkspaceViewSet, is_schema_view
from labeling.api.fields import WORK_FIELDS, UsernameField
from labeling.models import Import
from labeling.services.uploads import begin_import, start_import
from labeling.services.work import cancel_work


class ImportSerializer(serializers.ModelSerializer[Import]):
    created_by = UsernameField()
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Import
        fields = ("id", "name", "catalog", "counts", *WORK_FIELDS)


class NewImportSerializer(serializers.Serializer[None]):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", help_text="Blank takes the date.")


class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Uploads and what became of them, newest first."""

    queryset = Import.objects.select_related("created_by")
    serializer_class = ImportSerializer
    page_order = ("-id",)
    filterset_fields = ("state",)
    roles = {"create": ANALYST, "start": ANALYST, "cancel": ANALYST}

    @extend_schema(request=NewImportSerializer, responses={201: ImportSerializer}, summary="Open an import; then send its files")
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewImportSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        source_import = begin_import(workspace=self.workspace, name=new.validated_data["name"], by=request.user)
        return Response(self.get_serializer(source_import).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ImportSerializer, summary="Hand the received files to a worker")
    @action(detail=True, methods=["post"])
    def start(self, request: SignedInRequest, **_: Any) -> Response:
        return Response(self.get_serializer(start_import(source_import=self.get_object())).data)

    @extend_schema(request=None, responses=ImportSerializer, summary="Stop an import; what it had read goes")
    @action(detail=True, methods=["post"])
    def cancel(self, request: SignedInRequest, **_: Any) -> Response:
        source_import = self.get_object()
        cancel_work(row=source_import)
        return Response(self.get_serializer(source_import).data)


class PartOfImportViewSet(mixins.ListModelMixin, WorkspaceViewSet):
    """Rows of the one import that the address names."""

    workspace_path = "source_import__workspace"

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows if is_schema_view(self) else rows.filter(source_import=self.source_import())

    def source_import(self) -> Import:
        return get_object_or_404(Import, workspace=self.workspace, pk=self.kwargs["source_import"])
