"""Filters of lists. A filter that a list does not know is an error: ignored, a slip of the pen would return everything."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework.request import Request
from rest_framework.views import APIView

from labeling.services.refusals import Refused

ALWAYS_KNOWN = {"cursor", "page_size", "format"}


class Filters(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """What a list can be narrowed by."""


class KnownFilters(DjangoFilterBackend):  # type: ignore[misc]
    """django-filter, less its leniency."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class else set()
        unknown = sorted(set(request.query_params) - known - ALWAYS_KNOWN)
        if unknown and getattr(view, "action", "") == "list":
            raise Refused(
                "unknown_filter",
                f"{unknown[0]}: no such filter here. Known: {', '.join(sorted(known | ALWAYS_KNOWN))}.",
                fields={name: ["no such filter"] for name in unknown},
            )
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered
