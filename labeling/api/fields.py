"""Fields that several serializers share."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from labeling.api.access import is_schema_view

WORK_FIELDS = ("state", "progress", "message", "created_by", "created_at", "started_at", "finished_at")


class UsernameField(serializers.SlugRelatedField[Any]):
    """A person, by user name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="username", read_only=True, **options)


class OfWorkspace(serializers.PrimaryKeyRelatedField[Any]):
    """The id of another row of the workspace in the address; a row of any other does not exist."""

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset()  # type: ignore[assignment]  # it is a field that is written to
        view = self.context["view"]
        if is_schema_view(view):
            return rows
        return rows.filter(workspace=view.workspace)
