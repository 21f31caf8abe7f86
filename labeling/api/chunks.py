"""Large files in chunks: ask how much is here, send what follows, and go on from there after a lost connection."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ANALYST
from labeling.api.imports import PartOfImportViewSet
from labeling.api.source_files import RawFileParser
from labeling.models import PartialFile
from labeling.request_body import promised_bytes
from labeling.request_chunk import chunk_of, received_json, whole_number
from labeling.services.upload_chunks import add_chunk, leave_out, received_of_part, received_so_far

NAME = OpenApiParameter("name", str, description="Path within the upload.")
SIZE = OpenApiParameter("size_bytes", int, description="Of the whole file; comes with a name.")


class ReceivedSerializer(serializers.Serializer[None]):
    name = serializers.CharField()
    size_bytes = serializers.IntegerField()
    received_bytes = serializers.IntegerField()
    crc32 = serializers.CharField(
        allow_null=True, help_text="Of the received bytes, eight hexadecimal digits; null in the answer to the last chunk."
    )
    is_whole = serializers.BooleanField()
    sha256 = serializers.CharField(allow_null=True)


class ReceivedListSerializer(serializers.Serializer[None]):
    next = serializers.CharField(allow_null=True)
    results = ReceivedSerializer(many=True)


def _header(name: str, description: str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=description)


class ChunkViewSet(PartOfImportViewSet):
    """Parts of files that are not whole yet."""

    queryset = PartialFile.objects.all()
    serializer_class = ReceivedSerializer
    parser_classes = [RawFileParser]
    roles = {"create": ANALYST, "forget": ANALYST}
    filter_backends = []
    pagination_class = None

    @extend_schema(
        parameters=[NAME, SIZE],
        responses=ReceivedListSerializer,
        summary="How much of a file is here; without a name, of all that are not whole",
    )
    def list(self, request: Request, *_: Any, **__: Any) -> Response:
        source_import = self.source_import()
        name = request.query_params.get("name")
        if name is None:
            received = [received_of_part(part) for part in source_import.partial_files.all()]
        else:
            size_bytes = whole_number("size_bytes", request.query_params.get("size_bytes", ""))
            received = [received_so_far(source_import=source_import, name=name, size_bytes=size_bytes)]
        return Response({"next": None, "results": [received_json(one) for one in received]})

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[
            _header("X-File-Name", "Path within the upload, percent-encoded."),
            _header("X-File-Size", "Of the whole file, in bytes."),
            _header("X-Chunk-Offset", "Of the chunk's first byte in the file."),
            _header("X-Chunk-CRC32", "Of the chunk, eight hexadecimal digits; a damaged chunk is refused.", required=False),
            _header("X-File-SHA256", "Of the whole file; compared when its last chunk has come.", required=False),
        ],
        responses={200: ReceivedSerializer, 201: ReceivedSerializer},
        summary="Send a chunk, at most 32 MB, as the body; 201 with the last one",
    )
    def create(self, request: Any, **_: Any) -> Response:
        promised_bytes(request)  # where there is none, Django REST framework does not open the body
        received = add_chunk(source_import=self.source_import(), chunk=chunk_of(request, request.data.get("stream")))
        return Response(received_json(received), status=status.HTTP_200_OK if received.file is None else status.HTTP_201_CREATED)

    @extend_schema(parameters=[NAME], responses={204: None}, summary="Forget what has come of a file that is not whole")
    def forget(self, request: Request, **_: Any) -> Response:
        leave_out(source_import=self.source_import(), name=request.query_params.get("name", ""))
        return Response(status=status.HTTP_204_NO_CONTENT)
