"""The event around one pick: its stations with their picks, and where the others expect this one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from labeling.models import Event, Pick, Station, Trace
from labeling.models.waveforms import StationEpochs
from labeling.seismo.event_fit import (
    EventArrivals,
    Expectation,
    Float64Array,
    Line,
    correction,
    expected_by_model,
    expected_by_wadati,
    model_times,
    wadati_line,
)
from labeling.seismo.timing import seconds_between
from labeling.seismo.traveltimes import Wave, azimuth_deg, distance_km
from labeling.services.veil import seen_of_few

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_PICKS = 2000
WAVES: tuple[Wave, ...] = ("P", "S")
CURVE_POINTS = 40


@dataclass(frozen=True)
class EventStation:
    """The standing picks of an event on one trace (or on none), in the order of time. distance_km: epicentral, None where unknown."""

    trace: Trace | None
    picks: list[Pick]
    distance_km: float | None

    @property
    def codes(self) -> tuple[str | None, str]:
        """The trace knows its station better than a pick whose form has no room for a network."""
        recorder = self.trace or self.picks[0]
        return recorder.network_code, recorder.station_code


@dataclass(frozen=True)
class Moveout:
    """The model's first arrivals over distance, as corrected by the event's picks, in seconds after the event's reference time."""

    distance_km: Float64Array
    time_s: dict[Wave, Float64Array]


@dataclass(frozen=True)
class Expected:
    """Where the other stations expect an arrival at a station; None where they don't say."""

    by_model: Expectation | None
    by_wadati: Expectation | None


@dataclass(frozen=True)
class EventView:
    """stations: the nearest first, all of them, the pick's own too. reference: the instant that all seconds count from, None where the
    catalog has no absolute times and stations can't be compared. arrivals: by codes, (p_s, s_s). expected: of the pick, as a P and as an S.
    left_out: picks beyond the limit."""

    event: Event
    stations: list[EventStation]
    reference: datetime | None
    has_origin: bool
    arrivals: dict[tuple[str | None, str], tuple[float, float]]
    wadati: Line | None
    moveout: Moveout | None
    expected: dict[Wave, Expected]
    left_out: int


class EventFit:
    """The standing arrivals of one event, as the fits take them."""

    def __init__(self, event: Event, stations: list[EventStation]) -> None:
        self.reference = _reference(event, stations)
        located = event.origin_time is not None and event.latitude is not None and event.longitude is not None
        self.depth_km = event.depth_km if located and self.reference is not None else None
        self.rows = {codes: row for row, codes in enumerate(dict.fromkeys(station.codes for station in stations))}
        self._stations = stations
        self.arrivals = self._arrivals(without=None)

    def _arrivals(self, without: Pick | None) -> EventArrivals:
        """The first P and the first S of each station."""
        p_s, s_s, distances_km = (np.full(len(self.rows), np.nan) for _ in range(3))
        for station in self._stations if self.reference is not None else ():
            row = self.rows[station.codes]
            if station.distance_km is not None:
                distances_km[row] = station.distance_km
            for pick in station.picks:
                if pick.phase and pick != without:
                    times = p_s if pick.phase == "P" else s_s
                    times[row] = np.fmin(times[row], self.seconds(pick.time))
        return EventArrivals(p_s, s_s, distances_km)

    def seconds(self, time: datetime) -> float:
        """After the event's reference time; NaN where there is none."""
        return math.nan if self.reference is None else seconds_between(self.reference, time)

    def expected(self, *, pick: Pick, wave: Wave) -> Expected:
        """Where the arrivals of all other stations (and the other phase of its own) expect this pick, were it a P or an S."""
        recorder = pick.trace or pick
        row = self.rows.get((recorder.network_code, recorder.station_code))
        if row is None:
            return Expected(None, None)
        others = self._arrivals(without=pick)
        by_model = None if self.depth_km is None else expected_by_model(others, row, wave, self.depth_km)
        return Expected(by_model, expected_by_wadati(others, row, wave))

    def moveout(self) -> Moveout | None:
        known = self.arrivals.distance_km[np.isfinite(self.arrivals.distance_km)]
        if self.depth_km is None or not known.size:
            return None
        distances_km = np.linspace(0.0, max(1.02 * float(known.max()), 1.0), CURVE_POINTS)
        times: dict[Wave, Float64Array] = {}
        for wave in WAVES:
            line = correction(self.arrivals.of(wave), model_times(self.arrivals.distance_km, self.depth_km, wave))
            model_s = model_times(distances_km, self.depth_km, wave)
            times[wave] = model_s if line is None else model_s + line.intercept + line.slope * model_s
        return Moveout(distances_km, times)


