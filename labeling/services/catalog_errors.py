"""How wrong the catalog is, from the blind slice: the share of labels that are wrong, and the share of these that is not flagged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, QuerySet

from labeling.models import Decision, Flag, FlagSet, ReviewAssignment, ReviewDraw, Workspace
from labeling.services.double_review import Verdict
from labeling.services.veil import READ_ELSEWHERE
from labeling.statistics.proportions import Interval, Stratum, error_rate, missed_share

AT_ONCE = 1000


@dataclass(frozen=True)
class CatalogErrors:
    """rate: share of labels that are wrong. missed: share of the wrong ones that lie below the threshold. n_taken_back: blind items that
    count no more, since their answer was taken back when the run's view had been seen. n_read_elsewhere: decided by a file first, which was
    not written blind. n_flagged_told, n_unflagged_told: picks of either stratum as they may be told, without the blind items that are not
    decided yet: the difference to counts that leave them out, too, would say how many of these are flagged."""

    flagged: Stratum
    unflagged: Stratum
    rate: Interval | None
    missed: Interval | None
    n_drawn: int
    n_skipped: int
    n_taken_back: int
    n_read_elsewhere: int
    n_flagged_told: int
    n_unflagged_told: int


def catalog_error_rate(workspace: Workspace) -> Interval | None:
    """Share of the catalog's labels that are wrong, with its 95 % interval. None before blind items of the run under review were judged."""
    draw = ReviewDraw.objects.filter(flag_set__workspace=workspace, flag_set__is_current=True).first()
    return None if draw is None else catalog_errors(draw=draw, workspace=workspace).rate


def catalog_errors(*, draw: ReviewDraw, workspace: Workspace) -> CatalogErrors:
    """From the answers that were given blind; what was decided on an item once its veil was lifted changes nothing here."""
    verdicts = _verdicts_by_pick(draw)
    judged, wrong, undecided = ({True: 0, False: 0} for _ in range(3))
    n_drawn = n_skipped = n_taken_back = n_read_elsewhere = 0
    for is_flagged, state, n in _drawn(draw).values_list("is_flagged", "flag__state").annotate(n=Count("pk")).order_by():
        n_drawn += n
        n_skipped += n if state == Flag.State.SKIPPED else 0
        undecided[is_flagged] += n if state != Flag.State.DECIDED else 0
    for row in _answered(draw, verdicts):
        on_pick = verdicts[row.flag.pick_id]
        if _is_read_elsewhere(on_pick):
            n_read_elsewhere += 1
        elif any(_is_taken_back(decision) for decision in on_pick):
            n_taken_back += 1
        elif (is_wrong := _is_wrong(row.flag, on_pick, workspace)) is not None:
            judged[row.is_flagged] += 1
            wrong[row.is_flagged] += is_wrong
    flagged = Stratum(draw.n_flagged, judged[True], wrong[True])
    unflagged = Stratum(draw.n_unflagged, judged[False], wrong[False])
    rate, missed = error_rate([flagged, unflagged]), missed_share(flagged=flagged, unflagged=unflagged)
    n_told = (draw.n_flagged - undecided[True], draw.n_unflagged - undecided[False])
    return CatalogErrors(flagged, unflagged, rate, missed, n_drawn, n_skipped, n_taken_back, n_read_elsewhere, *n_told)


def judged_blind(*, draw: ReviewDraw, workspace: Workspace) -> Iterator[tuple[Flag, bool, bool]]:
    """The blind items whose answers count: flag, whether it was drawn among the flagged, whether its label is wrong."""
    verdicts = _verdicts_by_pick(draw)
    for row in _answered(draw, verdicts):
        on_pick = verdicts[row.flag.pick_id]
        counts = not _is_read_elsewhere(on_pick) and not any(_is_taken_back(decision) for decision in on_pick)
        if counts and (is_wrong := _is_wrong(row.flag, on_pick, workspace)) is not None:
            yield row.flag, row.is_flagged, is_wrong


def _drawn(draw: ReviewDraw) -> QuerySet[ReviewAssignment]:
    drawn = draw.assignments.filter(purpose=ReviewAssignment.Purpose.BLIND)
    # Picks are joined only where some may be withdrawn.
    thinned = FlagSet.objects.with_withdrawals().filter(pk=draw.flag_set_id, was_withdrawn_from=True)
    return drawn.filter(flag__pick__is_withdrawn=False) if thinned.exists() else drawn


def _answered(draw: ReviewDraw, verdicts: Mapping[int, list[Decision]]) -> Iterator[ReviewAssignment]:
    """The items that something was decided on; of the others, by far the most as long as a review goes on, only their number is asked."""
    picks = list(verdicts)
    for start in range(0, len(picks), AT_ONCE):
        rows = _drawn(draw).filter(flag__in=draw.flag_set.flags.filter(pick__in=picks[start : start + AT_ONCE]))
        yield from rows.select_related("flag__pick").defer("flag__posterior", "flag__alignment", "flag__evidence")


def _verdicts_by_pick(draw: ReviewDraw) -> dict[int, list[Decision]]:
    """What was decided on the blind items since they were drawn, oldest first, taken back or not."""
    picks = draw.flag_set.flags.filter(drawn_place__isnull=False).values("pick")
    verdicts = Decision.objects.filter(pick__in=picks, made_at__gte=draw.drawn_at).exclude(kind__in=Decision.NO_VERDICT)
    rows = verdicts.select_related("undone_by").order_by("pick_id", "id")
    return {pick_id: list(on_pick) for pick_id, on_pick in groupby(rows, key=lambda decision: decision.pick_id)}


def _is_read_elsewhere(verdicts: list[Decision]) -> bool:
    return bool(verdicts) and READ_ELSEWHERE in verdicts[0].shown


def _is_taken_back(decision: Decision) -> bool:
    """An admin who takes back how they settled a conflict has given no answer of their own."""
    return getattr(decision, "undone_by", None) is not None and "settles" not in decision.shown


def _answer(verdicts: list[Decision]) -> Decision | None:
    """The one that lifted the veil: the first that was applied, or what an admin settled on where two differed."""
    applied = [one for one in verdicts if not one.is_conflicting and not one.is_reading and getattr(one, "undone_by", None) is None]
    settled = [one for one in applied if "settles" in one.shown]
    return settled[-1] if settled else applied[0] if applied else None


def _is_wrong(flag: Flag, verdicts: list[Decision], workspace: Workspace) -> bool | None:
    """None as long as there is no answer that counts."""
    answer = _answer(verdicts)
    if answer is None or flag.state != Flag.State.DECIDED or flag.pick.in_conflict:
        return None
    given = Verdict(flag.label_time, flag.label_phase)
    return not Verdict.of(answer, flag).agrees_with(given, tolerance_s=workspace.tolerance_s(flag.label_phase))
