"""Many proposals accepted at once: what it would do, doing it, and taking it back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from labeling.api.access import ANALYST, SignedInRequest, WorkspaceViewSet
from labeling.api.decisions import UndoSerializer
from labeling.api.fields import UsernameField
from labeling.models import DecisionBatch
from labeling.services.batch_preview import preview_batch
from labeling.services.batches import LEFT_OUT, MOST_AT_ONCE, accept_together, undo_together
from labeling.services.review_queue import QueueFilter


class BatchSerializer(serializers.ModelSerializer[DecisionBatch]):
    analyst = UsernameField()
    n_left_out = serializers.DictField(child=serializers.IntegerField(), read_only=True, help_text=f"By reason: {', '.join(LEFT_OUT)}.")

    class Meta:
        model = DecisionBatch
        fields = ("id", "client_id", "analyst", "criteria", "n_decided", "n_left_out", "undoes", "made_at")


class NewBatchSerializer(serializers.Serializer[None]):
    client_id = serializers.UUIDField(help_text="Made by you, new for each batch: sent twice, it is stored once.")
    flags = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=MOST_AT_ONCE, help_text="Ids, as the preview gave them."
    )
    criteria = serializers.DictField(required=False, default=dict, help_text="What they were chosen by; kept with the batch.")


class PreviewQuerySerializer(serializers.Serializer[None]):
    least_p = serializers.FloatField(default=0.9, min_value=0, max_value=1, help_text="P(mislabelled) from here on.")
    most_interval_s = serializers.FloatField(default=0.2, help_text="Greatest width of the 90 % interval.")
    most_shift_s = serializers.FloatField(default=0.5, help_text="Greatest shift, earlier or later.")
    threshold = serializers.FloatField(required=False, help_text="Of the queue; without it the workspace's.")
    kind = serializers.CharField(required=False, help_text="As are the next: what the queue is narrowed by.")
    station = serializers.CharField(required=False)
    network = serializers.CharField(required=False)
    analyst = serializers.CharField(required=False)
    phase = serializers.CharField(required=False)
    snr = serializers.CharField(required=False)
    distance = serializers.CharField(required=False)
    month = serializers.CharField(required=False)
    run = serializers.CharField(required=False)


class ShiftBinSerializer(serializers.Serializer[None]):
    from_s = serializers.FloatField()
    to_s = serializers.FloatField()
    n = serializers.IntegerField()


class BatchPreviewSerializer(serializers.Serializer[None]):
    flags = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of those that would be accepted.")
    n_more = serializers.IntegerField(help_text=f"What lies beyond the {MOST_AT_ONCE} that are decided at once.")
    n_left_out = serializers.DictField(child=serializers.IntegerField())
    shifts = ShiftBinSerializer(many=True)
    median_shift_s = serializers.FloatField(allow_null=True)
    sample = serializers.ListField(child=serializers.IntegerField(), help_text="Ten flags to look at, from smallest to largest shift.")


STORED_OR_KNOWN = {201: BatchSerializer, 200: OpenApiResponse(BatchSerializer, description="Stored before, under this client_id.")}


class BatchViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Batches of decisions, newest first; an undo is a batch of its own. The decisions of one: `decisions/?batch=`."""

    queryset = DecisionBatch.objects.select_related("analyst")
    serializer_class = BatchSerializer
    page_order = ("-id",)
    roles = {"create": ANALYST, "undo": ANALYST}

    @extend_schema(request=NewBatchSerializer, responses=STORED_OR_KNOWN, summary="Accept the proposals of many flags")
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewBatchSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        is_known = self._known(new.validated_data["client_id"]).exists()
        return self._answer(accept_together(workspace=self.workspace, analyst=request.user, **new.validated_data), is_known)

    @extend_schema(request=UndoSerializer, responses=STORED_OR_KNOWN, summary="Take one's own batch back")
    @action(detail=True, methods=["post"])
    def undo(self, request: SignedInRequest, **_: Any) -> Response:
        undoing = UndoSerializer(data=request.data)
        undoing.is_valid(raise_exception=True)
        client_id = undoing.validated_data["client_id"]
        is_known = self._known(client_id).exists()
        return self._answer(undo_together(batch=self.get_object(), analyst=request.user, client_id=client_id), is_known)

    @extend_schema(parameters=[PreviewQuerySerializer], responses=BatchPreviewSerializer, filters=False)
    @action(detail=False, pagination_class=None, filter_backends=[])
    def preview(self, request: SignedInRequest, **_: Any) -> Response:
        """What accepting all timing proposals of a queue would do that are sure and sharp enough; nothing is decided."""
        asked = PreviewQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        preview = preview_batch(
            workspace=self.workspace,
            analyst=request.user,
            narrowed=QueueFilter.from_query(request.query_params, self.workspace),
            least_p=asked.validated_data["least_p"],
            most_interval_s=asked.validated_data["most_interval_s"],
            most_shift_s=asked.validated_data["most_shift_s"],
        )
        return Response(
            {
                "flags": [flag.pk for flag in preview.flags],
                "n_more": preview.n_more,
                "n_left_out": preview.n_left_out,
                "shifts": [asdict(one) for one in preview.shifts],
                "median_shift_s": preview.median_shift_s,
                "sample": [flag.pk for flag in preview.sample],
            }
        )

    def _known(self, client_id: Any) -> QuerySet[DecisionBatch]:
        return DecisionBatch.objects.filter(workspace=self.workspace, client_id=client_id)

    def _answer(self, batch: DecisionBatch, is_known: bool) -> Response:
        return Response(self.get_serializer(batch).data, status=status.HTTP_200_OK if is_known else status.HTTP_201_CREATED)
