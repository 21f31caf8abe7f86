"""The queue page by page, and where the next one begins."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from labeling.models import Decision, Flag, Workspace
from labeling.models.flags import FlagQuerySet
from labeling.services.refusals import Refused
from labeling.services.review_queue import QueueFilter, flags_in
from labeling.services.station_offsets import StationOffset, said_alike
from labeling.services.veil import Veil, veils_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE = 20
LATE = "late"  # begins the cursors of the pages that come last
MOST_LEFT_OUT = 200  # more flags than these, open elsewhere, keep their place: an address holds only so much


@dataclass(frozen=True)
class QueuePage:
    """flags: in the order of the queue. veils: by flag id, what is withheld. next_after: cursor of the next, "" at the last."""

    flags: list[Flag]
    veils: dict[int, Veil]
    next_after: str


def queue_page(
    *,
    workspace: Workspace,
    narrowed: QueueFilter,
    analyst: User | None = None,
    after: str = "",
    size: int = PAGE,
    held: Collection[int] = (),
    late: Collection[StationOffset] | None = None,
) -> QueuePage:
    """One page by keyset: no offset that grows, and nothing twice when flags are decided meanwhile. after: a page's `next_after`.

    analyst: without the items that wait for somebody else's reading than theirs. held: flags that somebody else has open; in a queue of
    open flags they come last. The cursor names those that were left out on the way, so that they come whoever has them by then.
    late: stations whose flags of a group offset come after all others; then come all that say the like, since the stations may be others
    by then, so that some may come twice. None: all in their place.
    """
    flags = flags_in(workspace, narrowed)
    prefix = LATE if after.split("~")[0] == LATE else ""
    if prefix:
        after, late, flags = after[len(LATE) + 1 :], None, flags.filter(said_alike())
    every = flags
    if late:
        flags = flags.exclude(said_alike() & reduce(or_, (Q(network_code=one.network_code, station_code=one.station_code) for one in late)))
    if analyst is not None:
        own = Decision.objects.filter(analyst=analyst, is_reading=True, undone_by=None, flag=OuterRef("pk"))
        flags = flags.exclude(Q(state=Flag.State.OPEN) & Exists(own))
    place, pk, left_out = _cursor(after) if after else (math.inf, 0, [])
    ahead = flags.filter(Q(queue_place__lte=place) & (Q(queue_place__lt=place) | Q(id__gt=pk))) if after else flags
    later: list[tuple[float, int]] = []
    if held and narrowed.state == "open" and not prefix:
        held_places = Flag.objects.filter(pk__in=held).values_list("pk", "queue_place")
        on_the_way = sorted((-p, i) for i, p in held_places if (-p, i) > (-place, pk))
        later = on_the_way[: MOST_LEFT_OUT - len(left_out)]
    rows = _first(ahead.exclude(pk__in=[i for _, i in later]), size + 1, by_state=narrowed.state == "all")
    if len(rows) <= size:
        last = flags.filter(pk__in=[*left_out, *(i for _, i in later)])
        rows = [*rows, *_as_rows(last)]
        return QueuePage(rows, veils_of(rows), LATE if late is not None and every.filter(said_alike()).exists() else "")
    rows = rows[:size]
    end = (-rows[-1].queue_place, rows[-1].pk)
    left_out += [i for behind, i in later if (behind, i) < end]
    cursor = (repr(rows[-1].queue_place), str(rows[-1].pk), *map(str, left_out))
    return QueuePage(rows, veils_of(rows), "~".join((prefix, *cursor) if prefix else cursor))


def states_of(*, workspace: Workspace, flag_ids: Sequence[int]) -> dict[int, str]:
    """What became by now of flags that a page has in its list, by id."""
    return dict(Flag.objects.filter(workspace=workspace, pk__in=flag_ids).values_list("pk", "state"))


def _first(flags: FlagQuerySet, n: int, *, by_state: bool) -> list[Flag]:
    """by_state: the first of each state, merged, since the index that keeps the order keeps it within a state."""
    if not by_state:
        return list(_as_rows(flags)[:n])
    rows = [flag for state in Flag.State for flag in _as_rows(flags.filter(state=state))[:n]]
    return sorted(rows, key=lambda flag: (-flag.queue_place, flag.pk))[:n]


def _as_rows(flags: FlagQuerySet) -> FlagQuerySet:
    return flags.in_queue_order().select_related("pick").defer("posterior", "alignment", "evidence")


def _cursor(after: str) -> tuple[float, int, list[int]]:
    """Place and id of the last one on the page before, and the ids that were left out until then."""
    try:
        p, *ids = after.split("~")
        pk, *left_out = (int(text) for text in ids)
        if not 1 <= len(ids) <= MOST_LEFT_OUT + 1 or not all(0 <= i < 2**63 for i in (pk, *left_out)):
            raise ValueError
        return float(p), pk, left_out
    except ValueError:
        raise Refused("cursor_unknown", f"{after!r} is no place in the queue. Start again without it.") from None
