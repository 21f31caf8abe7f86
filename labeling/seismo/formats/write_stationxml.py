"""One channel's stored StationXML element as a document that other programs read."""

from __future__ import annotations

import zlib

from lxml import etree

from labeling.seismo.formats.xml_stream import Element, child

_NAMESPACE = "http://www.fdsn.org/xml/station/1"


def channel_document(stored: bytes, *, network_code: str, station_code: str) -> bytes:
    """StationXML with one network, one station where the channel stands, and the channel. stored: the deflated element, as it came."""
    channel = etree.fromstring(zlib.decompress(stored), etree.XMLParser(resolve_entities=False, no_network=True))
    namespace = etree.QName(channel).namespace or _NAMESPACE
    for element in channel.iter("*"):  # of a document without namespace
        element.tag = f"{{{namespace}}}{etree.QName(element).localname}" if etree.QName(element).namespace is None else element.tag
    root = etree.Element(f"{{{namespace}}}FDSNStationXML", nsmap={None: namespace}, schemaVersion="1.1")  # type: ignore[dict-item]  # lxml takes None for the default
    _add(root, "Source").text = "Repick"
    _add(root, "Created").text = channel.get("startDate") or "1970-01-01T00:00:00"
    station = _add(_add(root, "Network", code=network_code), "Station", code=station_code)
    for name in ("Latitude", "Longitude", "Elevation"):
        found = child(channel, name)
        _add(station, name).text = "0" if found is None else found.text
    _add(_add(station, "Site"), "Name").text = station_code
    station.append(channel)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _add(parent: Element, name: str, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}", attributes)
