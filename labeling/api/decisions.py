"""Decisions: taken once each, kept for ever."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ANALYST, SignedInRequest, WorkspaceViewSet, is_schema_view
from labeling.api.fields import OfWorkspace, UsernameField
from labeling.api.filtering import Filters
from labeling.models import Decision, Flag, Pick
from labeling.services.reading import ONSETS, POLARITIES, WEIGHTS
from labeling.services.review import decide, undo, undo_last
from labeling.services.veil import told

KINDS = [choice for choice in Decision.Kind.choices if choice[0] != Decision.Kind.UNDO]


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    analyst = UsernameField()

    class Meta:
        model = Decision
        fields = (
            "id",
            "client_id",
            "pick",
            "flag",
            "analyst",
            "kind",
            "time",
            "phase",
            "uncertainty_s",
            "weight",
            "onset",
            "polarity",
            "reason",
            "shown",
            "seen_revision",
            "undoes",
            "event",
            "batch",
            "is_conflicting",
            "is_reading",
            "made_at",
        )


class NewDecisionSerializer(serializers.Serializer[None]):
    client_id = serializers.UUIDField(help_text="Made by you, new for each decision: sent twice, it is stored once.")
    pick = OfWorkspace(queryset=Pick.objects.active())
    kind = serializers.ChoiceField(choices=KINDS)
    flag = OfWorkspace(queryset=Flag.objects.all(), required=False, allow_null=True, default=None)
    time = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="Of `move` and `add`, UTC.")
    phase = serializers.CharField(required=False, allow_blank=True, max_length=16, default="")
    uncertainty_s = serializers.FloatField(
        required=False, allow_null=True, default=None, help_text="Of `move`, `add` and `describe`: one standard deviation."
    )
    weight = serializers.ChoiceField(choices=WEIGHTS, required=False, allow_null=True, default=None, help_text="Of `describe`.")
    onset = serializers.ChoiceField(choices=ONSETS, required=False, allow_blank=True, default="", help_text="Of `describe`.")
    polarity = serializers.ChoiceField(choices=POLARITIES, required=False, allow_blank=True, default="", help_text="Of `describe`.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="", help_text="Of `comment`: its text.")
    event = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=20,
        help_text="Of an added arrival: `this`, `second` (one added on this trace within a minute, or a new one), `new`, or an event's id.",
    )
    shown = serializers.DictField(required=False, default=dict, help_text="What the analyst had before them.")
    seen_revision = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)


class UndoSerializer(serializers.Serializer[None]):
    client_id = serializers.UUIDField()


class DecisionFilter(Filters):
    pick = django_filters.NumberFilter(field_name="pick_id")
    batch = django_filters.NumberFilter(field_name="batch_id")
    analyst = django_filters.CharFilter(field_name="analyst__username")
    kind = django_filters.ChoiceFilter(choices=Decision.Kind.choices)
    is_conflicting = django_filters.BooleanFilter()
    made_from = django_filters.IsoDateTimeFilter(field_name="made_at", lookup_expr="gte")
    made_before = django_filters.IsoDateTimeFilter(field_name="made_at", lookup_expr="lt")


STORED_OR_KNOWN = {
    201: DecisionSerializer,
    200: OpenApiResponse(DecisionSerializer, description="Stored before, under this client_id."),
    409: OpenApiResponse(description="`already_decided`: somebody else had decided, unseen. The decision is kept; an admin settles it."),
}


class DecisionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """What people decided, newest first. Undo is a decision of its own.

    What was read, added or commented on a doubly reviewed item is told to others once both have decided.
    """

    queryset = Decision.objects.select_related("analyst")
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    page_order = ("-id",)
    roles = {"create": ANALYST, "undo": ANALYST, "undo_last": ANALYST}

    def get_queryset(self) -> QuerySet[Decision]:
        decisions: QuerySet[Decision] = super().get_queryset()
        if is_schema_view(self):
            return decisions
        return told(decisions, self.request.user)

    @extend_schema(request=NewDecisionSerializer, responses=STORED_OR_KNOWN)
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewDecisionSerializer(data=request.data, context=self.get_serializer_context())
        new.is_valid(raise_exception=True)
        is_known = self._known(new.validated_data["client_id"]).exists()
        return self._answer(decide(analyst=request.user, **new.validated_data), is_known)

    @extend_schema(request=UndoSerializer, responses=STORED_OR_KNOWN, summary="Undo one of one's own decisions")
    @action(detail=True, methods=["post"])
    def undo(self, request: SignedInRequest, **_: Any) -> Response:
        decision = self.get_object()
        client_id = self._client_id(request)
        is_known = self._known(client_id).exists()
        return self._answer(undo(decision=decision, analyst=request.user, client_id=client_id), is_known)

    @extend_schema(
        request=UndoSerializer,
        responses=STORED_OR_KNOWN,
        summary="Undo one's newest decision that still stands",
        operation_id="decisions_undo_last",
    )
    @action(detail=False, methods=["post"], url_path="undo", url_name="undo-last")
    def undo_last(self, request: SignedInRequest, **_: Any) -> Response:
        client_id = self._client_id(request)
        is_known = self._known(client_id).exists()
        return self._answer(undo_last(workspace=self.workspace, analyst=request.user, client_id=client_id), is_known)

    def _client_id(self, request: Request) -> Any:
        undoing = UndoSerializer(data=request.data)
        undoing.is_valid(raise_exception=True)
        return undoing.validated_data["client_id"]

    def _known(self, client_id: Any) -> QuerySet[Decision]:
        return Decision.objects.filter(workspace=self.workspace, client_id=client_id)

    def _answer(self, decision: Decision, is_known: bool) -> Response:
        return Response(self.get_serializer(decision).data, status=status.HTTP_200_OK if is_known else status.HTTP_201_CREATED)
