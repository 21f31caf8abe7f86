"""What an analyst has before them when they decide on one flag: rows, fetched with a fixed number of queries.

Its event's other stations come apart, after the waveform: `labeling.services.event_view`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from labeling.models import Decision, Event, Flag, Pick, Trace
from labeling.services.event_view import back_azimuth_deg, epicentral_km, epochs_of
from labeling.services.instruments import Instrument, instrument_of
from labeling.services.veil import Veil, seen_of_few, told, veil_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_OTHER_PICKS = 200
MOST_OF_ONE_ARRIVAL = 6


@dataclass(frozen=True)
class ReviewItem:
    """last_decision: id of the newest decision on the pick, 0 where there is none. trace: None also where it was withdrawn.
    instrument: what inventories say of the trace.

    back_azimuth_deg: where the station sees the event, clockwise from north; None where unknown, as the distance is. veil: what is withheld
    of the flag until it is decided. others: the trace's other picks. of_same_arrival: picks that an import linked with this one,
    whatever trace they are on.
    """

    flag: Flag
    veil: Veil
    pick: Pick
    trace: Trace | None
    instrument: Instrument | None
    event: Event | None
    others: list[Pick]
    of_same_arrival: list[Pick]
    distance_km: float | None
    back_azimuth_deg: float | None
    decisions: list[Decision]
    last_decision: int


def review_item(*, flag: Flag, viewer: User) -> ReviewItem:
    """Everything around one flag, as far as it is to be told to this person. flag: with its pick, trace, event, catalog and flag set."""
    pick, event = flag.pick, flag.pick.event
    trace = None if pick.trace is None or pick.trace.is_withdrawn else pick.trace
    epochs = epochs_of(event)
    said = pick.decisions.all()
    has_any = said.exists()  # most picks have none, and what may be told takes longer to ask
    decisions = list(told(said, viewer).select_related("analyst", "undoes", "event").order_by("id")) if has_any else []
    return ReviewItem(
        flag=flag,
        veil=veil_of(flag),
        pick=pick,
        trace=trace,
        instrument=None if trace is None else instrument_of(trace),
        event=event,
        others=[] if trace is None else _others(pick, trace, viewer),
        of_same_arrival=_of_same_arrival(pick),
        distance_km=None if event is None else epicentral_km(event, pick, epochs),
        back_azimuth_deg=None if event is None else back_azimuth_deg(event, pick, epochs),
        decisions=decisions,
        last_decision=decisions[-1].pk if decisions else 0,
    )


def _others(pick: Pick, trace: Trace, viewer: User) -> list[Pick]:
    on_trace = Q(trace=trace)
    if not trace.time_is_relative:  # such times all begin in one placeholder hour, and say nothing across traces
        on_trace |= Q(trace__station_code=trace.station_code, trace__network_code=trace.network_code)
    within = pick.workspace.picks.active().filter(on_trace, time__gte=trace.start_time, time__lte=trace.end_time).exclude(pk=pick.pk)
    return list(seen_of_few(within, pick.workspace, viewer).order_by("time")[:MOST_OTHER_PICKS])


def _of_same_arrival(pick: Pick) -> list[Pick]:
    if pick.arrival_group is None:
        return []
    linked = pick.workspace.picks.standing().filter(arrival_group=pick.arrival_group)
    return list(linked.exclude(pk=pick.pk).order_by("time")[:MOST_OF_ONE_ARRIVAL])
