"""QuakeML 1.2 (BED, and 1.1): events with their preferred origin and magnitude, and picks with all that a PickRecord holds.

One event is in memory at a time. Source: Euchner & Schorlemmer (2013), QuakeML-BED 1.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from labeling.seismo.formats import cells
from labeling.seismo.formats.ids_on_disk import IdsOnDisk
from labeling.seismo.formats.xml_stream import Element, EntitiesRefused, children, fields, iterate, text
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records
from labeling.seismo.timing import parse_utc

_OWN = "repick: "  # how the comments begin that write_quakeml leaves for this reader


@dataclass
class SeenIds:
    """Content of each publicID so far: some writers use one id for several picks, or write one pick twice."""

    picks: IdsOnDisk = field(default_factory=IdsOnDisk)
    events: dict[str, int] = field(default_factory=dict)


class PickElement:
    """One `pick` element, of SeisComP's XML too, walked through once. values: its texts by name, see `fields`."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.public_id: str = (element.get("publicID") or "").strip()
        self.values, self.waveform_id = fields(element, "waveformID")


def read_quakeml(path: Path, *, place: str) -> Records:
    """Each event, then its picks; problems where they stand. place: what to call the file in the report.

    A document that breaks off in the middle gives what was whole before.
    """
    seen = SeenIds()
    try:
        for element in iterate(path, frozenset({"event"})):
            yield from _event(element, seen, place)
    except EntitiesRefused as error:
        yield Problem("unsafe_xml", f"The file is not read: {error}.", place)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        message = f"The XML breaks off here ({error.msg}); what stands before is imported. Copy the file again from where it came."
        yield Problem("broken_xml", message, f"{place}:{line}")


def _event(element: Element, seen: SeenIds, place: str) -> Iterator[Record]:
    where = f"{place}:{element.sourceline}"
    own = own_comments(element)
    event_ref = own.get("source_ref") or (element.get("publicID") or "").strip() or where
    seen.events[event_ref] = seen.events.get(event_ref, 0) + 1
    if seen.events[event_ref] > 1:
        first_ref, event_ref = event_ref, f"{event_ref}#{seen.events[event_ref]}"
        message = f"The event id {first_ref} was used before; this event is imported as {event_ref}. Give each event its own publicID."
        yield Problem("repeated_public_id", message, where, severity="warning")
    without_event = "without_event" in own
    if not without_event:
        yield from _event_record(element, event_ref, where)
    picks = [PickElement(pick) for pick in children(element, "pick")]
    hints = {} if all(pick.values.get("phaseHint") for pick in picks) else _phases_of_arrivals(element)
    for pick in picks:
        pick_place = f"{place}:{pick.element.sourceline}"
        superseded = set_aside(pick, pick_place)
        if superseded is not None:
            yield superseded
            continue
        try:
            record = read_pick(pick, None if without_event else event_ref, hints, pick_place)
        except ValueError as error:
            yield Problem(
                "unreadable_row", f"The pick {pick.public_id} is not read: {error}. Mend it and import the file again.", pick_place
            )
            continue
        yield from told_apart(record, seen, pick_place)


def _phases_of_arrivals(event: Element) -> dict[str, str]:
    """By pick id."""
    arrivals = (arrival for origin in children(event, "origin") for arrival in children(origin, "arrival"))
    return {text(arrival, "pickID"): text(arrival, "phase") for arrival in arrivals}


def _event_record(element: Element, event_ref: str, where: str) -> Iterator[Record]:
    origin = _preferred(element, "origin", "preferredOriginID")
    magnitude = _preferred(element, "magnitude", "preferredMagnitudeID")
    problems: list[str] = []

    def number(parent: Element | None, name: str) -> float | None:
        try:
            return cells.number_or_none(text(parent, name, "value"))
        except ValueError as error:
            problems.append(f"{name}: {error}")
            return None

    origin_time = None
    time_text = text(origin, "time", "value")
    if time_text:
        try:
            origin_time = parse_utc(time_text)
        except ValueError as error:
            problems.append(f"time: {error}")
    depth_m = number(origin, "depth")
    extra = {"event_type": text(element, "type"), "origin_id": origin.get("publicID") if origin is not None else None}
    yield EventRecord(
        source_ref=event_ref,
        origin_time=origin_time,
        latitude=number(origin, "latitude"),
        longitude=number(origin, "longitude"),
        depth_km=None if depth_m is None else depth_m / 1000.0,
        magnitude=number(magnitude, "mag"),
        magnitude_type=text(magnitude, "type"),
        extra={key: value for key, value in extra.items() if value},
    )
    if problems:
        message = f"The event {event_ref} is imported in part: {'; '.join(problems)}."
        yield Problem("unreadable_event", message, where, severity="warning")


