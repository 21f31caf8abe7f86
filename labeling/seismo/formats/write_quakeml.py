"""QuakeML 1.2, written event by event, valid against its schema.

A corrected pick is a new resource: manual, reviewed, with the analyst and the time of the decision. The one it takes the place of stays,
rejected. A removed pick stays, rejected. Comments tie them together, and are what our reader goes by:

    repick: superseded by <publicID>    on the old pick; with evaluationStatus rejected the reader leaves it out
    repick: supersedes <publicID>       on the new one
    repick: removed                     on a removed one; with evaluationStatus rejected the reader leaves it out
    repick: source_ref <ref>            the pick's (or event's) own name in what was uploaded, where the publicID is another
    repick: weight <0–4 or 9>           QuakeML has no such field
    repick: network_code missing        the schema requires the attribute, so it is there, and empty
    repick: time_is_relative <trace>    the time counts from a placeholder hour of that trace
    repick: without_event               on an event that holds picks of no event; the reader makes no event of it
    repick: status …, repick: decision …, repick: p_mislabelled …     for people

The uncertainty, onset and polarity of a superseded pick are written on the new one only. An absent locationCode is a missing one, `""` an
empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from lxml import etree
from obspy.core.event.header import EventType

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick, names_left_out
from labeling.seismo.records import PickRecord
from labeling.seismo.timing import iso

QUAKEML = "http://quakeml.org/xmlns/quakeml/1.2"
BED = "http://quakeml.org/xmlns/bed/1.2"
DEFAULT_NAMESPACE: Any = {None: BED}  # lxml-stubs know no prefix None
_RESOURCE = re.compile(r"(smi|quakeml):[\w\d][\w\d\-.*()_~']{2,}/[\w\d\-.*()_~'][\w\d\-.*()+?_~'=,;#/&]*", re.ASCII)
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9\-.*()_~']+")
EVENT_TYPES = frozenset(EventType.values())
_HELD_OF_EVENTS = frozenset({"event_type", "origin_id"})  # of what the reader keeps in `extra`
_HELD_OF_PICKS = frozenset({"public_id", "filterID", "slownessMethodID", "comments"})
_LONGEST = {"agencyID": 64, "author": 128, "phaseHint": 32, "phase": 32, "code": 8, "type": 32}

Element = Any  # lxml's elements have no public type


@dataclass
class QuakeMLSummary:
    """What was met while writing, as far as QuakeML can't hold it."""

    has_events_without_origin: bool = False
    has_picks_without_event: bool = False
    has_missing_networks: bool = False
    has_weights: bool = False
    has_relative_times: bool = False
    further_names: set[str] = field(default_factory=set)

    def meet(self, event: ExportEvent | None, picks: Sequence[ExportPick]) -> None:
        if event is None:
            self.has_picks_without_event = True
        else:
            self.has_events_without_origin |= not has_origin(event)
            self.further_names |= event.record.extra.keys() - _HELD_OF_EVENTS
        for record in (pick.record for pick in picks):
            self.has_missing_networks |= record.network_code is None
            self.has_weights |= record.weight is not None
            self.has_relative_times |= record.time_is_relative
            self.further_names |= record.extra.keys() - _HELD_OF_PICKS


def write_quakeml(
    target: BinaryIO, events: Iterable[tuple[ExportEvent | None, Sequence[ExportPick]]], *, public_id: str = "smi:local/repick/export"
) -> QuakeMLSummary:
    """Write events with their picks; None for picks that belong to no event.

    One event is in memory at a time. target: a file open for writing bytes. public_id: of the whole document.
    """
    summary = QuakeMLSummary()
    ids = PublicIds()
    with etree.xmlfile(target, encoding="UTF-8") as document:
        document.write_declaration()
        with (
            document.element(f"{{{QUAKEML}}}quakeml", nsmap={"q": QUAKEML, None: BED}),
            document.element(f"{{{BED}}}eventParameters", publicID=public_id),
        ):
            for event, picks in events:
                document.write(_event(event, picks, ids), pretty_print=True)
                summary.meet(event, picks)
    return summary


def what_it_cannot_hold(summary: QuakeMLSummary, form: str = "QuakeML") -> list[str]:
    """What is lost or changed in QuakeML, or the form named, in sentences for the person who exports."""
    losses = [f"{form} holds no waveforms."]
    losses.append(f"{form} holds one decision on each pick, the one that made it what it is, and not the others.")
    if summary.has_events_without_origin:
        losses.append(f"An event without time, latitude and longitude has no origin in {form}: what is known of it is left out.")
    if summary.has_missing_networks:
        losses.append(f"{form} requires a network code: a missing one is written as an empty one.")
    if summary.has_weights:
        losses.append(f"{form} has no field for weights of 0–4 and 9: they stand in comments (repick: weight), and are no uncertainties.")
    if summary.has_relative_times:
        losses.append(f"Some picks have no absolute times: theirs count from a placeholder hour of 1970; only comments say so in {form}.")
    if summary.has_picks_without_event:
        losses.append(f"Picks that belong to no event stand in {'events without origin' if form == 'QuakeML' else 'none'}.")
    return losses + names_left_out(summary.further_names)


