"""Channels as inventories tell of them, one row per epoch."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action

from labeling.api.access import SignedInRequest, WorkspaceViewSet
from labeling.api.filtering import Filters
from labeling.models import ChannelEpoch
from labeling.seismo.formats.write_stationxml import channel_document


class ChannelSerializer(serializers.ModelSerializer[ChannelEpoch]):
    class Meta:
        model = ChannelEpoch
        fields = (
            "id", "network_code", "station_code", "location_code", "channel_code", "start", "end", "azimuth_deg", "dip_deg",
            "sensitivity", "sensitivity_hz", "input_unit",
        )  # fmt: skip


class ChannelFilter(Filters):
    network = django_filters.CharFilter(field_name="network_code")
    station = django_filters.CharFilter(field_name="station_code")
    channel = django_filters.CharFilter(field_name="channel_code")


class ChannelViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Epochs of channels: orientation in degrees, sensitivity in counts per input unit."""

    queryset = ChannelEpoch.objects.defer("response")
    serializer_class = ChannelSerializer
    filterset_class = ChannelFilter

    @extend_schema(responses={(200, "application/xml"): OpenApiTypes.BINARY}, summary="A channel as StationXML, with its full response")
    @action(detail=True)
    def stationxml(self, request: SignedInRequest, **_: Any) -> HttpResponse:
        channel = self.get_object()
        document = channel_document(bytes(channel.response), network_code=channel.network_code or "", station_code=channel.station_code)
        name = f"{channel}.xml".strip(".")
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
        return HttpResponse(document, content_type="application/xml", headers=headers)
