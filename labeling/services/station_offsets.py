"""Stations whose labels are late or early as a whole: one clock or habit, of which each of its flags in the queue says the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.core.cache import cache
from django.db.models import Avg, Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q

from labeling.models import Flag, ReviewAssignment, Workspace
from labeling.services.review_queue import QueueFilter, flags_in

FEWEST = 6  # fewer are decided one by one as soon
MANY, KEEP_S = 500, 60
MOST = 3  # told at once; others come up once these are decided


@dataclass(frozen=True)
class StationOffset:
    """late_s: mean of how much later the labels lie than what is proposed; negative where they are early."""

    network_code: str
    station_code: str
    n_flags: int
    late_s: float


def station_offsets(*, workspace: Workspace, narrowed: QueueFilter) -> list[StationOffset]:
    """The stations with most open flags of a group offset in a queue, as far as times are proposed and can be accepted with others."""
    group_offset = Flag.Kind.GROUP_OFFSET.value
    if narrowed.state != Flag.State.OPEN or narrowed.kind not in ("", group_offset):
        return []
    late = ExpressionWrapper(F("label_time") - F("proposed_time"), output_field=DurationField())
    flags = flags_in(workspace, replace(narrowed, kind=group_offset)).filter(said_alike())
    stations = flags.order_by().values("network_code", "station_code").annotate(n=Count("pk"), late=Avg(late)).filter(n__gte=FEWEST)
    return [
        StationOffset(row["network_code"], row["station_code"], row["n"], row["late"].total_seconds())
        for row in stations.order_by("-n", "network_code", "station_code")[:MOST]
    ]


def comes_last(narrowed: QueueFilter) -> bool:
    """Whether what late stations' flags say alike comes after all else in a queue: not where somebody asks for a part of it by name."""
    return narrowed.state == Flag.State.OPEN and not (narrowed.kind or narrowed.station or narrowed.event or narrowed.run)


def stations_that_come_last(*, workspace: Workspace, narrowed: QueueFilter) -> list[StationOffset] | None:
    """Stations whose flags of a group offset come last in a queue; None where none do.

    Where they have many flags, they are looked for once in KEEP_S and process: who was late a minute ago still comes last.
    """
    if not comes_last(narrowed):
        return None
    flag_set_id = workspace.flag_sets.filter(is_current=True).values_list("pk", flat=True).first()
    key = f"late-{flag_set_id}-{hash(narrowed)}"
    found: list[StationOffset] | None = cache.get(key)
    if found is None:
        found = station_offsets(workspace=workspace, narrowed=narrowed)
        if sum(one.n_flags for one in found) >= MANY:
            cache.set(key, found, KEEP_S)
    return found


def said_alike() -> Q:
    """Of flags that can be accepted with others of their station. What is drawn to be judged by itself keeps its place."""
    drawn = ReviewAssignment.objects.filter(flag=OuterRef("pk"))
    return Q(~Exists(drawn), kind=Flag.Kind.GROUP_OFFSET, proposed_time__isnull=False, drawn_place=None)