class PublicIds:
    """Hands out publicIDs that are valid and used once."""

    def __init__(self, valid: re.Pattern[str] = _RESOURCE) -> None:
        self._valid = valid
        self._used: set[int] = set()  # hashes: a million ids as text would take 100 MB

    def take(self, wanted: str, kind: str, otherwise: str) -> str:
        """`wanted` if it is a valid id and free, else one made of `otherwise`."""
        made = f"smi:local/repick/{kind}/{_NOT_IN_ID.sub('-', otherwise) or 'x'}"
        candidate = wanted if self._valid.fullmatch(wanted) else made
        number = 1
        while hash(candidate) in self._used:
            number += 1
            candidate = f"{made}.{number}"
        self._used.add(hash(candidate))
        return candidate


def _event(event: ExportEvent | None, picks: Sequence[ExportPick], ids: PublicIds) -> Element:
    event_id = event.event_id if event else "without-event"
    source_ref = event.record.source_ref if event else ""
    public_id = ids.take(source_ref, "event", event_id)
    element = etree.Element(f"{{{BED}}}event", nsmap=DEFAULT_NAMESPACE, publicID=public_id)
    if event is None:
        add_comment(element, "repick: without_event")
    if source_ref and source_ref != public_id:
        add_comment(element, f"repick: source_ref {source_ref}")
    origin = _origin(event, ids)
    origin_id = "" if origin is None else str(origin.get("publicID"))
    for pick in picks:
        for resource, is_label in pick_resources(pick, ids):
            element.append(resource)
            if origin is not None and is_label and pick.record.phase_hint:
                _arrival(origin, resource, pick, ids)
    if origin is not None:
        element.append(origin)
        add_text(element, "preferredOriginID", origin_id)
    if event is not None and event.record.magnitude is not None:
        magnitude = etree.SubElement(element, f"{{{BED}}}magnitude", publicID=ids.take("", "magnitude", event_id))
        add_quantity(magnitude, "mag", event.record.magnitude)
        add_text(magnitude, "type", event.record.magnitude_type)
        add_text(magnitude, "originID", origin_id)
        add_text(element, "preferredMagnitudeID", magnitude.get("publicID"))
    if event is not None and event.record.extra.get("event_type") in EVENT_TYPES:
        add_text(element, "type", event.record.extra["event_type"])
    return element


def has_origin(event: ExportEvent) -> bool:
    record = event.record
    return record.origin_time is not None and record.latitude is not None and record.longitude is not None


def _origin(event: ExportEvent | None, ids: PublicIds) -> Element | None:
    if event is None or not has_origin(event):
        return None
    record = event.record
    origin = etree.Element(
        f"{{{BED}}}origin", nsmap=DEFAULT_NAMESPACE, publicID=ids.take(str(record.extra.get("origin_id", "")), "origin", event.event_id)
    )
    add_quantity(origin, "time", iso(record.origin_time) if record.origin_time else "")
    add_quantity(origin, "longitude", record.longitude)
    add_quantity(origin, "latitude", record.latitude)
    if record.depth_km is not None:
        add_quantity(origin, "depth", round(record.depth_km * 1000.0, 6))
    return origin


def _arrival(origin: Element, resource: Element, pick: ExportPick, ids: PublicIds) -> None:
    arrival = etree.SubElement(origin, f"{{{BED}}}arrival", publicID=ids.take("", "arrival", pick.pick_id))
    add_text(arrival, "pickID", resource.get("publicID"))
    add_text(arrival, "phase", pick.record.phase_hint)


def pick_resources(pick: ExportPick, ids: PublicIds) -> list[tuple[Element, bool]]:
    """The pick, and before it the one it takes the place of. Each with whether it is a label."""
    record = pick.record
    catalog_id = str(record.extra.get("public_id", record.source_ref))
    if pick.status == "added":
        new_id = ids.take(catalog_id, "pick", pick.pick_id)
        return [(_reviewed(pick, new_id, []), True)]
    old_id = ids.take(catalog_id, "pick", pick.pick_id)
    if not pick.was_corrected:
        status = record.evaluation_status if pick.is_label else "rejected"
        element = _pick_element(record, old_id, record.time, record.phase_hint, record.evaluation_mode, status)
        _details(element, record)
        _creation_info(element, record.agency_id, record.author, record.creation_time)
        _comments(element, pick, old_id, [] if pick.is_label else ["repick: removed"])
        return [(element, pick.is_label)]
    decided = pick.decided_at.strftime("%Y%m%dT%H%M%S") if pick.decided_at else "undated"
    new_id = ids.take("", "pick", f"{pick.pick_id}.{decided}")
    old_time, old_hint = pick.original_time or record.time, pick.original_phase_hint or record.phase_hint
    old = _pick_element(record, old_id, old_time, old_hint, record.evaluation_mode, "rejected")
    _creation_info(old, record.agency_id, record.author, record.creation_time)
    add_comment(old, f"repick: superseded by {new_id}")
    return [(old, False), (_reviewed(pick, new_id, [f"repick: supersedes {old_id}"]), True)]


