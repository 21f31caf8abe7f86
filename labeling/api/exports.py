"""Exports: a snapshot in one of the field's forms, made by a worker, then downloaded."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from labeling.api.access import ANALYST, VIEWER, SignedInRequest, WorkspaceViewSet
from labeling.api.fields import WORK_FIELDS, OfWorkspace, UsernameField
from labeling.downloads import download
from labeling.files import exports_folder, shared_files
from labeling.models import Export, Snapshot
from labeling.services.exports import begin_export
from labeling.services.refusals import Conflict
from labeling.services.work import cancel_work


class ExportSerializer(serializers.ModelSerializer[Export]):
    created_by = UsernameField()
    not_held = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="What the form cannot hold, in words.")

    class Meta:
        model = Export
        fields = ("id", "snapshot", "format", "size_bytes", "sha256", "not_held", *WORK_FIELDS)


class NewExportSerializer(serializers.Serializer[None]):
    snapshot = OfWorkspace(queryset=Snapshot.objects.all())
    format = serializers.ChoiceField(choices=Export.Format.choices)


class ExportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Exports, newest first. Ask for one, look at it until its state is `done`, then download it."""

    queryset = Export.objects.select_related("created_by", "snapshot")
    serializer_class = ExportSerializer
    filterset_fields = ("state", "snapshot", "format")
    page_order = ("-id",)
    roles = {"create": VIEWER, "cancel": ANALYST}

    @extend_schema(request=NewExportSerializer, responses={201: ExportSerializer}, summary="Ask for an export")
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewExportSerializer(data=request.data, context=self.get_serializer_context())
        new.is_valid(raise_exception=True)
        export = begin_export(by=request.user, **new.validated_data)
        return Response(self.get_serializer(export).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, summary="The file of a finished export")
    @action(detail=True)
    def download(self, request: SignedInRequest, **_: Any) -> HttpResponseBase:
        """Takes one `Range` of bytes, with `If-Range` and the `ETag`: a download that broke off goes on. `Repr-Digest` has the sha256."""
        export = self.get_object()
        path = exports_folder() / export.path
        if export.state != Export.State.DONE:
            raise Conflict("not_ready", f"{export} is {export.state}. Look at it again until its state is 'done'.")
        if not export.path or not shared_files().fetch(path).is_file():
            raise Conflict("file_gone", f"The file of {export} is not in the data folder any more. Ask for the export again.")
        name = f"{self.workspace.slug}-snapshot-{export.snapshot.number}-{export.format}{''.join(path.suffixes)}"
        return download(request, path, name=name, sha256=export.sha256)

    @extend_schema(request=None, responses=ExportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: SignedInRequest, **_: Any) -> Response:
        export = self.get_object()
        cancel_work(row=export)
        return Response(self.get_serializer(export).data)
