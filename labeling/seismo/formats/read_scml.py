"""SeisComP's own XML (SC3ML and SCML, all versions): stations, channels, events with preferred origin and magnitude, picks as in QuakeML.

Picks and origins stand beside the events, not in them: an event names its origins, an origin its picks. So the file is read twice, first
for events and origins, then for picks and stations. Names and numbers of what the first reading finds stay in memory, not elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from lxml import etree

from labeling.seismo.formats import cells
from labeling.seismo.formats.read_inventory import read_scml_channels
from labeling.seismo.formats.read_quakeml import PickElement, SeenIds, own_comments, read_pick, set_aside, told_apart
from labeling.seismo.formats.xml_stream import Element, EntitiesRefused, child, children, iterate, text
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records, StationRecord
from labeling.seismo.timing import parse_utc

_EVENTS = frozenset({"event", "origin"})
_PICKS_AND_STATIONS = frozenset({"pick", "station"})


@dataclass
class _Origin:
    """What an event takes over of an origin. magnitudes: value and type by publicID. problems: values that can't be read."""

    time: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    depth_km: float | None = None
    magnitudes: dict[str, tuple[float | None, str]] = field(default_factory=dict)
    arrivals: list[tuple[str, str]] = field(default_factory=list)  # pick, phase
    problems: list[str] = field(default_factory=list)


@dataclass
class _Event:
    """ref: its name in the report and for its picks; None for the holder, in our own export, of picks without event."""

    ref: str | None
    public_id: str
    where: str
    origin_ids: list[str]  # the preferred one first
    magnitude_id: str
    type: str


def read_scml(path: Path, *, place: str) -> Records:
    """The events, then the picks and stations; problems where they stand. place: what to call the file in the report.

    A pick that no origin of an event names belongs to none. A document that breaks off in the middle gives what was whole before.
    """
    seen = SeenIds()
    events: list[_Event] = []
    origins: dict[str, _Origin] = {}
    try:
        yield from _events_and_origins(path, place, seen, events, origins)
        for event in events:
            yield from _event_records(event, origins)
        event_of, hints = _ties(events, origins)
        refs = {event.public_id: event.ref for event in events}
        n_further = n_stations = 0
        for element in iterate(path, _PICKS_AND_STATIONS):
            n_further += 1
            where = f"{place}:{element.sourceline}"
            if element.tag.endswith("station"):
                n_stations += 1
                yield _station(element, where)
            else:
                public_id = (element.get("publicID") or "").strip()
                named = refs.get(own_comments(element).get("event", ""))  # in our own export, where there is no origin to name the pick
                yield from _pick_records(element, event_of.get(public_id, named), hints, seen, where)
        if n_stations:
            yield from read_scml_channels(path, place=place)
        if not events and not n_further:
            message = "There are no events, picks or stations in this file. If there should be, write it anew (scxmldump -fPAMF)."
            yield Problem("nothing_in_file", message, place, severity="warning")
    except EntitiesRefused as error:
        yield Problem("unsafe_xml", f"The file is not read: {error}.", place)
    except etree.XMLSyntaxError as error:
        message = f"The XML breaks off here ({error.msg}); what stands before is imported. Copy the file again from where it came."
        yield Problem("broken_xml", message, f"{place}:{error.lineno or 0}")


def _events_and_origins(path: Path, place: str, seen: SeenIds, events: list[_Event], origins: dict[str, _Origin]) -> Iterator[Problem]:
    """Fills the two. Where the document breaks off the second reading says so."""
    try:
        for element in iterate(path, _EVENTS):
            if element.tag.endswith("origin"):
                origins[(element.get("publicID") or "").strip()] = _origin(element)
                continue
            event = _event(element, f"{place}:{element.sourceline}")
            if event.ref is not None:
                count = seen.events[event.ref] = seen.events.get(event.ref, 0) + 1
                if count > 1:
                    message = f"The event id {event.ref} was used before; this event is imported as {event.ref}#{count}."
                    yield Problem("repeated_public_id", f"{message} Give each event its own publicID.", event.where, severity="warning")
                    event.ref = f"{event.ref}#{count}"
            events.append(event)
    except etree.XMLSyntaxError:
        return


def _event(element: Element, where: str) -> _Event:
    own = own_comments(element)
    preferred = text(element, "preferredOriginID")
    references = [(reference.text or "").strip() for reference in children(element, "originReference")]
    if not any(references):  # up to version 0.6 the id stands in an element or an attribute of its own
        references = [text(reference, "originID") or reference.get("originID", "") for reference in children(element, "originReference")]
    return _Event(
        ref=None if "without_event" in own else own.get("source_ref") or (element.get("publicID") or "").strip() or where,
        public_id=(element.get("publicID") or "").strip(),
        where=where,
        origin_ids=list(dict.fromkeys(name for name in (preferred, *references) if name)),
        magnitude_id=text(element, "preferredMagnitudeID"),
        type=text(element, "type"),
    )