def event_view(*, event: Event, pick: Pick, viewer: User) -> EventView:
    """All of an event, and where it expects one of its picks, with a fixed number of queries."""
    stations, left_out = stations_of(event=event, viewer=viewer)
    fit = EventFit(event, stations)
    times = {codes: (float(fit.arrivals.p_s[row]), float(fit.arrivals.s_s[row])) for codes, row in fit.rows.items()}
    return EventView(
        event=event,
        stations=stations,
        reference=fit.reference,
        has_origin=event.origin_time is not None,
        arrivals=times,
        wadati=wadati_line(fit.arrivals),
        moveout=fit.moveout(),
        expected={wave: fit.expected(pick=pick, wave=wave) for wave in WAVES},
        left_out=left_out,
    )


def stations_of(*, event: Event, viewer: User) -> tuple[list[EventStation], int]:
    """The nearest first; where no distance is known, those that were reached first. Beside them, how many picks there was no room for."""
    known = seen_of_few(event.picks.standing(), event.workspace, viewer)
    standing = known.exclude(trace__is_withdrawn=True).select_related("trace").order_by("time", "id")
    picks = list(standing[: MOST_PICKS + 1])
    left_out = standing.count() - MOST_PICKS if len(picks) > MOST_PICKS else 0
    epochs = epochs_of(event)
    by_trace: dict[object, list[Pick]] = {}
    for pick in picks[:MOST_PICKS]:
        by_trace.setdefault(pick.trace_id or (pick.network_code, pick.station_code), []).append(pick)
    stations = [EventStation(of_one[0].trace, of_one, epicentral_km(event, of_one[0], epochs)) for of_one in by_trace.values()]
    far = float("inf")
    stations.sort(key=lambda one: (far if one.distance_km is None else one.distance_km, one.picks[0].time))
    return stations, left_out


def epochs_of(event: Event | None) -> StationEpochs:
    """The stations with known coordinates that the event was picked on."""
    if event is None:
        return Station.objects.none().epochs()
    codes = event.picks.order_by().values("station_code").distinct()
    stations = Station.objects.filter(workspace=event.workspace_id, station_code__in=codes)
    return stations.filter(latitude__isnull=False, longitude__isnull=False).epochs()


def epicentral_km(event: Event, pick: Pick, epochs: StationEpochs) -> float | None:
    """None where the event or the station is not placed."""
    places = _places(event, pick, epochs)
    return None if places is None else float(distance_km(*places))


def back_azimuth_deg(event: Event, pick: Pick, epochs: StationEpochs) -> float | None:
    """Where the station sees the event, clockwise from north. None where either is not placed."""
    places = _places(event, pick, epochs)
    return None if places is None else float(azimuth_deg(*places[2:], *places[:2]))


def _places(event: Event, pick: Pick, epochs: StationEpochs) -> tuple[float, float, float, float] | None:
    """Latitude and longitude of the event, then of the station. The trace knows its station better than a pick whose form has no room for a
    network."""
    recorder = pick.trace or pick
    station = epochs.at(recorder.network_code, recorder.station_code, None if pick.time_is_relative else pick.time)
    if station is None or station.latitude is None or station.longitude is None or event.latitude is None or event.longitude is None:
        return None
    return event.latitude, event.longitude, station.latitude, station.longitude


def _reference(event: Event, stations: list[EventStation]) -> datetime | None:
    """The origin time, else the first pick. None where a trace has a placeholder hour of its own, which says nothing across traces."""
    picks = [pick for station in stations for pick in station.picks]
    if not picks or any(pick.time_is_relative for pick in picks):
        return None
    return event.origin_time or min(pick.time for pick in picks)
