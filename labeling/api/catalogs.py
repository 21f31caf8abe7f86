"""Catalogs and their events."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from labeling.api.access import SignedInRequest, WorkspaceViewSet
from labeling.api.filtering import Filters
from labeling.models import Catalog
from labeling.services.catalogs import restore_catalog, withdraw_catalog


class CatalogSerializer(serializers.ModelSerializer[Catalog]):
    class Meta:
        model = Catalog
        fields = ("id", "name", "created_at", "withdrawn_at")


class CatalogFilter(Filters):
    is_withdrawn = django_filters.BooleanFilter(field_name="withdrawn_at", lookup_expr="isnull", exclude=True)


class CatalogViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """What the imports brought in, newest first, withdrawn ones included."""

    queryset = Catalog.objects.all()
    serializer_class = CatalogSerializer
    page_order = ("-id",)
    filterset_class = CatalogFilter

    @extend_schema(request=None, responses=CatalogSerializer, summary="Hide a catalog that was uploaded by mistake")
    @action(detail=True, methods=["post"])
    def withdraw(self, request: SignedInRequest, **_: Any) -> Response:
        return Response(self.get_serializer(withdraw_catalog(catalog=self.get_object(), by=request.user)).data)

    @extend_schema(request=None, responses=CatalogSerializer, summary="Bring a withdrawn catalog back")
    @action(detail=True, methods=["post"])
    def restore(self, request: SignedInRequest, **_: Any) -> Response:
        return Response(self.get_serializer(restore_catalog(catalog=self.get_object(), by=request.user)).data)
