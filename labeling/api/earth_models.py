"""The workspace's own velocity models."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.response import Response

from labeling.api.access import SignedInRequest, WorkspaceViewSet
from labeling.api.fields import UsernameField
from labeling.api.source_files import WholeFormParser
from labeling.models import EarthModel
from labeling.seismo.velocity_model import MOST_BYTES
from labeling.services.earth_models import add_earth_model


class EarthModelSerializer(serializers.ModelSerializer[EarthModel]):
    created_by = UsernameField()

    class Meta:
        model = EarthModel
        fields = ("id", "name", "file_name", "source", "sha256", "completed_from_km", "created_by", "created_at")
        extra_kwargs = {
            "source": {"help_text": "The file as it was sent."},
            "sha256": {"help_text": "Of the model as TauP has it, completed."},
            "completed_from_km": {"help_text": "Depth below which it goes on as ak135; null where the file tells all."},
        }


class NewEarthModelSerializer(serializers.Serializer[None]):
    file = serializers.FileField(help_text="A .tvel or .nd file.")
    name = serializers.CharField(required=False, default="", help_text="Else the file's.")


class EarthModelViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Velocity models of this workspace, for theoretical arrivals beside TauP's own. Every member sees them; an admin brings them in."""

    queryset = EarthModel.objects.select_related("created_by")
    serializer_class = EarthModelSerializer
    parser_classes = [WholeFormParser]
    filterset_fields = ("name",)

    @extend_schema(
        request={"multipart/form-data": NewEarthModelSerializer},
        responses={201: EarthModelSerializer},
        summary="Send a model; it is read, checked and built before the answer comes (some seconds, a minute at most)",
    )
    def create(self, request: SignedInRequest, **_: Any) -> Response:
        new = NewEarthModelSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        file = new.validated_data["file"]
        model = add_earth_model(
            workspace=self.workspace,
            name=new.validated_data["name"],
            file_name=file.name,
            content=file.read(MOST_BYTES + 1),
            by=request.user,
        )
        return Response(self.get_serializer(model).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: OpenApiResponse(description="Removed.")}, summary="Remove a model")
    def destroy(self, request: SignedInRequest, **_: Any) -> Response:
        self.get_object().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
