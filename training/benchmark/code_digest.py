"""What the code is that cells were made with: a cell made with other code must not stand beside those made with this."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOMS = ("lancor", "networks", "flagging", "benchmark")
# What becomes of finished cells; a table may change without a network being trained again.
OF_TABLES = (
    "cells",
    "cleanlab_scores",
    "detection_report",
    "detection_rows",
    "figures",
    "first_run",
    "grids",
    "over_seeds",
    "speed",
    "tables",
)


@cache
def code_digest() -> str:
    """Hexadecimal digest of what trains, scores, flags and plants, without comments and docstrings."""
    training = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((training / room).rglob("*.py")):
            if room != "benchmark" or path.stem not in OF_TABLES:
                digest.update(f"{path.relative_to(training).as_posix()}\n{what_it_does(path.read_text(encoding='utf-8'))}".encode())
    return digest.hexdigest()


def what_it_does(source: str) -> str:
    """The source's statements, the same whatever its comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