def _origin(element: Element) -> _Origin:
    origin = _Origin()

    def number(parent: Element | None, *names: str) -> float | None:
        try:
            return cells.number_or_none(text(parent, *names))
        except ValueError as error:
            origin.problems.append(f"{names[0]}: {error}")
            return None

    try:
        time_text = text(element, "time", "value")
        origin.time = parse_utc(time_text) if time_text else None
    except ValueError as error:
        origin.problems.append(f"time: {error}")
    origin.latitude, origin.longitude = number(element, "latitude", "value"), number(element, "longitude", "value")
    origin.depth_km = number(element, "depth", "value")  # km here, m in QuakeML
    for magnitude in children(element, "magnitude"):
        value = number(magnitude, "magnitude" if child(magnitude, "magnitude") is not None else "mag", "value")
        origin.magnitudes[(magnitude.get("publicID") or "").strip()] = (value, text(magnitude, "type"))
    origin.arrivals = [(text(arrival, "pickID"), text(arrival, "phase")) for arrival in children(element, "arrival")]
    return origin


def _event_records(event: _Event, origins: dict[str, _Origin]) -> Iterator[Record]:
    if event.ref is None:
        return
    of_event = [(name, origins[name]) for name in event.origin_ids if name in origins]
    origin_id, origin = of_event[0] if of_event else ("", _Origin())
    # A magnitude may be preferred that belongs to another origin of the event.
    magnitudes = {name: value for _, candidate in reversed(of_event) for name, value in candidate.magnitudes.items()}
    first = next(iter(origin.magnitudes.values()), (None, ""))
    magnitude, magnitude_type = magnitudes.get(event.magnitude_id, first)
    yield EventRecord(
        source_ref=event.ref,
        origin_time=origin.time,
        latitude=origin.latitude,
        longitude=origin.longitude,
        depth_km=origin.depth_km,
        magnitude=magnitude,
        magnitude_type=magnitude_type,
        extra={name: value for name, value in (("event_type", event.type), ("origin_id", origin_id)) if value},
    )
    if origin.problems:
        message = f"The event {event.ref} is imported in part: {'; '.join(origin.problems)}. Mend the values of its origin {origin_id}."
        yield Problem("unreadable_event", message, event.where, severity="warning")


def _ties(events: list[_Event], origins: dict[str, _Origin]) -> tuple[dict[str, str], dict[str, str]]:
    """The event of each pick, and the phase that an origin gives it. The first event counts, and in it the preferred origin."""
    event_of: dict[str, str] = {}
    hints: dict[str, str] = {}
    for event in events:
        for name in event.origin_ids:
            for pick_id, phase in origins[name].arrivals if name in origins else ():
                hints.setdefault(pick_id, phase)
                if event.ref is not None:
                    event_of.setdefault(pick_id, event.ref)
    for origin in origins.values():  # of no event
        for pick_id, phase in origin.arrivals:
            hints.setdefault(pick_id, phase)
    return event_of, hints


def _station(element: Element, where: str) -> Record:
    """One epoch of a station of an inventory."""
    network = element.getparent()
    code = (element.get("code") or "").strip()
    try:
        if not code:
            raise ValueError("it has no code")
        start, end = (parse_utc(written) if (written := text(element, name)) else None for name in ("start", "end"))
        latitude, longitude, elevation_m = (cells.number_or_none(text(element, name)) for name in ("latitude", "longitude", "elevation"))
    except ValueError as error:
        return Problem("unreadable_row", f"The station {code} is not read: {error}. Mend it and import the file again.", where)
    return StationRecord(
        source_ref=where,
        network_code=network.get("code") if network is not None else None,
        station_code=code,
        latitude=latitude,
        longitude=longitude,
        elevation_m=elevation_m,
        start=start,
        end=end,
        site_name=text(element, "description"),
    )


def _pick_records(element: Element, event_ref: str | None, hints: dict[str, str], seen: SeenIds, where: str) -> Iterator[Record]:
    pick = PickElement(element)
    superseded = set_aside(pick, where)
    if superseded is not None:
        yield superseded
        return
    try:
        record = read_pick(pick, event_ref, hints, where)
    except ValueError as error:
        yield Problem("unreadable_row", f"The pick {pick.public_id} is not read: {error}. Mend it and import the file again.", where)
        return
    yield from told_apart(_with_further_status(record, pick.values.get("evaluationStatus", "")), seen, where)


def _with_further_status(record: PickRecord, status: str) -> PickRecord:
    """SeisComP has a status more than QuakeML, `reported`."""
    return record if not status or record.evaluation_status else replace(record, extra={**record.extra, "evaluation_status": status})
