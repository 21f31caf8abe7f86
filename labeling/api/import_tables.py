"""Tables of an import in a form that nobody knows: how they would be read, and confirming it."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ANALYST, SignedInRequest
from labeling.api.imports import PartOfImportViewSet
from labeling.models import ConfirmedMapping, Import
from labeling.seismo.formats.table_mapping import TableMapping
from labeling.services.refusals import Refused
from labeling.services.table_mappings import (
    Table,
    checked_mapping,
    confirm_mapping,
    first_rows,
    leave_out_table,
    suggestion_for,
    table_of,
    tables_of,
)


class TableSerializer(serializers.Serializer[Table]):
    key = serializers.CharField(help_text="The same for files of the same columns.")
    files = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField(help_text="open (an import waits for it), confirmed, left_out, or by_name.")

    def get_files(self, table: Table) -> list[str]:
        return [file.name for file in table.files]

    def get_state(self, table: Table) -> str:
        if table.confirmed is not None:
            return "left_out" if table.confirmed.is_left_out else "confirmed"
        return "open" if table.is_open else "by_name"


class FirstPickSerializer(serializers.Serializer[Any]):
    source_ref = serializers.CharField()
    network_code = serializers.CharField(allow_null=True)
    station_code = serializers.CharField()
    location_code = serializers.CharField(allow_null=True)
    channel_code = serializers.CharField(allow_null=True)
    phase_hint = serializers.CharField()
    time = serializers.DateTimeField()
    uncertainty_s = serializers.FloatField(allow_null=True)
    weight = serializers.IntegerField(allow_null=True)
    event = serializers.CharField(source="event_ref", allow_null=True)


class FirstProblemSerializer(serializers.Serializer[Any]):
    severity = serializers.CharField()
    code = serializers.CharField()
    place = serializers.CharField()
    message = serializers.CharField()


class TableLookSerializer(serializers.Serializer[Any]):
    """came_from: this import, an earlier one with the same columns, or a guess; absent where the mapping was sent."""

    columns = serializers.ListField(child=serializers.CharField())
    mapping = serializers.DictField()
    came_from = serializers.CharField(required=False)
    missing = serializers.ListField(child=serializers.CharField())
    doubts = serializers.ListField(child=serializers.CharField())
    picks = FirstPickSerializer(many=True)
    problems = FirstProblemSerializer(many=True)


class MappingSerializer(serializers.Serializer[None]):
    mapping = serializers.JSONField(required=False, help_text="As `look` gives it.")
    leave_out = serializers.BooleanField(required=False, default=False)


class ImportTableViewSet(PartOfImportViewSet):
    """CSV files of an import by their columns. One that looks like picks and is in no known form is read only when somebody says how."""

    queryset = ConfirmedMapping.objects.none()
    serializer_class = TableSerializer
    lookup_value_converter = "slug"
    pagination_class = None
    filter_backends = ()
    roles = {"look_with": ANALYST, "update": ANALYST}

    @extend_schema(responses=TableSerializer(many=True), summary="The tables of an import; those that it waits for first")
    def list(self, request: Request, *_: Any, **__: Any) -> Response:
        tables: Any = tables_of(self.source_import())
        return Response(TableSerializer(tables, many=True).data)

    @extend_schema(responses=TableLookSerializer, summary="The suggested mapping of a table, and its first rows as read with it")
    def retrieve(self, request: Request, pk: str, **_: Any) -> Response:
        source_import, table = self._table(pk)
        suggestion = suggestion_for(source_import, table)
        return Response({**_look(table, suggestion.mapping), "came_from": suggestion.came_from, "doubts": suggestion.doubts})

    @extend_schema(
        request=MappingSerializer, responses=TableLookSerializer, summary="The first rows as a mapping reads them; nothing is kept"
    )
    @action(detail=True, methods=["post"], url_path="look")
    def look_with(self, request: SignedInRequest, pk: str, **_: Any) -> Response:
        table = self._table(pk)[1]
        return Response(_look(table, checked_mapping(_body(request).get("mapping"))))

    @extend_schema(request=MappingSerializer, responses=TableSerializer, summary="Confirm a mapping, or leave the table out")
    def update(self, request: SignedInRequest, pk: str, **_: Any) -> Response:
        source_import = self._table(pk)[0]
        said = _body(request)
        if said["leave_out"]:
            leave_out_table(source_import=source_import, key=pk, by=request.user)
        else:
            confirm_mapping(source_import=source_import, key=pk, mapping=checked_mapping(said.get("mapping")), by=request.user)
        return Response(TableSerializer(self._table(pk)[1]).data)

    def _table(self, key: str) -> tuple[Import, Table]:
        source_import = self.source_import()
        table = table_of(source_import, key)
        if table is None:
            raise Http404
        return source_import, table


def _body(request: Request) -> dict[str, Any]:
    body = MappingSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    if not body.validated_data["leave_out"] and "mapping" not in body.validated_data:
        raise Refused("bad_mapping", "Send a mapping, or leave_out.", fields={"mapping": ["Missing."]})
    said: dict[str, Any] = body.validated_data
    return said


def _look(table: Table, mapping: TableMapping) -> dict[str, Any]:
    first = first_rows(table, mapping)
    return {
        "columns": first.names,
        "mapping": mapping.as_json(),
        "missing": mapping.missing(),
        "doubts": [],
        "picks": FirstPickSerializer(first.picks, many=True).data,
        "problems": FirstProblemSerializer(first.problems, many=True).data,
    }
