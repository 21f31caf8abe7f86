"""FDSN StationXML: stations with their coordinates and epochs. Channels and responses are passed over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from labeling.seismo.formats import cells
from labeling.seismo.formats.xml_stream import Element, EntitiesRefused, iterate, text
from labeling.seismo.records import Problem, Record, Records, StationRecord
from labeling.seismo.timing import parse_utc


def read_stationxml(path: Path, *, place: str) -> Records:
    """Each station epoch once, and problems. place: what to call the file in the report."""
    try:
        for element in iterate(path, frozenset({"Station"})):
            yield from _station(element, f"{place}:{element.sourceline}")
    except EntitiesRefused as error:
        yield Problem("unsafe_xml", f"The file is not read: {error}.", place)
    except etree.XMLSyntaxError as error:
        message = f"The XML breaks off here ({error.msg}); what stands before is imported. Copy the file again from where it came."
        yield Problem("broken_xml", message, f"{place}:{error.lineno or 0}")


def _station(element: Element, where: str) -> Iterator[Record]:
    network = element.getparent().get("code") if element.getparent() is not None else None
    code = (element.get("code") or "").strip()
    try:
        if not code:
            raise ValueError("it has no code")
        start, end = (parse_utc(value) if (value := (element.get(name) or "").strip()) else None for name in ("startDate", "endDate"))
        yield StationRecord(
            source_ref=where,
            network_code=network.strip() if network is not None else None,
            station_code=code,
            latitude=cells.number_or_none(text(element, "Latitude")),
            longitude=cells.number_or_none(text(element, "Longitude")),
            elevation_m=cells.number_or_none(text(element, "Elevation")),
            start=start,
            end=end,
            site_name=text(element, "Site", "Name"),
        )
    except ValueError as error:
        yield Problem("unreadable_row", f"The station {network}.{code} is not read: {error}. Mend it and import the file again.", where)
