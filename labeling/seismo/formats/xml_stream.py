"""XML of strangers, element by element: no entities, no network, no tree that grows with the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

Element = Any  # lxml's stubs do not name the type of an element


class EntitiesRefused(ValueError):
    """The document declares entities or an external DTD, and no seismological form needs either."""


def iterate(path: Path, wanted: frozenset[str]) -> Iterator[Element]:
    """Each element whose local name is wanted, complete, once its end has been read. What stands before it is forgotten afterwards.

    Raises lxml.etree.XMLSyntaxError where the document breaks off, and EntitiesRefused for one with a document type.
    """
    for _, root in _parsed(path, "start"):
        if root.getroottree().docinfo.internalDTD is not None:
            raise EntitiesRefused("the document has a DOCTYPE. Take it out: entities and outside files are not read")
        break
    for _, element in _parsed(path, "end", tag=[f"{{*}}{name}" for name in wanted]):
        yield element
        _forget(element)


def _parsed(path: Path, event: str, **options: Any) -> Any:
    return etree.iterparse(str(path), events=(event,), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, **options)


def local_name(element: Element) -> str:
    """The element's name less its namespace, "" for a comment."""
    return _local(element.tag)


@lru_cache(maxsize=1024)
def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def fields(element: Element, whole: str) -> tuple[dict[str, str], Element | None]:
    """Texts of the children (`phaseHint`) and of theirs (`time/value`), without blanks around them, and the first child named `whole`.

    Of a name written twice the first counts. One walk, for elements of which many fields are wanted.
    """
    found: dict[str, str] = {}
    whole_child = None
    for outer in element:
        name = _local(outer.tag)
        if name in found:
            continue
        found[name] = (outer.text or "").strip()
        if name == whole:
            whole_child = outer
        elif len(outer):  # most have no children, and to begin a walk costs as much as to count them ten times
            for inner in outer:
                found.setdefault(f"{name}/{_local(inner.tag)}", (inner.text or "").strip())
    return found, whole_child


def child(element: Element | None, *names: str) -> Element | None:
    """The first child with that local name, and the first one of that, and so on; None where the chain breaks."""
    for name in names:
        if element is None:
            return None
        element = next(element.iterchildren(f"{{*}}{name}"), None)
    return element


def children(element: Element, name: str) -> Iterator[Element]:
    """All children with that local name."""
    return element.iterchildren(f"{{*}}{name}")  # type: ignore[no-any-return]


def text(element: Element | None, *names: str) -> str:
    """Text of the child at the end of the chain of names, without blanks around it; "" where there is none."""
    found = child(element, *names)
    return (found.text or "").strip() if found is not None else ""


def _forget(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
