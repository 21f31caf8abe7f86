"""The modules that a script is made of, so that a page can ask for all of them at once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path, PurePosixPath

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static

register = template.Library()

IMPORT = re.compile(r'^(?:import|export)\b[^;]*?"(\.{1,2}/[^"]+)"', re.MULTILINE)


@register.simple_tag
def module_urls(name: str) -> list[str]:
    """Addresses of all that the module `name` imports, directly or by way of others, which a browser finds out only one after the other."""
    return [static(module) for module in _imported_by(name)]


@cache
def _imported_by(name: str) -> list[str]:
    known: list[str] = []
    waiting = [name]
    while waiting:
        module = waiting.pop(0)
        for written in IMPORT.findall(_source(module)):
            imported = _joined(PurePosixPath(module).parent, written)
            if imported not in known:
                known.append(imported)
                waiting.append(imported)
    return known


def _source(module: str) -> str:
    found = finders.find(module)
    if not isinstance(found, str):
        raise FileNotFoundError(f"static/{module} is imported by a script, and is not there.")
    return Path(found).read_text()


def _joined(folder: PurePosixPath, written: str) -> str:
    parts = list(folder.parts)
    for part in PurePosixPath(written).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
