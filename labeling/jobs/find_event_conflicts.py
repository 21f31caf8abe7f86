"""Earthquakes of a new catalog that are in the workspace already with another origin or magnitude: told with both, both kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.db.models import Max, Min

from labeling.jobs.problem_sink import ProblemSink
from labeling.jobs.rows_in_blocks import rows_in_blocks
from labeling.models import Catalog, Event
from labeling.seismo.records import Problem
from labeling.seismo.timing import iso, seconds_between
from labeling.seismo.traveltimes import distance_km

SAME_NAME_S = 60.0  # one name further apart in time is two earthquakes
SAME_ORIGIN_S, SAME_EPICENTRE_KM = 3.0, 50.0  # what two agencies make of one earthquake
# What forms with few digits, such as Nordic, make of an origin is no other origin.
OTHER_TIME_S, OTHER_PLACE_KM, OTHER_MAGNITUDE = 0.1, 1.0, 0.1
EVENTS_AT_ONCE = 2_000


def find_event_conflicts(catalog: Catalog, report: ProblemSink) -> int:
    """A warning for each event of the catalog that another one has with another origin or magnitude. Returns how many.

    The same earthquake has the same name within a minute, or an origin within 3 s and 50 km; of several the likeliest, first of all one
    with the same origin and magnitude: names such as 17 are those of other earthquakes elsewhere. A value that one of the two does not
    have is no conflict.
    """
    others = dict(Catalog.objects.active().filter(workspace=catalog.workspace_id).exclude(pk=catalog.pk).values_list("pk", "name"))
    span = catalog.events.aggregate(first=Min("origin_time"), last=Max("origin_time"))
    if not others or span["first"] is None:
        return 0
    n_conflicts = 0
    for new, old in _same_events(catalog, span["first"], span["last"]):
        if differences := _differences(new, old):
            report.add(_conflict(new, old, differences, others.get(old.catalog_id, "")))
            n_conflicts += 1
    return n_conflicts


def _same_events(catalog: Catalog, first: datetime, last: datetime) -> Iterator[tuple[Event, Event]]:
    """Each new event with the likeliest event of another catalog, where there is one. Only those of the last minute are kept."""
    margin = timedelta(seconds=SAME_NAME_S)
    events = Event.objects.filter(workspace=catalog.workspace_id, is_withdrawn=False, origin_time__range=(first - margin, last + margin))
    window: deque[Event] = deque()
    likeliest: dict[int, tuple[tuple[bool, bool, float], Event]] = {}
    for block in rows_in_blocks(events.order_by("origin_time", "pk"), EVENTS_AT_ONCE):
        for event in block:
            while window and _apart_s(window[0], event) > SAME_NAME_S:
                gone = window.popleft()
                if gone.pk in likeliest:
                    yield gone, likeliest.pop(gone.pk)[1]
            for other in window:
                if (event.catalog_id == catalog.pk) == (other.catalog_id == catalog.pk) or not _is_same(event, other):
                    continue
                new, old = (event, other) if event.catalog_id == catalog.pk else (other, event)
                rank = (bool(_differences(new, old)), _name(new) != _name(old), _apart_s(new, old))
                if new.pk not in likeliest or rank < likeliest[new.pk][0]:
                    likeliest[new.pk] = (rank, old)
            window.append(event)
    yield from ((event, likeliest[event.pk][1]) for event in window if event.pk in likeliest)


def _name(event: Event) -> str:
    """The event's own name, less the folders it was uploaded in."""
    return PurePosixPath(event.source_ref).name


def _apart_s(one: Event, other: Event) -> float:
    assert one.origin_time is not None and other.origin_time is not None
    return abs(seconds_between(one.origin_time, other.origin_time))


def _apart_km(one: Event, other: Event) -> float | None:
    """Between the epicentres; None where one has none."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    return float(distance_km(one.latitude, one.longitude, other.latitude, other.longitude))


def _is_same(one: Event, other: Event) -> bool:
    if _name(one) == _name(other):
        return True
    return _apart_s(one, other) <= SAME_ORIGIN_S and (_apart_km(one, other) or 0.0) <= SAME_EPICENTRE_KM


def _differences(new: Event, old: Event) -> list[tuple[str, str]]:
    """(new, old) of each value that both have and that differs."""
    differences = []
    if _apart_s(new, old) > OTHER_TIME_S:
        differences.append((_time(new), _time(old)))
    if (_apart_km(new, old) or 0.0) > OTHER_PLACE_KM:
        differences.append((_epicentre(new), _epicentre(old)))
    if _differ(new.depth_km, old.depth_km, OTHER_PLACE_KM):
        differences.append((f"{new.depth_km:g} km deep", f"{old.depth_km:g} km deep"))
    types = {new.magnitude_type.casefold(), old.magnitude_type.casefold()} - {""}
    if len(types) <= 1 and _differ(new.magnitude, old.magnitude, OTHER_MAGNITUDE):
        differences.append((_magnitude(new), _magnitude(old)))
    return differences


def _differ(one: float | None, other: float | None, by_more_than: float) -> bool:
    return one is not None and other is not None and abs(one - other) > by_more_than + 1e-9


def _time(event: Event) -> str:
    assert event.origin_time is not None
    return iso(event.origin_time)


def _epicentre(event: Event) -> str:
    return f"{event.latitude:.4f}°, {event.longitude:.4f}°"


def _magnitude(event: Event) -> str:
    return f"{event.magnitude_type or 'M'} {event.magnitude:g}"


def _conflict(new: Event, old: Event, differences: list[tuple[str, str]], catalog: str) -> Problem:
    name = "" if _name(new) == _name(old) else f", there called {old.source_ref}"
    message = (
        f"The earthquake has {', '.join(mine for mine, _ in differences)} in this upload, {', '.join(theirs for _, theirs in differences)} "
        f"in the catalog {catalog}{name}. Both are kept, each with its picks. Withdraw the catalog that is out of date, if one is."
    )
    return Problem("event_conflict", message, new.source_ref, severity="warning")
