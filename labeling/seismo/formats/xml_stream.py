"""XML of strangers, element by element: no entities, no network, no tree that grows with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

Element = Any  # lxml's stubs do not name the type of an element


class EntitiesRefused(ValueError):
    """The document declares entities or an external DTD, and no seismological form needs either."""


def iterate(path: Path, wanted: frozenset[str]) -> Iterator[Element]:
    """Each element whose local name is wanted, complete, once its end has been read. Children of the root are forgotten afterwards.

    Raises lxml.etree.XMLSyntaxError where the document breaks off, and EntitiesRefused for one with a document type.
    """
    context = etree.iterparse(str(path), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    depth = 0
    for action, element in context:
        if action == "start":
            if depth == 0 and element.getroottree().docinfo.internalDTD is not None:
                raise EntitiesRefused("the document has a DOCTYPE. Take it out: entities and outside files are not read")
            depth += 1
            continue
        depth -= 1
        if local_name(element) in wanted:
            yield element
            _forget(element)


def local_name(element: Element) -> str:
    """The element's name less its namespace, "" for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: Element | None, *names: str) -> Element | None:
    """The first child with that local name, and the first one of that, and so on; None where the chain breaks."""
    for name in names:
        if element is None:
            return None
        element = next((candidate for candidate in element if local_name(candidate) == name), None)
    return element


def children(element: Element, name: str) -> Iterator[Element]:
    """All children with that local name."""
    return (candidate for candidate in element if local_name(candidate) == name)


def text(element: Element | None, *names: str) -> str:
    """Text of the child at the end of the chain of names, without blanks around it; "" where there is none."""
    found = child(element, *names)
    return (found.text or "").strip() if found is not None else ""


def _forget(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
