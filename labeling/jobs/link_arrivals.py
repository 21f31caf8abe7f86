"""Picks of one arrival that came in twice (two S-files of one earthquake, two agencies) are linked, never merged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from labeling.jobs.import_rows import ProblemSink
from labeling.models import Catalog, Pick
from labeling.seismo.records import Problem
from labeling.seismo.timing import seconds_between

SAME_ARRIVAL_S = 0.5


def link_arrivals(catalog: Catalog, report: ProblemSink) -> int:
    """Gives picks of one station and phase within half a second of each other a common `arrival_group`.

    Returns how many of the catalog's were linked.
    Looks at the stations of the new catalog only. Traces without absolute time are left out: their times say nothing about each other.
    """
    stations = catalog.picks.filter(time_is_relative=False).values_list("station_code", flat=True).distinct()
    linked = 0
    for station in stations.order_by("station_code"):
        for group in _groups(catalog, station):
            number = min((pick.arrival_group or pick.pk) for pick in group)
            Pick.objects.filter(pk__in=[pick.pk for pick in group]).update(arrival_group=number)
            for pick in group:
                if pick.catalog_id == catalog.pk:
                    linked += 1
                    others = ", ".join(other.source_ref for other in group if other.pk != pick.pk)
                    report.add(
                        Problem(
                            "double_pick",
                            f"The same arrival is also picked as {others}. Both are kept and linked.",
                            pick.source_ref,
                            "warning",
                        )
                    )
    return linked


def _groups(catalog: Catalog, station: str) -> Iterator[list[Pick]]:
    """Runs of picks of one phase that follow each other within the tolerance, at least one of them new."""
    picks = (
        Pick.objects.standing()
        .filter(workspace=catalog.workspace, station_code=station, time_is_relative=False)
        .only("pk", "network_code", "phase_hint", "time", "source_ref", "arrival_group", "catalog_id")
        .order_by("network_code", "time", "pk")
    )
    by_phase = sorted(picks, key=lambda pick: (pick.network_code or "", pick.phase))  # stable: time order stays
    for (_, phase), of_phase in groupby(by_phase, key=lambda pick: (pick.network_code or "", pick.phase)):
        if not phase:
            continue
        group: list[Pick] = []
        for pick in of_phase:
            if group and seconds_between(group[-1].time, pick.time) > SAME_ARRIVAL_S:
                if len(group) > 1 and any(member.catalog_id == catalog.pk for member in group):
                    yield group
                group = []
            group.append(pick)
        if len(group) > 1 and any(member.catalog_id == catalog.pk for member in group):
            yield group
