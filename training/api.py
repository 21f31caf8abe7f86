"""Runs over the API: start, follow, cancel, put under review."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from labeling.api.access import ANALYST, SignedInRequest, WorkspaceViewSet, is_schema_view
from labeling.api.fields import WORK_FIELDS, OfWorkspace, UsernameField
from labeling.api.filtering import Filters
from labeling.models import FlagSet, Snapshot
from training.models import EpochMetric, FoldResult, Run
from training.services.runs import cancel_run, promote_run, start_run
from training.services.shown_summary import shown_summary


class FoldSerializer(serializers.ModelSerializer[FoldResult]):
    class Meta:
        model = FoldResult
        fields = ("fold", "state", "progress", "message", "n_train_labels", "n_scored_labels", "started_at", "finished_at")


class RunSerializer(serializers.ModelSerializer[Run]):
    created_by = UsernameField()
    folds = FoldSerializer(many=True, read_only=True)
    summary = serializers.SerializerMethodField(help_text="Its figures; undecided items of the blind slice are in none of the counts.")
    is_under_review = serializers.SerializerMethodField(help_text="Whether its flags are the ones that the workspace reviews.")

    class Meta:
        model = Run
        fields = (
            "id",
            "number",
            "snapshot",
            "stage",
            "configuration",
            "seed",
            "code_version",
            "device",
            "trigger",
            "review_when_done",
            "n_labels",
            "summary",
            "folds",
            "is_under_review",
            *WORK_FIELDS,
        )

    def get_summary(self, run: Run) -> dict[str, Any]:
        return shown_summary(run)

    def get_is_under_review(self, run: Run) -> bool:
        return bool(run.pk == self.context["view"].reviewed_run_id())


class NewRunSerializer(serializers.Serializer[None]):
    settings = serializers.DictField(required=False, default=dict, help_text="What differs from the defaults, such as `epochs`.")
    seed = serializers.IntegerField(required=False, default=0, min_value=0, max_value=2**31 - 1)
    review_when_done = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Whether its flags go under review. Not said: yes, but for a trial of less than half the usual epochs.",
    )
    snapshot = OfWorkspace(
        queryset=Snapshot.objects.all(), required=False, allow_null=True, default=None, help_text="Without one, freezes the present state."
    )


class EpochSerializer(serializers.ModelSerializer[EpochMetric]):
    fold = serializers.IntegerField(source="fold.fold")

    class Meta:
        model = EpochMetric
        fields = ("fold", "network_index", "epoch", "losses", "validation", "seconds")


class RunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Out-of-fold trainings, newest first. Every member may read; an analyst starts and cancels, an admin promotes."""

    queryset = Run.objects.select_related("created_by").prefetch_related("folds")
    serializer_class = RunSerializer
    filterset_fields = ("number", "state", "snapshot", "trigger")
    page_order = ("-id",)
    roles: ClassVar[dict[str, str]] = {"create": ANALYST, "cancel": ANALYST}

    def reviewed_run_id(self) -> int | None:
        if not hasattr(self, "_reviewed_run_id"):
            current = FlagSet.objects.filter(workspace=self.workspace, is_current=True)
            self._reviewed_run_id: int | None = current.values_list("run_id", flat=True).first()
        return self._reviewed_run_id

    @extend_schema(request=NewRunSerializer, responses={201: RunSerializer}, summary="Train and flag")
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewRunSerializer(data=request.data, context=self.get_serializer_context())
        new.is_valid(raise_exception=True)
        run = start_run(workspace=self.workspace, by=request.user, **new.validated_data)
        return Response(self.get_serializer(run).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=RunSerializer, summary="Stop a run and its folds")
    @action(detail=True, methods=["post"])
    def cancel(self, request: SignedInRequest, **_: Any) -> Response:
        cancel_run(run=self.get_object())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=RunSerializer, summary="Put this run's flags under review")
    @action(detail=True, methods=["post"])
    def promote(self, request: SignedInRequest, **_: Any) -> Response:
        run = self.get_object()
        promote_run(run=run)
        return Response(self.get_serializer(run).data)


class EpochFilter(Filters):
    fold = django_filters.NumberFilter(field_name="fold__fold")
    network_index = django_filters.NumberFilter()
    after = django_filters.NumberFilter(field_name="epoch", lookup_expr="gt", label="Only epochs after this one")


class EpochViewSet(mixins.ListModelMixin, WorkspaceViewSet):
    """The training curves of one run: losses and validation figures, epoch by epoch."""

    queryset = EpochMetric.objects.select_related("fold")
    serializer_class = EpochSerializer
    workspace_path = "fold__run__workspace"
    filterset_class = EpochFilter

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        if is_schema_view(self):
            return rows
        return rows.filter(fold__run=get_object_or_404(Run, workspace=self.workspace, pk=self.kwargs["run"]))
