"""QuakeML 1.2 (BED, and 1.1): events with their preferred origin and magnitude, and picks with all that a PickRecord holds.

One event is in memory at a time. Source: Euchner & Schorlemmer (2013), QuakeML-BED 1.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from labeling.seismo.formats import cells
from labeling.seismo.formats.xml_stream import Element, EntitiesRefused, child, children, iterate, text
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, Records
from labeling.seismo.timing import parse_utc

_OWN = "repick: "  # how the comments begin that write_quakeml leaves for this reader


@dataclass
class _Seen:
    """Content of each publicID so far: some writers use one id for several picks, or write one pick twice."""

    picks: dict[str, tuple[int, int]] = field(default_factory=dict)  # id: hash of the content, how many times with another content
    events: dict[str, int] = field(default_factory=dict)


def read_quakeml(path: Path, *, place: str) -> Records:
    """Each event, then its picks; problems where they stand. place: what to call the file in the report.

    A document that breaks off in the middle gives what was whole before.
    """
    seen = _Seen()
    try:
        for element in iterate(path, frozenset({"event"})):
            yield from _event(element, seen, place)
    except EntitiesRefused as error:
        yield Problem("unsafe_xml", f"The file is not read: {error}.", place)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        message = f"The XML breaks off here ({error.msg}); what stands before is imported. Copy the file again from where it came."
        yield Problem("broken_xml", message, f"{place}:{line}")


def _event(element: Element, seen: _Seen, place: str) -> Iterator[Record]:
    where = f"{place}:{element.sourceline}"
    own = _own_comments(element)
    event_ref = own.get("source_ref") or (element.get("publicID") or "").strip() or where
    seen.events[event_ref] = seen.events.get(event_ref, 0) + 1
    if seen.events[event_ref] > 1:
        first_ref, event_ref = event_ref, f"{event_ref}#{seen.events[event_ref]}"
        message = f"The event id {first_ref} was used before; this event is imported as {event_ref}. Give each event its own publicID."
        yield Problem("repeated_public_id", message, where, severity="warning")
    without_event = "without_event" in own
    if not without_event:
        yield from _event_record(element, event_ref, where)
    hints = {
        text(arrival, "pickID"): text(arrival, "phase") for origin in children(element, "origin") for arrival in children(origin, "arrival")
    }
    for pick in children(element, "pick"):
        pick_place = f"{place}:{pick.sourceline}"
        superseded = _set_aside(pick, pick_place)
        if superseded is not None:
            yield superseded
            continue
        try:
            record = _pick(pick, None if without_event else event_ref, hints, pick_place)
        except ValueError as error:
            public_id = (pick.get("publicID") or "").strip()
            yield Problem("unreadable_row", f"The pick {public_id} is not read: {error}. Mend it and import the file again.", pick_place)
            continue
        yield from _told_apart(record, seen, pick_place)


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


def _pick(pick: Element, event_ref: str | None, hints: dict[str, str], where: str) -> PickRecord:
    public_id = (pick.get("publicID") or "").strip()
    waveform = child(pick, "waveformID")
    station = (waveform.get("stationCode") or "").strip() if waveform is not None else ""
    if not station:
        raise ValueError("its waveformID names no station")
    time_text = text(pick, "time", "value")
    if not time_text:
        raise ValueError("it has no time")
    creation_text = text(pick, "creationInfo", "creationTime")
    extra = {name: text(pick, name) for name in ("filterID", "slownessMethodID") if text(pick, name)}
    own = _own_comments(pick)
    comments = [written for comment in children(pick, "comment") if not (written := text(comment, "text")).startswith(_OWN)]
    if "source_ref" in own:
        extra["public_id"] = public_id
    return PickRecord(
        source_ref=own.get("source_ref") or public_id or where,
        time=parse_utc(time_text),
        phase_hint=text(pick, "phaseHint") or hints.get(public_id, ""),
        station_code=station,
        network_code=None if own.get("network_code") == "missing" else _code(waveform, "networkCode"),
        location_code=_code(waveform, "locationCode"),
        channel_code=_code(waveform, "channelCode"),
        event_ref=event_ref,
        trace_ref=own.get("time_is_relative") or None,
        time_is_relative="time_is_relative" in own,
        uncertainty_s=_seconds(pick, "uncertainty"),
        lower_uncertainty_s=_seconds(pick, "lowerUncertainty"),
        upper_uncertainty_s=_seconds(pick, "upperUncertainty"),
        weight=cells.weight_or_none(own.get("weight")),
        onset=cells.onset(text(pick, "onset")),
        polarity=cells.polarity(text(pick, "polarity")),
        evaluation_mode=cells.evaluation_mode(text(pick, "evaluationMode")),
        evaluation_status=cells.evaluation_status(text(pick, "evaluationStatus")),
        agency_id=text(pick, "creationInfo", "agencyID"),
        author=text(pick, "creationInfo", "author"),
        method_id=text(pick, "methodID") or own.get("method_id", ""),
        creation_time=parse_utc(creation_text) if creation_text else None,
        extra={**extra, **({"comments": [comment for comment in comments if comment]} if any(comments) else {})},
    )


def _own_comments(element: Element) -> dict[str, str]:
    """What our own export says in comments `repick: word value` (see write_quakeml). Of a word written twice the first counts."""
    own: dict[str, str] = {}
    for comment in children(element, "comment"):
        written = text(comment, "text")
        if written.startswith(_OWN):
            word, _, value = written.removeprefix(_OWN).partition(" ")
            own.setdefault(word, value)
    return own


def _set_aside(pick: Element, where: str) -> Problem | None:
    """A note for a pick that our own export kept beside its correction, or that an analyst removed; None for every other pick."""
    if text(pick, "evaluationStatus") != "rejected":
        return None
    own = _own_comments(pick)
    public_id = (pick.get("publicID") or "").strip()
    if "superseded" in own:
        message = f"The pick {public_id} was corrected before this file was written; the correction is imported in its place."
        return Problem("superseded_pick", message, where, severity="info")
    if "removed" in own:
        message = f"The pick {public_id} was removed by an analyst before this file was written; it is not imported."
        return Problem("removed_pick", message, where, severity="info")
    return None


def _seconds(pick: Element, name: str) -> float | None:
    return cells.number_or_none(text(pick, "time", name))


def _code(waveform: Element, attribute: str) -> str | None:
    """An absent attribute is a missing code (None), an empty one an empty code; `--` is empty too."""
    value = waveform.get(attribute)
    if value is None:
        return None
    return "" if value.strip() == cells.EMPTY_CODE else str(value).strip()


def _told_apart(record: PickRecord, seen: _Seen, where: str) -> Iterator[Record]:
    content = hash((record.time, record.station_code, record.channel_code, record.phase_hint))
    if record.source_ref not in seen.picks:
        seen.picks[record.source_ref] = (content, 1)
        yield record
        return
    first_content, count = seen.picks[record.source_ref]
    if content == first_content:
        message = f"The pick {record.source_ref} stands here a second time, with the same content; it is imported once."
        yield Problem("repeated_public_id", message, where, severity="info")
        return
    seen.picks[record.source_ref] = (first_content, count + 1)
    yield replace(record, source_ref=f"{record.source_ref}#{count + 1}")
    message = f"The pick id {record.source_ref} was used before for another pick; this one is imported as {record.source_ref}#{count + 1}."
    yield Problem("repeated_public_id", message, where, severity="warning")
