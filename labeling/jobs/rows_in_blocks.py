"""Rows of a long query, block by block, for jobs that write while they read."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

Row = TypeVar("Row", bound=Model)


def rows_in_blocks(wanted: QuerySet[Row], size: int, *, read: QuerySet[Row] | None = None) -> Iterator[list[Row]]:
    """The rows in the order of `wanted`, `size` at a time. read: where they are read from by key, for what is to be joined."""
    source = wanted.model._default_manager.all() if read is None else read
    for block in keys_in_blocks(wanted, size):
        found = source.in_bulk(block)
        yield [found[pk] for pk in block if pk in found]


def keys_in_blocks(wanted: QuerySet[Any], size: int) -> Iterator[list[int]]:
    """Primary keys in the order of `wanted`, `size` at a time.

    All keys are read first, 8 bytes each, and no cursor stays open: on SQLite nothing can be written beside one, a heartbeat neither, once
    anybody else has written.
    """
    keys = array("q", wanted.values_list("pk", flat=True).iterator(chunk_size=10_000))
    for start in range(0, len(keys), size):
        yield keys[start : start + size].tolist()


def any_of(keys: Sequence[int]) -> RawSQL:
    """For `filter(pk__in=any_of(keys))`: many keys as one parameter, where Django takes some microseconds for each in a list."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(keys))])
