"""Channels as inventories tell of them: where a component points to and what a count of it means."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from .workspaces import Workspace


class ChannelEpoch(models.Model):
    """One epoch of one channel. A network code of None is missing; a location code of "" is empty, as it is in inventories.

    azimuth_deg: clockwise from north. dip_deg: down from the horizontal, -90 is up. sensitivity: counts per input_unit at sensitivity_hz,
    None where the inventory has none. response: the channel's StationXML element, deflated.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="channels")
    network_code = models.CharField(max_length=8, null=True, blank=True)
    station_code = models.CharField(max_length=64)
    location_code = models.CharField(max_length=8, blank=True)
    channel_code = models.CharField(max_length=8)
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    azimuth_deg = models.FloatField(null=True, blank=True)
    dip_deg = models.FloatField(null=True, blank=True)
    sensitivity = models.FloatField(null=True, blank=True)
    sensitivity_hz = models.FloatField(null=True, blank=True)
    input_unit = models.CharField(max_length=40, blank=True)
    response = models.BinaryField(default=bytes, blank=True)

    class Meta:
        verbose_name = "channel epoch"
        ordering = ["network_code", "station_code", "location_code", "channel_code", "start"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "station_code", "channel_code", "network_code", "location_code", "start"],
                nulls_distinct=False,
                name="one_row_per_channel_epoch",
            )
        ]

    def __str__(self) -> str:
        return f"{self.network_code or ''}.{self.station_code}.{self.location_code or '--'}.{self.channel_code}"

    def covers(self, first: datetime, last: datetime) -> bool:
        """Whether the epoch lasts all the while; one without start or end is open there."""
        return (self.start is None or self.start <= first) and (self.end is None or last < self.end)
