"""Station records become rows. A station that is known stays as it is; what is told of it differently is reported."""

from __future__ import annotations

from collections import Counter

from labeling.jobs.problem_sink import ProblemSink
from labeling.jobs.station_places import moved_station
from labeling.models import Station, Workspace
from labeling.seismo.records import StationRecord

_AS_READ = ("latitude", "longitude", "elevation_m", "end", "site_name")


class StationRows:
    """Takes the stations of an upload. counts: gets `new_stations` and `stations`, those that were here already."""

    def __init__(self, workspace: Workspace, report: ProblemSink, counts: Counter[str]) -> None:
        self._workspace, self._report, self._counts = workspace, report, counts
        self._counted: set[int] = set()

    def add(self, record: StationRecord) -> None:
        station, is_new = Station.objects.get_or_create(
            workspace=self._workspace,
            network_code=record.network_code,
            station_code=record.station_code,
            start=record.start,
            defaults={name: getattr(record, name) for name in _AS_READ},
        )
        if station.pk not in self._counted:
            self._counts["new_stations" if is_new else "stations"] += 1
            self._counted.add(station.pk)
        if not is_new and (problem := moved_station(station, record)):
            self._report.add(problem)
