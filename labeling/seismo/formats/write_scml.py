"""SeisComP's XML (SC3ML 0.11, which SeisComP reads from version 4 on), written event by event, valid against its schema.

Picks are those that write_quakeml makes, with the same comments, in SeisComP's order of elements. Each comment has an id of its own: of two
without, SeisComP keeps one. An arrival ties a pick to its event; where there can be none (an event without origin, a pick without phase) a
comment `repick: event <publicID>` does for our reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from lxml import etree

from labeling.seismo.formats.export_rows import ExportEvent, ExportPick
from labeling.seismo.formats.write_quakeml import (
    EVENT_TYPES,
    Element,
    PublicIds,
    QuakeMLSummary,
    add_comment,
    clean,
    has_origin,
    pick_resources,
)  # fmt: skip
from labeling.seismo.formats.xml_stream import local_name
from labeling.seismo.timing import iso

SC3ML = "http://geofon.gfz-potsdam.de/ns/seiscomp3-schema/0.11"
NAMESPACES: Any = {None: SC3ML}  # lxml-stubs know no prefix None
_ID = re.compile(r"\S{1,255}")
_PICK_ORDER = (
    "time", "waveformID", "filterID", "methodID", "slownessMethodID", "onset", "phaseHint", "polarity", "evaluationMode",
    "evaluationStatus", "creationInfo", "comment",
)  # fmt: skip


def write_scml(target: BinaryIO, events: Iterable[tuple[ExportEvent | None, Sequence[ExportPick]]]) -> QuakeMLSummary:
    """Write events with their picks; None for picks that belong to no event. target: a file open for writing bytes."""
    summary = QuakeMLSummary()
    ids = PublicIds(_ID)
    with etree.xmlfile(target, encoding="UTF-8") as document:
        document.write_declaration()
        with (
            document.element(f"{{{SC3ML}}}seiscomp", nsmap=NAMESPACES, version="0.11"),
            document.element(f"{{{SC3ML}}}EventParameters"),
        ):
            for event, picks in events:
                for element in _elements(event, picks, ids):
                    document.write(element, pretty_print=True)
                summary.meet(event, picks)
    return summary


def _elements(event: ExportEvent | None, picks: Sequence[ExportPick], ids: PublicIds) -> list[Element]:
    """The picks, the origin and the event."""
    event_public_id = ids.take(event.record.source_ref, "event", event.event_id) if event is not None else ""
    elements: list[Element] = []
    arrivals: list[tuple[str, str]] = []
    for pick in picks:
        for resource, is_label in pick_resources(pick, ids):
            if event is not None and is_label and pick.record.phase_hint and has_origin(event):
                arrivals.append((str(resource.get("publicID")), pick.record.phase_hint))
            elif event is not None and is_label:
                add_comment(resource, f"repick: event {event_public_id}")
            elements.append(_in_seiscomp(resource))
    if event is None:
        return elements
    origin_id = magnitude_id = ""
    if has_origin(event):
        origin, magnitude_id = _origin(event, arrivals, ids)
        origin_id = str(origin.get("publicID"))
        elements.append(origin)
    element = _new("event", publicID=event_public_id)
    _add(element, "preferredOriginID", origin_id)
    _add(element, "preferredMagnitudeID", magnitude_id)
    _add(element, "type", _event_type(event))
    if event.record.source_ref not in ("", event_public_id):
        comment = etree.SubElement(element, f"{{{SC3ML}}}comment")
        _add(comment, "text", f"repick: source_ref {event.record.source_ref}")
        _add(comment, "id", "repick/1")
    _add(element, "originReference", origin_id)
    return [*elements, element]


def _event_type(event: ExportEvent) -> str:
    kind = str(event.record.extra.get("event_type", ""))
    return kind if kind in EVENT_TYPES else ""


def _origin(event: ExportEvent, arrivals: Sequence[tuple[str, str]], ids: PublicIds) -> tuple[Element, str]:
    """The origin with its arrivals and magnitude, and the magnitude's id."""
    record = event.record
    origin = _new("origin", publicID=ids.take(str(record.extra.get("origin_id", "")), "origin", event.event_id))
    assert record.origin_time is not None
    place = (("latitude", record.latitude), ("longitude", record.longitude), ("depth", record.depth_km))
    for name, value in (("time", iso(record.origin_time)), *place):
        if value is not None:
            _add(etree.SubElement(origin, f"{{{SC3ML}}}{name}"), "value", value if isinstance(value, str) else repr(value))
    for pick_id, phase in arrivals:
        arrival = etree.SubElement(origin, f"{{{SC3ML}}}arrival")
        _add(arrival, "pickID", pick_id)
        _add(arrival, "phase", phase)
    if record.magnitude is None:
        return origin, ""
    magnitude_id = ids.take("", "magnitude", event.event_id)
    magnitude = etree.SubElement(origin, f"{{{SC3ML}}}magnitude", publicID=magnitude_id)
    _add(etree.SubElement(magnitude, f"{{{SC3ML}}}magnitude"), "value", repr(record.magnitude))
    _add(magnitude, "type", record.magnitude_type)
    return origin, magnitude_id


def _in_seiscomp(pick: Element) -> Element:
    """A pick of QuakeML in SeisComP's namespace and order."""
    found = _copied(pick)
    found[:] = sorted(found, key=lambda child: _PICK_ORDER.index(local_name(child)))
    for number, comment in enumerate((child for child in found if local_name(child) == "comment"), start=1):
        _add(comment, "id", f"repick/{number}")
    return found


def _copied(element: Element) -> Element:
    copy = _new(local_name(element), **element.attrib)
    copy.text = element.text
    copy.extend(_copied(child) for child in element)
    return copy


def _new(name: str, **attributes: str) -> Element:
    return etree.Element(f"{{{SC3ML}}}{name}", nsmap=NAMESPACES, attrib=attributes)


def _add(element: Element, name: str, text: str | None) -> None:
    if text:
        etree.SubElement(element, f"{{{SC3ML}}}{name}").text = clean(text)
