"""Waveforms of a new catalog that another catalog has with other samples: told with both, both kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Max, Min

from labeling.jobs.problem_sink import ProblemSink
from labeling.jobs.rows_in_blocks import rows_in_blocks
from labeling.models import Catalog, Trace
from labeling.seismo.records import FloatArray, Problem
from labeling.seismo.timing import add_seconds, iso, seconds_between
from labeling.trace_samples import read_trace
from labeling.waveform_store import StoreProblem

TRACES_AT_ONCE = 1_000
ON_GRID_SAMPLES = 0.01  # traces whose samples lie further apart than this in time can't be compared


@dataclass(frozen=True)
class _Overlap:
    """What two traces have in common: first sample in each, and how many."""

    first_of_new: int
    first_of_old: int
    n_samples: int


def find_trace_conflicts(catalog: Catalog, report: ProblemSink) -> int:
    """A warning for each trace of the catalog of which another has a component, at the same times, with other samples. Returns how many.

    Compared are traces of one station, location and rate on one time grid. Samples that one of the two does not have are no conflict.
    """
    others = dict(Catalog.objects.active().filter(workspace=catalog.workspace_id).exclude(pk=catalog.pk).values_list("pk", "name"))
    if not others:
        return 0
    told: set[int] = set()
    for station in catalog.traces.order_by("station_code").values_list("station_code", flat=True).distinct():
        for new, old in _overlapping(catalog, station):
            if new.pk not in told and (conflict := _conflict(new, old, others.get(old.catalog_id, ""))):
                told.add(new.pk)
                report.add(conflict)
    return len(told)


def _overlapping(catalog: Catalog, station: str) -> Iterator[tuple[Trace, Trace]]:
    """Each new trace of a station with each of another catalog that begins before it has ended and ends after it has begun."""
    span = catalog.traces.filter(station_code=station, time_is_relative=False).aggregate(first=Min("start_time"), last=Max("end_time"))
    if span["first"] is None:
        return
    traces = Trace.objects.filter(workspace=catalog.workspace_id, station_code=station, is_withdrawn=False, time_is_relative=False)
    traces = traces.filter(start_time__lte=span["last"], end_time__gte=span["first"])
    lasting: list[Trace] = []
    for block in rows_in_blocks(traces.order_by("start_time", "pk"), TRACES_AT_ONCE):
        for trace in block:
            lasting = [other for other in lasting if other.end_time >= trace.start_time]
            for other in lasting:
                if (trace.catalog_id == catalog.pk) != (other.catalog_id == catalog.pk):
                    yield (trace, other) if trace.catalog_id == catalog.pk else (other, trace)
            lasting.append(trace)


def _conflict(new: Trace, old: Trace, catalog: str) -> Problem | None:
    overlap = _overlap(new, old) if _codes_fit(new, old) else None
    if overlap is None:
        return None
    try:
        found = _first_difference(new, old, overlap)
    except StoreProblem:  # of the old one; `verify` names what is damaged
        return None
    if found is None:
        return None
    code, time, most = found
    message = (
        f"{new} {code}: from {iso(time)} on, samples differ by up to {most:g} from those of the catalog {catalog} ({old.source_ref}). "
        "Both traces are kept. Withdraw the catalog whose waveforms are wrong, if one is."
    )
    return Problem("trace_conflict", message, new.source_ref, severity="warning")


def _codes_fit(new: Trace, old: Trace) -> bool:
    networks_fit = None in (new.network_code, old.network_code) or new.network_code == old.network_code
    return networks_fit and new.location_code == old.location_code and bool({*new.channel_codes} & {*old.channel_codes})


def _overlap(new: Trace, old: Trace) -> _Overlap | None:
    if new.sampling_rate_hz != old.sampling_rate_hz:
        return None
    later = seconds_between(old.start_time, new.start_time) * new.sampling_rate_hz  # samples by which the new one begins later
    if abs(later - round(later)) > ON_GRID_SAMPLES:
        return None
    first_of_new, first_of_old = max(0, -round(later)), max(0, round(later))
    n_samples = min(new.n_samples - first_of_new, old.n_samples - first_of_old)
    return _Overlap(first_of_new, first_of_old, n_samples) if n_samples > 0 else None


def _first_difference(new: Trace, old: Trace, overlap: _Overlap) -> tuple[str, datetime, float] | None:
    """Channel, time of the first sample that differs, and the largest difference there; None where all agree."""
    mine: FloatArray = read_trace(new, overlap.first_of_new, overlap.n_samples)
    theirs: FloatArray = read_trace(old, overlap.first_of_old, overlap.n_samples)
    for code, samples in zip(new.channel_codes, mine, strict=True):
        if code not in old.channel_codes:
            continue
        apart = np.abs(samples - theirs[old.channel_codes.index(code)])
        differing = np.flatnonzero(apart > 0)  # not where one is NaN
        if differing.size:
            time = add_seconds(new.start_time, (overlap.first_of_new + int(differing[0])) / new.sampling_rate_hz)
            return code, time, float(np.nanmax(apart))
    return None
