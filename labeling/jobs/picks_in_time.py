"""A station's picks in order of time, some at a time, for jobs that write while they read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from labeling.models.picks import PickQuerySet

AT_ONCE = 5000


def picks_in_time(picks: PickQuerySet, columns: tuple[str, ...]) -> Iterator[Any]:
    """Named tuples with these columns, `time` and `pk` among them.

    No cursor stays open between two reads: on SQLite nothing can be written beside one once anybody else, such as the heartbeat, has.
    """
    in_order = picks.order_by("time", "pk")
    rows = list(in_order.values_list(*columns, named=True)[:AT_ONCE])
    while rows:
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1]
        further = in_order.filter(time__gte=last.time).exclude(Q(time=last.time, pk__lte=last.pk))
        rows = list(further.values_list(*columns, named=True)[:AT_ONCE])
