"""Picks of a new catalog that are in the workspace already with other values: told with both, settled by nobody but people."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from pathlib import PurePosixPath
from typing import Any

from labeling.jobs.link_arrivals import SAME_ARRIVAL_S
from labeling.jobs.picks_in_time import picks_in_time
from labeling.jobs.problem_sink import ProblemSink
from labeling.models import Catalog, Pick
from labeling.seismo.phases import phase_family
from labeling.seismo.records import Problem
from labeling.seismo.timing import iso, seconds_between

SAME_NAME_S = 600.0  # one name further apart is two things, such as traces of two data sets
SAME_EVENT_S = 10.0
OTHER_PHASE_S = 0.05  # P and S of one moment are one reading under two names
SAME_TIME_S = 0.001  # what forms with milliseconds make of a time is no other time
_ROW = re.compile(r":\d+(:[PS])?(:\d+)?$")
_COLUMNS = (
    "pk", "catalog_id", "network_code", "station_code", "phase_hint", "time", "source_ref", "event__source_ref", "weight", "uncertainty_s",
    "agency_id", "author", "is_removed",
)  # fmt: skip


def find_conflicts(catalog: Catalog, report: ProblemSink) -> int:
    """A warning for each pick of the catalog that another catalog has with another time, phase, weight or uncertainty. Returns how many.

    The same pick is one of the same station with the same name of its own, of the same event and phase, or within half a second; of several
    the likeliest. A value that one of the two does not have is no conflict. Picks without absolute time are left out.
    """
    others = dict(Catalog.objects.active().filter(workspace=catalog.workspace_id).exclude(pk=catalog.pk).values_list("pk", "name"))
    if not others:
        return 0
    files = frozenset(name for name in catalog.imports.values_list("files__name", flat=True) if name)
    n_conflicts = 0
    stations = catalog.picks.filter(time_is_relative=False).order_by("station_code").values_list("station_code", flat=True).distinct()
    for station in stations:
        for new, old in _same_picks(catalog, station, files):
            if differences := _differences(new, old):
                report.add(_conflict(new, old, differences, others.get(old.catalog_id, "")))
                n_conflicts += 1
    return n_conflicts


def _same_picks(catalog: Catalog, station: str, files: frozenset[str]) -> Iterator[tuple[Any, Any]]:
    """Each new pick of a station with the likeliest pick of another catalog, where there is one.

    Picks are read in order of time, and only those of the last ten minutes are kept: a station may have a million.
    """
    picks = Pick.objects.filter(workspace=catalog.workspace_id, station_code=station, time_is_relative=False, is_withdrawn=False)
    window: deque[Any] = deque()
    by_key: dict[Hashable, deque[Any]] = defaultdict(deque)
    likeliest: dict[int, tuple[Any, Any]] = {}
    for pick in picks_in_time(picks, _COLUMNS):
        while window and seconds_between(window[0].time, pick.time) > SAME_NAME_S:
            gone = window.popleft()
            for key in _keys(gone, files):
                by_key[key].popleft()
                if not by_key[key]:
                    del by_key[key]
            if gone.pk in likeliest:
                yield gone, likeliest.pop(gone.pk)[1]
        for other in _candidates(pick, window, by_key, files):
            if (pick.catalog_id == catalog.pk) == (other.catalog_id == catalog.pk):
                continue
            new, old = (pick, other) if pick.catalog_id == catalog.pk else (other, pick)
            rank = _rank(new, old, files)
            if new.pk not in likeliest or rank < likeliest[new.pk][0]:
                likeliest[new.pk] = (rank, old)
        window.append(pick)
        for key in _keys(pick, files):
            by_key[key].append(pick)
    yield from ((pick, likeliest[pick.pk][1]) for pick in window if pick.pk in likeliest)


def _keys(pick: Any, files: frozenset[str]) -> list[Hashable]:
    """What the same pick has in common: its own name; the event and the phase."""
    keys: list[Hashable] = []
    if name := _own_name(pick, files):
        keys.append(name)
    if event := _event_name(pick):
        keys.append((event, phase_family(pick.phase_hint)))
    return keys


def _candidates(pick: Any, window: deque[Any], by_key: dict[Hashable, deque[Any]], files: frozenset[str]) -> Iterator[Any]:
    for key in _keys(pick, files):
        for other in by_key.get(key, ()):
            if _networks_fit(pick, other) and (isinstance(key, str) or seconds_between(other.time, pick.time) <= SAME_EVENT_S):
                yield other
    for other in reversed(window):
        apart_s = seconds_between(other.time, pick.time)
        if apart_s > SAME_ARRIVAL_S:
            return
        same_phase = phase_family(pick.phase_hint) == phase_family(other.phase_hint)
        if _networks_fit(pick, other) and (same_phase or apart_s <= OTHER_PHASE_S):
            yield other


def _rank(new: Any, old: Any, files: frozenset[str]) -> tuple[bool, bool, bool, float]:
    """Less is likelier to be the same pick."""
    named = bool(_own_name(new, files)) and new.source_ref == old.source_ref
    same_reader = (new.agency_id, new.author) == (old.agency_id, old.author)
    return (not named, not same_reader, _event_name(new) != _event_name(old), abs(seconds_between(new.time, old.time)))


def _own_name(pick: Any, files: frozenset[str]) -> str:
    """The pick's own name, "" where it is only called by its file and row, which the next upload of `picks.csv` has too."""
    place = _ROW.sub("", pick.source_ref)
    is_row = place != pick.source_ref and (place in files or place.partition("/")[0] in files)
    return "" if is_row else str(pick.source_ref)