def _reviewed(pick: ExportPick, public_id: str, comments: list[str]) -> Element:
    """What an analyst put in: a pick of theirs, at the time of the decision."""
    record = pick.record
    element = _pick_element(record, public_id, record.time, record.phase_hint, "manual", "reviewed")
    _details(element, record)
    _creation_info(element, "", pick.analyst, pick.decided_at)
    _comments(element, pick, public_id, comments)
    return element


def _pick_element(record: PickRecord, public_id: str, time: datetime, phase_hint: str, mode: str, status: str) -> Element:
    element = etree.Element(f"{{{BED}}}pick", nsmap=DEFAULT_NAMESPACE, publicID=public_id)
    add_quantity(element, "time", iso(time))
    codes = {"networkCode": record.network_code or "", "stationCode": record.station_code}
    if record.location_code is not None:
        codes["locationCode"] = record.location_code
    if record.channel_code is not None:
        codes["channelCode"] = record.channel_code
    etree.SubElement(element, f"{{{BED}}}waveformID", {name: clean(code)[: _LONGEST["code"]] for name, code in codes.items()})
    add_text(element, "phaseHint", phase_hint)
    add_text(element, "evaluationMode", mode)
    add_text(element, "evaluationStatus", status)
    return element


def _details(element: Element, record: PickRecord) -> None:
    """What was read besides the time: uncertainties, onset, polarity, methods, remarks."""
    time = element.find(f"{{{BED}}}time")
    uncertainties = (
        ("uncertainty", record.uncertainty_s), ("lowerUncertainty", record.lower_uncertainty_s),
        ("upperUncertainty", record.upper_uncertainty_s),
    )  # fmt: skip
    for name, seconds in uncertainties:
        if seconds is not None:
            add_text(time, name, repr(seconds))
    add_text(element, "onset", record.onset)
    add_text(element, "polarity", record.polarity)
    if _RESOURCE.fullmatch(record.method_id):
        add_text(element, "methodID", record.method_id)
    elif record.method_id:
        add_comment(element, f"repick: method_id {record.method_id}")
    for name in ("filterID", "slownessMethodID"):
        if _RESOURCE.fullmatch(record.extra.get(name, "")):
            add_text(element, name, record.extra[name])
    for text in record.extra.get("comments", ()):
        add_comment(element, text)


def _comments(element: Element, pick: ExportPick, public_id: str, comments: list[str]) -> None:
    record = pick.record
    told = list(comments)
    if record.source_ref and record.source_ref != public_id:
        told.append(f"repick: source_ref {record.source_ref}")
    if record.network_code is None:
        told.append("repick: network_code missing")
    if record.time_is_relative:
        told.append(f"repick: time_is_relative {pick.trace_key or ''}".rstrip())
    if record.weight is not None:
        told.append(f"repick: weight {record.weight}")
    if pick.status != "kept":
        told.append(f"repick: status {pick.status}")
    if pick.decision:
        when = f" at {iso(pick.decided_at)}" if pick.decided_at else ""
        told.append(f"repick: decision {pick.decision} by {pick.analyst}{when}{f': {pick.reason}' if pick.reason else ''}")
    if pick.p_mislabelled is not None:
        told.append(f"repick: p_mislabelled {pick.p_mislabelled!r} (run {pick.run}, checkpoint sha256 {pick.checkpoint_sha256})")
    for text in told:
        add_comment(element, text)


def _creation_info(element: Element, agency_id: str, author: str, created: datetime | None) -> None:
    if not (agency_id or author or created):
        return
    info = etree.SubElement(element, f"{{{BED}}}creationInfo")
    add_text(info, "agencyID", agency_id)
    add_text(info, "author", author)
    add_text(info, "creationTime", iso(created) if created else "")


def add_comment(element: Element, text: str) -> None:
    add_text(etree.SubElement(element, f"{{{BED}}}comment"), "text", text)


def add_quantity(element: Element, name: str, value: float | str | None) -> None:
    add_text(etree.SubElement(element, f"{{{BED}}}{name}"), "value", value if isinstance(value, str) else repr(value))


def add_text(element: Element, name: str, text: str | None) -> None:
    """A child with this text; none for an empty one. Characters that XML forbids, and what the schema finds too long, are cut."""
    if text:
        etree.SubElement(element, f"{{{BED}}}{name}").text = clean(text)[: _LONGEST.get(name)]


def clean(text: str) -> str:
    return _NOT_XML.sub("", text)
