"""Stations whose labels are late or early as a whole: one clock or habit, of which each of its flags in the queue says the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Avg, Count, DurationField, Exists, ExpressionWrapper, F, OuterRef

from labeling.models import Flag, ReviewAssignment, Workspace
from labeling.services.review_queue import QueueFilter, flags_in

FEWEST = 6  # fewer are decided one by one as soon
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
    drawn = ReviewAssignment.objects.filter(flag=OuterRef("pk"))
    flags = flags_in(workspace, replace(narrowed, kind=group_offset)).filter(~Exists(drawn), proposed_time__isnull=False)
    stations = flags.order_by().values("network_code", "station_code").annotate(n=Count("pk"), late=Avg(late)).filter(n__gte=FEWEST)
    return [
        StationOffset(row["network_code"], row["station_code"], row["n"], row["late"].total_seconds())
        for row in stations.order_by("-n", "network_code", "station_code")[:MOST]
    ]
