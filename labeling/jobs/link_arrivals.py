"""Picks of one arrival that came in twice (two S-files of one earthquake, two agencies) are linked, never merged."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import numpy as np
from django.db import transaction

from labeling.jobs.bulk_rows import update_rows
from labeling.jobs.picks_in_time import numbers_in_time
from labeling.jobs.problem_sink import ProblemSink
from labeling.models import Catalog, Pick
from labeling.seismo.phases import phase_family
from labeling.seismo.records import Problem
from labeling.seismo.timing import seconds_between

SAME_ARRIVAL_S = 0.5
AT_ONCE = 5000


def link_arrivals(catalog: Catalog, report: ProblemSink) -> int:
    """Gives picks of one station and phase within half a second of each other a common `arrival_group`.

    Returns how many of the catalog's were linked.
    Looks at the stations of the new catalog only. Traces without absolute time are left out: their times say nothing about each other.
    """
    stations = catalog.picks.filter(time_is_relative=False).values_list("station_code", flat=True).distinct()
    linked = 0
    changed: list[tuple[int, int]] = []
    for station in list(stations.order_by("station_code")):
        for group in _groups(catalog, station):
            number = min((pick.arrival_group or pick.pk) for pick in group)
            changed += [(pick.pk, number) for pick in group]
            new = [pick for pick in group if pick.catalog_id == catalog.pk]
            linked += len(new)
            for pick in new:
                others = ", ".join(other.source_ref for other in group if other.pk != pick.pk)
                message = f"The same arrival is also picked as {others}. Both are kept and linked."
                report.add(Problem("double_pick", message, pick.source_ref, "warning"))
        if len(changed) >= AT_ONCE:
            _write(changed)
            changed = []
    _write(changed)
    return linked


def _write(changed: list[tuple[int, int]]) -> None:
    with transaction.atomic():
        update_rows(Pick, ("arrival_group",), changed)


def _groups(catalog: Catalog, station: str) -> Iterator[list[Any]]:
    """Runs of picks of one network and phase that follow each other within the tolerance, at least one of them new.

    Picks are read in order of time, and only the run that is open for each phase is kept: a station may have a million. Most are near no
    other, whatever its phase, and are not read at all.
    """
    open_runs: dict[tuple[str, str], list[Any]] = {}
    for pick in _near_another(catalog, station):
        phase = phase_family(pick.phase_hint)
        if not phase:
            continue
        run = open_runs.setdefault((pick.network_code or "", phase), [])
        if run and seconds_between(run[-1].time, pick.time) > SAME_ARRIVAL_S:
            if _is_double(run, catalog):
                yield list(run)
            run.clear()
        run.append(pick)
    yield from (run for run in open_runs.values() if _is_double(run, catalog))


def _near_another(catalog: Catalog, station: str) -> Iterator[Any]:
    """The station's picks that another one, of any phase, network or catalog, is within the tolerance of; in order of time."""
    pk, time_us = numbers_in_time(Pick.objects.filter(workspace=catalog.workspace, station_code=station))
    follows = np.diff(time_us) <= SAME_ARRIVAL_S * 1e6
    near = pk[np.append(follows, False) | np.append(False, follows)] if len(pk) else pk
    columns = ("pk", "network_code", "phase_hint", "time", "source_ref", "arrival_group", "catalog_id")
    standing = Pick.objects.standing().filter(time_is_relative=False).values_list(*columns, named=True)
    for start in range(0, len(near), AT_ONCE):
        # Put in order here: SQLite would walk along all of the workspace's picks to have some of them in order.
        yield from sorted(standing.filter(pk__in=near[start : start + AT_ONCE].tolist()), key=attrgetter("time", "pk"))


def _is_double(run: list[Any], catalog: Catalog) -> bool:
    return len(run) > 1 and any(pick.catalog_id == catalog.pk for pick in run)
