"""FDSN StationXML: stations with their coordinates and epochs, channels with their orientation and response."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from lxml import etree

from labeling.seismo.formats import cells
from labeling.seismo.formats.xml_stream import Element, EntitiesRefused, children, iterate, text
from labeling.seismo.records import ChannelRecord, Problem, Record, Records, StationRecord
from labeling.seismo.timing import parse_utc


def read_stationxml(path: Path, *, place: str) -> Records:
    """Each station epoch and after it its channels' epochs, and problems. place: what to call the file in the report."""
    try:
        for element in iterate(path, frozenset({"Station"})):
            yield from _station(element, f"{place}:{element.sourceline}")
            for channel in children(element, "Channel"):
                yield _channel(channel, element, f"{place}:{channel.sourceline}")
    except EntitiesRefused as error:
        yield Problem("unsafe_xml", f"The file is not read: {error}.", place)
    except etree.XMLSyntaxError as error:
        message = f"The XML breaks off here ({error.msg}); what stands before is imported. Copy the file again from where it came."
        yield Problem("broken_xml", message, f"{place}:{error.lineno or 0}")


def _station(element: Element, where: str) -> Iterator[Record]:
    network = _network_code(element)
    try:
        start, end = _epoch(element)
        yield StationRecord(
            source_ref=where,
            network_code=network,
            station_code=_code(element),
            latitude=cells.number_or_none(text(element, "Latitude")),
            longitude=cells.number_or_none(text(element, "Longitude")),
            elevation_m=cells.number_or_none(text(element, "Elevation")),
            start=start,
            end=end,
            site_name=text(element, "Site", "Name"),
        )
    except ValueError as error:
        yield Problem(
            "unreadable_row", f"The station {network}.{element.get('code')} is not read: {error}. Mend it and import the file again.", where
        )


def _channel(element: Element, station: Element, where: str) -> Record:
    try:
        start, end = _epoch(element)
        sensitivity = cells.number_or_none(text(element, "Response", "InstrumentSensitivity", "Value"))
        return ChannelRecord(
            source_ref=where,
            network_code=_network_code(station),
            station_code=_code(station),
            location_code=(element.get("locationCode") or "").strip().strip("-"),
            channel_code=_code(element),
            start=start,
            end=end,
            azimuth_deg=cells.number_or_none(text(element, "Azimuth")),
            dip_deg=cells.number_or_none(text(element, "Dip")),
            sensitivity=sensitivity or None,  # 0 says nothing
            sensitivity_hz=cells.number_or_none(text(element, "Response", "InstrumentSensitivity", "Frequency")),
            input_unit=text(element, "Response", "InstrumentSensitivity", "InputUnits", "Name"),
            response=zlib.compress(etree.tostring(element, with_tail=False)),
        )
    except ValueError as error:
        name = f"{station.get('code')}.{element.get('code')}"
        return Problem(
            "unreadable_channel", f"The channel {name} is not read: {error}. Mend it and import the file again.", where, "warning"
        )


def _network_code(station: Element) -> str | None:
    parent = station.getparent()
    code = parent.get("code") if parent is not None else None
    return code.strip() if code is not None else None


def _code(element: Element) -> str:
    """Raises ValueError where there is none."""
    code = (element.get("code") or "").strip()
    if not code:
        raise ValueError("it has no code")
    return code


def _epoch(element: Element) -> tuple[datetime | None, datetime | None]:
    start, end = (parse_utc(value) if (value := (element.get(name) or "").strip()) else None for name in ("startDate", "endDate"))
    return start, end
