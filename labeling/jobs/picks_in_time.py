"""A station's picks in order of time, some at a time, for jobs that write while they read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from labeling.jobs.microseconds import ExactTime, microseconds
from labeling.models.picks import PickQuerySet
from labeling.seismo.timing import PLACEHOLDER_EPOCH

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


def numbers_in_time(picks: PickQuerySet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """pk and microseconds since 1970, (N,) each, of all of a station's picks in order of time, in 16 bytes each."""
    in_order = picks.order_by("time", "pk").annotate(exact_time=ExactTime("time")).values_list("pk", "exact_time")
    pages = [_page(in_order)]
    while len(pages[-1]) == AT_ONCE:
        last_pk, last_us = pages[-1][-1].tolist()
        last_time = PLACEHOLDER_EPOCH + timedelta(microseconds=last_us)
        pages.append(_page(in_order.filter(time__gte=last_time).exclude(Q(time=last_time, pk__lte=last_pk))))
    pk, time_us = np.concatenate(pages).T
    return pk, time_us


def _page(numbers: Any) -> NDArray[np.int64]:
    rows = list(numbers[:AT_ONCE])
    return np.stack([np.array([pk for pk, _ in rows], dtype=np.int64), microseconds([time for _, time in rows])], axis=1)
