"""The files of an import, as they were sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any
from urllib.parse import unquote

from django.utils.http import parse_header_parameters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ANALYST
from labeling.api.imports import PartOfImportViewSet
from labeling.models import SourceFile
from labeling.request_body import WholeBody, promised_bytes
from labeling.services.refusals import Refused
from labeling.services.uploads import add_file


class SourceFileSerializer(serializers.ModelSerializer[SourceFile]):
    class Meta:
        model = SourceFile
        fields = ("id", "name", "sha256", "size_bytes", "created_at")


class UploadSerializer(serializers.Serializer[None]):
    file = serializers.FileField()
    name = serializers.CharField(required=False, help_text="Path within the upload, such as `REA/01-0023.S201301`; else the file's name.")


class WholeFormParser(MultiPartParser):
    """A form whose body ends where it says. Django takes what a broken connection left of a file for the file."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body: Any = WholeBody(parser_context["request"], stream)
        return super().parse(body, media_type, parser_context)


class RawFileParser(BaseParser):
    """Leaves the body where it is: the file goes to the store in chunks, whatever its size."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, IO[bytes]]:
        return {"stream": stream}


class SourceFileViewSet(PartOfImportViewSet):
    """What an import received. Send its files here one by one, before it is started."""

    queryset = SourceFile.objects.all()
    serializer_class = SourceFileSerializer
    parser_classes = [WholeFormParser, RawFileParser]
    roles = {"create": ANALYST}

    @extend_schema(
        request={"multipart/form-data": UploadSerializer, "application/octet-stream": OpenApiTypes.BINARY},
        responses={201: SourceFileSerializer},
        summary="Send one file: as the form field `file`, or as the body, named by Content-Disposition or X-File-Name",
    )
    def create(self, request: Request, **_: Any) -> Response:
        source_import = self.source_import()
        name, chunks = _file_of(request)
        file = add_file(source_import=source_import, name=name, chunks=chunks)
        return Response(self.get_serializer(file).data, status=status.HTTP_201_CREATED)


def _file_of(request: Any) -> tuple[str, Iterable[bytes]]:
    """(name, content in chunks) of the one file that a request carries."""
    promised_bytes(request)  # where there is none, Django REST framework does not open the body
    if not (request.content_type or "").startswith("multipart/"):
        name = _name_in_headers(request)
        return name, WholeBody(request, request.data.get("stream")).chunks()
    form = request.data
    files = [file for _, several in request.FILES.lists() for file in several]
    if len(files) != 1 or "file" not in request.FILES:
        raise Refused("one_file_please", "Send one file per request, in the form field 'file'.", fields={"file": ["Exactly one file."]})
    return form.get("name") or files[0].name, files[0].chunks()


def _name_in_headers(request: Request) -> str:
    if name := request.headers.get("X-File-Name"):
        return unquote(name)
    _, options = parse_header_parameters(request.headers.get("Content-Disposition", ""))
    if name := options.get("filename"):
        return str(name)
    raise Refused(
        "no_file_name",
        "The file has no name. Send it as the form field 'file', or with a header such as X-File-Name: picks.csv.",
    )
