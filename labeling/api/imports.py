"""Imports: open one, send its files, start it, follow it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from labeling.api.access import ANALYST, SignedInRequest, WorkspaceViewSet, is_schema_view
from labeling.api.fields import WORK_FIELDS, UsernameField
from labeling.models import Import, ImportPreview
from labeling.services.archives import AFTER_S, BEFORE_S, use_archive, use_fdsn
from labeling.services.import_previews import begin_preview
from labeling.services.upload_chunks import cancel_import
from labeling.services.uploads import begin_import, start_import


class ImportSerializer(serializers.ModelSerializer[Import]):
    created_by = UsernameField()
    archive = serializers.DictField(read_only=True, allow_null=True)
    fdsn = serializers.DictField(read_only=True, allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Import
        fields = ("id", "name", "catalog", "counts", "archive", "fdsn", *WORK_FIELDS)


class ImportPreviewSerializer(serializers.ModelSerializer[ImportPreview]):
    created_by = UsernameField()
    found = serializers.DictField(
        read_only=True, help_text="forms, counts, the first picks, problems by kind with their first, files that were imported before."
    )

    class Meta:
        model = ImportPreview
        fields = ("id", "n_files", "found", *WORK_FIELDS)


class NewImportSerializer(serializers.Serializer[None]):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", help_text="Blank takes the date.")


class ArchiveSerializer(serializers.Serializer[None]):
    folder = serializers.CharField(max_length=1000, help_text="`name` or `name/folder`, a name of REPICK_ARCHIVES.")
    before_s = serializers.FloatField(default=BEFORE_S, help_text="Of the window, before the pick.")
    after_s = serializers.FloatField(default=AFTER_S)


class FdsnSerializer(serializers.Serializer[None]):
    service = serializers.CharField(max_length=100, help_text="A name that ObsPy or REPICK_FDSN_SERVICES knows, such as `GEOFON`.")
    before_s = serializers.FloatField(default=BEFORE_S, help_text="Of the window, before the pick.")
    after_s = serializers.FloatField(default=AFTER_S)


class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Uploads and what became of them, newest first."""

    queryset = Import.objects.select_related("created_by")
    serializer_class = ImportSerializer
    page_order = ("-id",)
    filterset_fields = ("state",)
    roles = {"create": ANALYST, "fdsn": ANALYST, "start": ANALYST, "cancel": ANALYST, "preview": ANALYST}

    @extend_schema(request=NewImportSerializer, responses={201: ImportSerializer}, summary="Open an import; then send its files")
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewImportSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        source_import = begin_import(workspace=self.workspace, name=new.validated_data["name"], by=request.user)
        return Response(self.get_serializer(source_import).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=ArchiveSerializer, responses=ImportSerializer, summary="Look for waveforms in an archive on the server, in place"
    )
    @action(detail=True, methods=["post"])
    def archive(self, request: SignedInRequest, **_: Any) -> Response:
        source_import = self.get_object()
        wanted = ArchiveSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        source_import = use_archive(source_import=source_import, **wanted.validated_data)
        return Response(self.get_serializer(source_import).data)

    @extend_schema(request=FdsnSerializer, responses=ImportSerializer, summary="Fetch waveforms from an FDSN web service")
    @action(detail=True, methods=["post"])
    def fdsn(self, request: SignedInRequest, **_: Any) -> Response:
        source_import = self.get_object()
        wanted = FdsnSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        return Response(self.get_serializer(use_fdsn(source_import=source_import, **wanted.validated_data)).data)

    @extend_schema(request=None, responses=ImportSerializer, summary="Hand the received files to a worker")
    @action(detail=True, methods=["post"])
    def start(self, request: SignedInRequest, **_: Any) -> Response:
        return Response(self.get_serializer(start_import(source_import=self.get_object())).data)

    @extend_schema(request=None, responses={202: ImportPreviewSerializer}, summary="Look at what it would read; nothing is written")
    @action(detail=True, methods=["post"])
    def preview(self, request: SignedInRequest, **_: Any) -> Response:
        preview = begin_preview(source_import=self.get_object(), by=request.user)
        return Response(ImportPreviewSerializer(preview).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=ImportPreviewSerializer, summary="The newest look, and how far it is")
    @preview.mapping.get
    def newest_preview(self, request: SignedInRequest, **_: Any) -> Response:
        preview = self.get_object().previews.select_related("created_by").first()
        if preview is None:
            raise Http404
        return Response(ImportPreviewSerializer(preview).data)

    @extend_schema(request=None, responses=ImportSerializer, summary="Stop an import; what it had read goes")
    @action(detail=True, methods=["post"])
    def cancel(self, request: SignedInRequest, **_: Any) -> Response:
        source_import = self.get_object()
        cancel_import(source_import=source_import)
        return Response(self.get_serializer(source_import).data)


class PartOfImportViewSet(mixins.ListModelMixin, WorkspaceViewSet):
    """Rows of the one import that the address names."""

    workspace_path = "source_import__workspace"

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows if is_schema_view(self) else rows.filter(source_import=self.source_import())

    def source_import(self) -> Import:
        return get_object_or_404(Import, workspace=self.workspace, pk=self.kwargs["source_import"])
