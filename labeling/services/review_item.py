"""What an analyst has before them when they decide on one flag: rows, fetched with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Q

from labeling.models import Decision, Event, Flag, Pick, Station, Trace, Workspace
from labeling.seismo.traveltimes import distance_km

MOST_NEIGHBOURS = 12
MOST_OTHER_PICKS = 200


@dataclass(frozen=True)
class Neighbour:
    """Another trace of the same event with its standing picks, in the order of time. distance_km: epicentral, None where unknown."""

    trace: Trace
    picks: list[Pick]
    distance_km: float | None


@dataclass(frozen=True)
class ReviewItem:
    """last_decision: id of the newest decision on the pick, 0 where there is none. others: the trace's other picks."""

    flag: Flag
    pick: Pick
    trace: Trace | None
    event: Event | None
    others: list[Pick]
    neighbours: list[Neighbour]
    distance_km: float | None
    decisions: list[Decision]
    last_decision: int


def review_item(*, flag: Flag) -> ReviewItem:
    """Everything around one flag. flag: with its pick, trace, event, catalog and flag set."""
    pick, trace, event = flag.pick, flag.pick.trace, flag.pick.event
    others: list[Pick] = []
    if trace is not None:
        on_trace = Q(trace=trace) | Q(trace__station_code=trace.station_code, trace__network_code=trace.network_code)
        within = pick.workspace.picks.active().filter(on_trace, time__gte=trace.start_time, time__lte=trace.end_time)
        others = list(within.exclude(pk=pick.pk).order_by("time")[:MOST_OTHER_PICKS])
    decisions = list(pick.decisions.select_related("analyst", "undoes").order_by("id"))
    places = _places(pick.workspace, event)
    return ReviewItem(
        flag=flag,
        pick=pick,
        trace=trace,
        event=event,
        others=others,
        neighbours=[] if event is None else _neighbours(event, trace, places),
        distance_km=None if event is None else _distance_km(event, places.get((pick.network_code, pick.station_code))),
        decisions=decisions,
        last_decision=pick.decisions.aggregate(id=Max("id"))["id"] or 0,
    )


Places = dict[tuple[str | None, str], tuple[float, float]]


def _places(workspace: Workspace, event: Event | None) -> Places:
    """(latitude, longitude) of the stations that the event was picked on."""
    if event is None or event.latitude is None or event.longitude is None:
        return {}
    codes = event.picks.order_by().values("station_code").distinct()
    stations = Station.objects.filter(workspace=workspace, station_code__in=codes, latitude__isnull=False, longitude__isnull=False)
    return {
        (station.network_code, station.station_code): (station.latitude, station.longitude)
        for station in stations
        if station.latitude is not None and station.longitude is not None
    }


def _distance_km(event: Event, place: tuple[float, float] | None) -> float | None:
    if place is None or event.latitude is None or event.longitude is None:
        return None
    return float(distance_km(event.latitude, event.longitude, *place))


def _neighbours(event: Event, trace: Trace | None, places: Places) -> list[Neighbour]:
    """The nearest other traces of the event; where no distance is known, those that were reached first."""
    here = () if trace is None else (trace.network_code, trace.station_code)
    by_trace: dict[int, list[Pick]] = {}
    for pick in event.picks.standing().filter(trace__isnull=False).select_related("trace").order_by("time")[:500]:
        if (pick.network_code, pick.station_code) != here and pick.trace_id is not None:
            by_trace.setdefault(pick.trace_id, []).append(pick)
    neighbours = [
        Neighbour(picks[0].trace, picks, _distance_km(event, places.get((picks[0].network_code, picks[0].station_code))))
        for picks in by_trace.values()
        if picks[0].trace is not None
    ]
    far = float("inf")
    return sorted(neighbours, key=lambda one: (far if one.distance_km is None else one.distance_km, one.picks[0].time))[:MOST_NEIGHBOURS]
