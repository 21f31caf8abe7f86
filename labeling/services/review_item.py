"""What an analyst has before them when they decide on one flag: rows, fetched with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Q

from labeling.models import Decision, Event, Flag, Pick, Station, Trace
from labeling.models.waveforms import StationEpochs
from labeling.seismo.traveltimes import distance_km

MOST_NEIGHBOURS = 12
MOST_OTHER_PICKS = 200
MOST_OF_ONE_ARRIVAL = 6


@dataclass(frozen=True)
class Neighbour:
    """Another trace of the same event with its standing picks, in the order of time. distance_km: epicentral, None where unknown."""

    trace: Trace
    picks: list[Pick]
    distance_km: float | None


@dataclass(frozen=True)
class ReviewItem:
    """last_decision: id of the newest decision on the pick, 0 where there is none. trace: None also where it was withdrawn.

    others: the trace's other picks. of_same_arrival: picks that an import linked with this one, whatever trace they are on.
    """

    flag: Flag
    pick: Pick
    trace: Trace | None
    event: Event | None
    others: list[Pick]
    of_same_arrival: list[Pick]
    neighbours: list[Neighbour]
    distance_km: float | None
    decisions: list[Decision]
    last_decision: int


def review_item(*, flag: Flag) -> ReviewItem:
    """Everything around one flag. flag: with its pick, trace, event, catalog and flag set."""
    pick, event = flag.pick, flag.pick.event
    trace = None if pick.trace is None or pick.trace.is_withdrawn else pick.trace
    decisions = list(pick.decisions.select_related("analyst", "undoes").order_by("id"))
    epochs = _epochs(event)
    return ReviewItem(
        flag=flag,
        pick=pick,
        trace=trace,
        event=event,
        others=[] if trace is None else _others(pick, trace),
        of_same_arrival=_of_same_arrival(pick),
        neighbours=[] if event is None else _neighbours(event, trace, epochs),
        distance_km=None if event is None else _distance_km(event, pick, epochs),
        decisions=decisions,
        last_decision=pick.decisions.aggregate(id=Max("id"))["id"] or 0,
    )


def _others(pick: Pick, trace: Trace) -> list[Pick]:
    on_trace = Q(trace=trace)
    if not trace.time_is_relative:  # such times all begin in one placeholder hour, and say nothing across traces
        on_trace |= Q(trace__station_code=trace.station_code, trace__network_code=trace.network_code)
    within = pick.workspace.picks.active().filter(on_trace, time__gte=trace.start_time, time__lte=trace.end_time)
    return list(within.exclude(pk=pick.pk).order_by("time")[:MOST_OTHER_PICKS])


def _of_same_arrival(pick: Pick) -> list[Pick]:
    if pick.arrival_group is None:
        return []
    linked = pick.workspace.picks.standing().filter(arrival_group=pick.arrival_group)
    return list(linked.exclude(pk=pick.pk).order_by("time")[:MOST_OF_ONE_ARRIVAL])


def _epochs(event: Event | None) -> StationEpochs:
    """The stations with known coordinates that the event was picked on."""
    if event is None:
        return Station.objects.none().epochs()
    codes = event.picks.order_by().values("station_code").distinct()
    stations = Station.objects.filter(workspace=event.workspace_id, station_code__in=codes)
    return stations.filter(latitude__isnull=False, longitude__isnull=False).epochs()


def _distance_km(event: Event, pick: Pick, epochs: StationEpochs) -> float | None:
    """Epicentral. The trace knows its station better than a pick whose form has no room for a network."""
    recorder = pick.trace or pick
    station = epochs.at(recorder.network_code, recorder.station_code, None if pick.time_is_relative else pick.time)
    if station is None or station.latitude is None or station.longitude is None or event.latitude is None or event.longitude is None:
        return None
    return float(distance_km(event.latitude, event.longitude, station.latitude, station.longitude))


def _neighbours(event: Event, trace: Trace | None, epochs: StationEpochs) -> list[Neighbour]:
    """The nearest other traces of the event; where no distance is known, those that were reached first."""
    here = () if trace is None else (trace.network_code, trace.station_code)
    by_trace: dict[Trace, list[Pick]] = {}
    for pick in event.picks.standing().filter(trace__is_withdrawn=False).select_related("trace").order_by("time")[:500]:
        if pick.trace is not None and (pick.trace.network_code, pick.trace.station_code) != here:
            by_trace.setdefault(pick.trace, []).append(pick)
    neighbours = [Neighbour(other, picks, _distance_km(event, picks[0], epochs)) for other, picks in by_trace.items()]
    far = float("inf")
    return sorted(neighbours, key=lambda one: (far if one.distance_km is None else one.distance_km, one.picks[0].time))[:MOST_NEIGHBOURS]
