"""The report of an import."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from labeling.api.filtering import Filters
from labeling.api.imports import PartOfImportViewSet
from labeling.models import ImportProblem


class ImportProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    class Meta:
        model = ImportProblem
        fields = ("id", "severity", "code", "place", "message")


class ImportProblemFilter(Filters):
    severity = django_filters.ChoiceFilter(choices=ImportProblem.Severity.choices)
    code = django_filters.CharFilter()
    file = django_filters.CharFilter(method="of_file", label="A file, archive or folder of the upload.")

    def of_file(self, problems: QuerySet[ImportProblem], _: str, name: str) -> QuerySet[ImportProblem]:
        return problems & ImportProblem.objects.of_file(name.rstrip("/"))


class ImportProblemViewSet(PartOfImportViewSet):
    """The report of one import, line by line in the order of reading."""

    queryset = ImportProblem.objects.all()
    serializer_class = ImportProblemSerializer
    filterset_class = ImportProblemFilter
