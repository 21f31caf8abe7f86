"""Stations and traces. The samples themselves lie in the waveform store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import models

from .catalogs import Catalog, Event
from .workspaces import Workspace


class StationQuerySet(models.QuerySet["Station"]):
    def epochs(self) -> StationEpochs:
        """The stations at hand, to be asked for by code and time."""
        return StationEpochs(self)


class StationEpochs:
    """Stations by their codes, each with its epochs."""

    def __init__(self, stations: Iterable[Station]) -> None:
        self._by_code: dict[str, list[Station]] = {}
        for station in stations:
            self._by_code.setdefault(station.station_code, []).append(station)

    def at(self, network_code: str | None, station_code: str, time: datetime | None) -> Station | None:
        """The epoch that covers the time, the newest one where several do. None where none does, or where more than one network fits.

        network_code: None or "" fits every network. time: None where there is no absolute one, which fits every epoch.
        """
        covering = [station for station in self._by_code.get(station_code, []) if time is None or station.covers(time)]
        equal = [station for station in covering if station.network_code == network_code]
        fitting = equal or [station for station in covering if not network_code or station.network_code is None]
        if len({station.network_code for station in fitting}) != 1:
            return None
        return max(fitting, key=lambda station: station.start or datetime.min.replace(tzinfo=UTC))


class Station(models.Model):
    """One epoch of a station, where its metadata are known. A network code of None is missing."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="stations")
    network_code = models.CharField(max_length=8, null=True, blank=True)
    station_code = models.CharField(max_length=64)
    site_name = models.CharField(max_length=200, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    elevation_m = models.FloatField(null=True, blank=True)
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)

    objects = StationQuerySet.as_manager()

    class Meta:
        ordering = ["network_code", "station_code", "start"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "network_code", "station_code", "start"], nulls_distinct=False, name="one_row_per_station_epoch"
            )
        ]

    def __str__(self) -> str:
        return f"{self.network_code or ''}.{self.station_code}"

    def covers(self, time: datetime) -> bool:
        """Whether the epoch has begun and not ended at that time; one without start or end is open there."""
        return (self.start is None or self.start <= time) and (self.end is None or time < self.end)


class Trace(models.Model):
    """One recording of one instrument: 1 to 3 components on one time grid, as in SeisBench.

    channels: `[{"channel": "HHZ", "shard": "…", "offset": 0, "dead": false, "gaps": [[start_sample, end_sample]]}]`, Z first, then
    N or 1, then E or 2. A trace of an archive that is used in place has, for shard and offset,
    `"archive": name, "pieces": [[file, begin, end, crc32]]`. `labeling.trace_samples` reads both.
    A location code of "" is empty, None is missing.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="traces")
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="traces")
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.SET_NULL, related_name="traces")
    source_ref = models.CharField(max_length=600)
    source_file = models.CharField(max_length=600, blank=True)  # the uploaded file, as catalogs name it
    identity = models.CharField(max_length=64)
    network_code = models.CharField(max_length=8, null=True, blank=True)
    station_code = models.CharField(max_length=64)
    location_code = models.CharField(max_length=8, null=True, blank=True)
    instrument_code = models.CharField(max_length=4)
    start_time = models.DateTimeField()
    end_time = models.DateTimeField()
    sampling_rate_hz = models.FloatField()
    n_samples = models.BigIntegerField()
    channels = models.JSONField()
    time_is_relative = models.BooleanField(default=False)
    extra = models.JSONField(default=dict, blank=True)
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "identity"], condition=models.Q(is_withdrawn=False), name="trace_is_imported_once"
            ),
            models.CheckConstraint(condition=models.Q(sampling_rate_hz__gt=0), name="trace_rate_is_positive"),
        ]
        indexes = [models.Index(fields=["workspace", "station_code", "start_time"])]

    def __str__(self) -> str:
        location = "--" if self.location_code == "" else self.location_code or ""
        return f"{self.network_code or ''}.{self.station_code}.{location}.{self.instrument_code}"

    @property
    def channel_codes(self) -> list[str]:
        return [channel["channel"] for channel in self.channels]
