"""Picks that look for a waveform outside of the upload: in an archive, or at a web service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from labeling.jobs.picks_in_time import picks_in_time
from labeling.models import Pick, Workspace

Span = tuple[datetime, datetime]
LONGEST = timedelta(hours=1)  # spans that touch are one, up to this
_READ = ("pk", "network_code", "station_code", "location_code", "channel_code", "time")


def picks_by_station(workspace: Workspace) -> Iterator[tuple[str, Iterator[Any]]]:
    """Codes and times of the picks that have no waveform in use, station by station, in the order of time."""
    without = Q(trace=None) | Q(trace__is_withdrawn=True)
    picks = Pick.objects.active().filter(without, workspace=workspace, is_removed=False, time_is_relative=False)
    for station in list(picks.order_by("station_code").values_list("station_code", flat=True).distinct()):
        yield station, picks_in_time(picks.filter(station_code=station), _READ)


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans in the order of time; those that overlap are one."""
    current: Span | None = None
    for start, end in sorted(spans):
        if current is not None and start <= current[1] and max(end, current[1]) - current[0] <= LONGEST:
            current = (current[0], max(end, current[1]))
            continue
        if current is not None:
            yield current
        current = (start, end)
    if current is not None:
        yield current