def _event_name(pick: Any) -> str:
    """The event's own name, less the folders it was uploaded in: the same earthquake may have come with another origin."""
    return PurePosixPath(pick.event__source_ref).name if pick.event__source_ref else ""


def _networks_fit(one: Any, other: Any) -> bool:
    return one.network_code is None or other.network_code is None or one.network_code == other.network_code


def _differences(new: Any, old: Any) -> list[tuple[str, str]]:
    """(new, old) of each value that both have and that differs."""
    differences = []
    if abs(seconds_between(old.time, new.time)) > SAME_TIME_S:
        differences.append((iso(new.time), iso(old.time)))
    if _other_phase(new.phase_hint, old.phase_hint):
        differences.append((new.phase_hint, old.phase_hint))
    if None not in (new.weight, old.weight) and new.weight != old.weight:
        differences.append((f"weight {new.weight}", f"weight {old.weight}"))
    if None not in (new.uncertainty_s, old.uncertainty_s) and abs(new.uncertainty_s - old.uncertainty_s) > SAME_TIME_S:
        differences.append((f"± {new.uncertainty_s:g} s", f"± {old.uncertainty_s:g} s"))
    return differences


def _other_phase(one: str, other: str) -> bool:
    """Whether two names of a phase contradict each other: Pg and Pn do, P and Pg don't."""
    first, second = one.casefold(), other.casefold()
    return bool(first and second) and first != second and not (first[0] == second[0] and min(len(first), len(second)) == 1)


def _conflict(new: Any, old: Any, differences: list[tuple[str, str]], catalog: str) -> Problem:
    name = f"{new.network_code or '?'}.{new.station_code} {new.phase_hint}"
    reader = "/".join(part for part in (old.agency_id, old.author) if part)
    removed = ", removed here by an analyst" if old.is_removed else ""
    of_old = f"{old.source_ref}{f' by {reader}' if reader else ''}{removed}"
    message = (
        f"{name}: {', '.join(mine for mine, _ in differences)} in this upload, {', '.join(theirs for _, theirs in differences)} in the "
        f"catalog {catalog} ({of_old}). Both are kept. Remove the wrong one in review, or withdraw one of the catalogs."
    )
    return Problem("pick_conflict", message, new.source_ref, severity="warning")
