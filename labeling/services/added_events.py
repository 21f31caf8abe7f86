"""Which event an arrival that is added in review belongs to, and events that exist only for such arrivals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from labeling.models import Decision, Event, Flag, Pick
from labeling.services.label_change import LabelChange
from labeling.services.refusals import Refused
from labeling.services.veil import unseen_picks

if TYPE_CHECKING:
    from django.contrib.auth.models import User

THIS, SECOND, NEW = "this", "second", "new"
SAME_SHOCK = timedelta(seconds=60)  # on one trace; P and S of local and regional earthquakes
LONGEST_TRAVEL = timedelta(seconds=300)
MOST_NEARBY = 20


def event_of_added(*, pick: Pick, flag: Flag | None, kind: str, change: LabelChange, choice: str, analyst: User) -> Event | str | None:
    """The event of the arrival that a decision adds beside a pick; NEW where one is to be made, None where the pick has none.

    choice: THIS, the pick's own; SECOND, one that was added on this trace within a minute, or else a new one; NEW; or the id of an event of
    the workspace. Blank: SECOND where a missed arrival is accepted, which no label of its phase explains, else THIS. analyst: takes
    none that others added beside what is still to be read by two.
    """
    if change.added is None:
        if choice:
            raise Refused(
                "event_not_taken", f"{kind} adds no arrival, so it takes no event.", fields={"event": ["Only with an added arrival."]}
            )
        return None
    choice = choice or (SECOND if kind == Decision.Kind.ACCEPT and flag is not None else THIS)
    if choice == THIS:
        return pick.event
    if choice == SECOND:
        return _second_event(pick, change.added.time, analyst) or NEW
    if choice == NEW:
        return NEW
    event = None
    if choice.isascii() and choice.isdigit() and len(choice) < 19:
        event = pick.workspace.events.filter(pk=int(choice), is_withdrawn=False).first()
    if event is None:
        wanted = f"{THIS}, {SECOND}, {NEW} or the id of an event of this workspace"
        raise Refused("event_unknown", f"{choice!r} is no event here. Give {wanted}.", fields={"event": [f"Give {wanted}."]})
    return event


def make_event(decision: Decision) -> Event:
    """An event without origin, for the arrival that the decision adds."""
    name = f"added:{decision.client_id}"
    home = {"workspace": decision.workspace, "catalog": decision.pick.catalog}
    return Event.objects.create(**home, source_ref=name, identity=name, is_added=True)


def keep_added_events(pick_ids: list[int]) -> None:
    """An added event is there as long as one of its arrivals stands: undo takes it back, and a second thought brings it back."""
    events = Event.objects.filter(pk__in=Event.objects.filter(is_added=True, picks__in=pick_ids).values("pk"))
    standing = Exists(Pick.objects.standing().filter(event=OuterRef("pk")))
    events.filter(standing, is_withdrawn=True).update(is_withdrawn=False)
    events.filter(~standing, is_withdrawn=False).update(is_withdrawn=True)


def nearby_events(*, pick: Pick, viewer: User) -> list[Event]:
    """Other events of which an arrival may be on the pick's trace, nearest in time first. None where times are relative."""
    if pick.time_is_relative:
        return []
    by_origin = Q(origin_time__gte=pick.time - LONGEST_TRAVEL, origin_time__lte=pick.time + SAME_SHOCK)
    around = Pick.objects.filter(time__gte=pick.time - LONGEST_TRAVEL, time__lte=pick.time + LONGEST_TRAVEL, is_removed=False)
    seen = around.exclude(pk__in=unseen_picks(pick.workspace, viewer))
    by_picks = Q(is_added=True) & Exists(seen.filter(event=OuterRef("pk")))
    found = pick.workspace.events.filter(by_origin | by_picks, is_withdrawn=False).exclude(pk=pick.event_id or 0)
    return list(found.order_by("-origin_time", "pk")[:MOST_NEARBY])


def _second_event(pick: Pick, time: datetime, analyst: User) -> Event | None:
    """An event that was added for an arrival on this trace at about that time."""
    if pick.trace_id is None:
        return None
    seen = Pick.objects.standing().exclude(pk__in=unseen_picks(pick.workspace, analyst))
    near = seen.filter(trace=pick.trace_id, event__is_added=True, time__gte=time - SAME_SHOCK, time__lte=time + SAME_SHOCK)
    beside = near.exclude(event=pick.event_id).select_related("event").first()
    return None if beside is None else beside.event
