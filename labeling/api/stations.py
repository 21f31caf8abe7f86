"""Stations, one row per epoch."""

from __future__ import annotations

import django_filters
from rest_framework import mixins, serializers

from labeling.api.access import WorkspaceViewSet
from labeling.api.filtering import Filters
from labeling.models import Station


class StationSerializer(serializers.ModelSerializer[Station]):
    class Meta:
        model = Station
        fields = ("id", "network_code", "station_code", "site_name", "latitude", "longitude", "elevation_m", "start", "end")


class StationFilter(Filters):
    network = django_filters.CharFilter(field_name="network_code")
    station = django_filters.CharFilter(field_name="station_code")


class StationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Stations; a network code of null is missing."""

    queryset = Station.objects.all()
    serializer_class = StationSerializer
    filterset_class = StationFilter