def _preferred(event: Element, name: str, reference: str) -> Element | None:
    """The element that the event prefers, else the first."""
    candidates = list(children(event, name))
    wanted = text(event, reference)
    return next((candidate for candidate in candidates if candidate.get("publicID") == wanted), candidates[0] if candidates else None)


def read_pick(pick: PickElement, event_ref: str | None, hints: Mapping[str, str], where: str) -> PickRecord:
    """hints: phases of arrivals by pick id, for picks that have none. Raises ValueError."""
    values, waveform = pick.values, pick.waveform_id
    station = (waveform.get("stationCode") or "").strip() if waveform is not None else ""
    if not station:
        raise ValueError("its waveformID names no station")
    time_text = values.get("time/value")
    if not time_text:
        raise ValueError("it has no time")
    creation_text = values.get("creationInfo/creationTime")
    extra: dict[str, object] = {name: value for name in ("filterID", "slownessMethodID") if (value := values.get(name))}
    own: dict[str, str] = {}
    if "comment" in values:
        own = own_comments(pick.element)
        comments = [text(comment, "text") for comment in children(pick.element, "comment")]
        further = [comment for comment in comments if comment and not comment.startswith(_OWN)]
        if further:
            extra["comments"] = further
    if "source_ref" in own:
        extra["public_id"] = pick.public_id
    return PickRecord(
        source_ref=own.get("source_ref") or pick.public_id or where,
        time=parse_utc(time_text),
        phase_hint=values.get("phaseHint") or hints.get(pick.public_id, ""),
        station_code=station,
        network_code=None if own.get("network_code") == "missing" else _code(waveform, "networkCode"),
        location_code=_code(waveform, "locationCode"),
        channel_code=_code(waveform, "channelCode"),
        event_ref=event_ref,
        trace_ref=own.get("time_is_relative") or None,
        time_is_relative="time_is_relative" in own,
        uncertainty_s=cells.number_or_none(values.get("time/uncertainty")),
        lower_uncertainty_s=cells.number_or_none(values.get("time/lowerUncertainty")),
        upper_uncertainty_s=cells.number_or_none(values.get("time/upperUncertainty")),
        weight=cells.weight_or_none(own.get("weight")),
        onset=cells.onset(values.get("onset")),
        polarity=cells.polarity(values.get("polarity")),
        evaluation_mode=cells.evaluation_mode(values.get("evaluationMode")),
        evaluation_status=cells.evaluation_status(values.get("evaluationStatus")),
        agency_id=values.get("creationInfo/agencyID", ""),
        author=values.get("creationInfo/author", ""),
        method_id=values.get("methodID") or own.get("method_id", ""),
        creation_time=parse_utc(creation_text) if creation_text else None,
        extra=extra,
    )


def own_comments(element: Element) -> dict[str, str]:
    """What our own export says in comments `repick: word value` (see write_quakeml). Of a word written twice the first counts."""
    own: dict[str, str] = {}
    for comment in children(element, "comment"):
        written = text(comment, "text")
        if written.startswith(_OWN):
            word, _, value = written.removeprefix(_OWN).partition(" ")
            own.setdefault(word, value)
    return own


def set_aside(pick: PickElement, where: str) -> Problem | None:
    """A note for a pick that our own export kept beside its correction, or that an analyst removed; None for every other pick."""
    if pick.values.get("evaluationStatus") != "rejected":
        return None
    own = own_comments(pick.element)
    if "superseded" in own:
        message = f"The pick {pick.public_id} was corrected before this file was written; the correction is imported in its place."
        return Problem("superseded_pick", message, where, severity="info")
    if "removed" in own:
        message = f"The pick {pick.public_id} was removed by an analyst before this file was written; it is not imported."
        return Problem("removed_pick", message, where, severity="info")
    return None


def _code(waveform: Element, attribute: str) -> str | None:
    """An absent attribute is a missing code (None), an empty one an empty code; `--` is empty too."""
    value = waveform.get(attribute)
    if value is None:
        return None
    return "" if value.strip() == cells.EMPTY_CODE else str(value).strip()


def told_apart(record: PickRecord, seen: SeenIds, where: str) -> Iterator[Record]:
    """The pick, under another name where its own was used before for another pick."""
    content = hash((record.time, record.station_code, record.channel_code, record.phase_hint))
    first_content = seen.picks.add(record.source_ref, content)
    if first_content is None:
        yield record
        return
    if content == first_content:
        message = f"The pick {record.source_ref} stands here a second time, with the same content; it is imported once."
        yield Problem("repeated_public_id", message, where, severity="info")
        return
    new_ref = f"{record.source_ref}#{seen.picks.count_other(record.source_ref) + 1}"
    yield replace(record, source_ref=new_ref)
    message = f"The pick id {record.source_ref} was used before for another pick; this one is imported as {new_ref}."
    yield Problem("repeated_public_id", message, where, severity="warning")
