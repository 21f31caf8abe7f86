"""The proposals that bring an event's picks to where its other stations expect them: what "accept all that agree" means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labeling.models import Event, Flag
from labeling.seismo.traveltimes import Wave
from labeling.services.batches import assigned_of, why_left_out
from labeling.services.event_view import EventFit, stations_of
from labeling.services.leases import held_by_others
from labeling.services.review_queue import flags_under_review

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TOLERANCE_S: dict[str, float] = {"P": 0.3, "S": 0.5}  # what a crustal model that was corrected by a handful of stations is good for
MOST_FLAGS = 500


@dataclass(frozen=True)
class Judged:
    """One proposal against the event. now_s, then_s: residual of the pick as it is and as it would be. by: which fit said so."""

    flag: Flag
    phase: str
    now_s: float
    then_s: float
    by: str

    @property
    def agrees(self) -> bool:
        """The residual comes within the tolerance, and no farther from zero than it is."""
        return abs(self.then_s) <= TOLERANCE_S[self.phase] and abs(self.then_s) <= abs(self.now_s)


@dataclass(frozen=True)
class Agreeing:
    """agreeing, others: worst first. n_not_judged: of how many proposals the other stations say nothing. n_left_out: not to be taken so."""

    agreeing: list[Judged]
    others: list[Judged]
    n_not_judged: int
    n_left_out: int


def agreeing_proposals(*, event: Event, analyst: User) -> Agreeing:
    """The event's open flags above the workspace's threshold whose proposals set a time, each judged by the other stations."""
    workspace = event.workspace
    flags = flags_under_review(workspace).unveiled().open().above(workspace.flag_threshold)
    timed = flags.filter(pick__event=event, pick__is_removed=False, proposed_time__isnull=False).exclude(kind=Flag.Kind.MISSED_ARRIVAL)
    found = list(timed.worst_first().select_related("flag_set", "pick__trace").defer("posterior", "alignment", "evidence")[:MOST_FLAGS])
    held, assigned = held_by_others(workspace=workspace, analyst=analyst), assigned_of(found)
    free = [flag for flag in found if not why_left_out(flag, held, assigned)]
    fit = EventFit(event, stations_of(event=event, viewer=analyst)[0])
    judged = [one for one in (_judged(fit, flag) for flag in free) if one is not None]
    return Agreeing(
        agreeing=[one for one in judged if one.agrees],
        others=[one for one in judged if not one.agrees],
        n_not_judged=len(free) - len(judged),
        n_left_out=len(found) - len(free),
    )


def _judged(fit: EventFit, flag: Flag) -> Judged | None:
    phase: Wave = "S" if (flag.proposed_phase or flag.label_phase) == "S" else "P"
    expected = fit.expected(pick=flag.pick, wave=phase)
    against = expected.by_model or expected.by_wadati
    if against is None or flag.proposed_time is None:
        return None
    now_s, then_s = (fit.seconds(time) - against.time_s for time in (flag.pick.time, flag.proposed_time))
    return Judged(flag, phase, now_s, then_s, "travel time" if against is expected.by_model else "Wadati")
