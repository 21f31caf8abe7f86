"""Rows of a long query, block by block, for jobs that write while they read."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def rows_in_blocks(wanted: QuerySet[Row], size: int, *, read: QuerySet[Row] | None = None) -> Iterator[list[Row]]:
    """The rows in the order of `wanted`, `size` at a time. read: where they are read from by key, for what is to be joined.

    All keys are read first, 8 bytes each, and no cursor stays open: on SQLite nothing can be written beside one, a heartbeat neither, once
    anybody else has written.
    """
    keys = array("q", wanted.values_list("pk", flat=True).iterator(chunk_size=10_000))
    source = wanted.model._default_manager.all() if read is None else read
    for start in range(0, len(keys), size):
        block = keys[start : start + size].tolist()
        found = source.in_bulk(block)
        yield [found[pk] for pk in block if pk in found]
