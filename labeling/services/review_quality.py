"""What the decisions say of the catalog and of its analysts: its errors, their agreement, anchoring, offsets and rounding."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from numpy.typing import NDArray

from labeling.models import Decision, Flag, ReviewAssignment, ReviewDraw, Workspace
from labeling.services.catalog_errors import CatalogErrors, catalog_errors
from labeling.services.double_review import Verdict
from labeling.services.veil import READ_ELSEWHERE
from labeling.statistics.agreement import cohen_kappa
from labeling.statistics.medians import difference_of_medians, median, spread
from labeling.statistics.proportions import Interval
from labeling.statistics.rounding import rounding_step_s

Purpose = ReviewAssignment.Purpose
CLASSES = ("keep", "move", "phase", "remove")
SNR_BANDS_DB = (("under 6 dB", -np.inf, 6.0), ("6 to 15 dB", 6.0, 15.0), ("15 dB and more", 15.0, np.inf))
MOST_TIMES = 20_000  # newest of them: of medians nothing is gained by more
LEAST_READINGS = 5


@dataclass(frozen=True)
class Agreement:
    """Of two independent readings. seconds: median absolute difference by phase, with how many pairs. table: first by second, CLASSES."""

    n_pairs: int
    n_waiting: int
    n_differing: int
    seconds: dict[str, tuple[int, Interval | None]]
    kappa: Interval | None
    table: list[list[int]]


@dataclass(frozen=True)
class Anchoring:
    """Median distance of the final from the proposed time, with the proposal shown and hidden, and hidden less shown."""

    n_shown: int
    n_hidden: int
    shown: Interval | None
    hidden: Interval | None
    difference: Interval | None


@dataclass(frozen=True)
class AnalystOffset:
    """Times that one analyst set by hand, less the run's, for one phase and one band of the signal-to-noise ratio."""

    analyst: str
    phase: str
    snr_band: str
    n: int
    offset_s: float
    spread_s: float


@dataclass(frozen=True)
class ReviewQuality:
    """rounding: by analyst, the step in seconds that their times stand on, None where there is none; only who set enough times."""

    draw: ReviewDraw
    errors: CatalogErrors
    agreement: Agreement
    anchoring: Anchoring
    offsets: list[AnalystOffset]
    rounding: dict[str, float | None]


def review_quality(workspace: Workspace) -> ReviewQuality | None:
    """Figures of the run under review; None before one was drawn for."""
    draw = ReviewDraw.objects.filter(flag_set__workspace=workspace, flag_set__is_current=True).select_related("flag_set").first()
    if draw is None:
        return None
    placed = _placed_by_hand(workspace)
    errors = catalog_errors(draw=draw, workspace=workspace)
    return ReviewQuality(draw, errors, _agreement(draw, workspace), _anchoring(draw), _offsets(placed), _rounding(placed))


def _agreement(draw: ReviewDraw, workspace: Workspace) -> Agreement:
    flags = draw.assignments.filter(purpose=Purpose.DOUBLE).values("flag")
    decisions = Decision.objects.filter(flag__in=flags)
    told = decisions.filter(Q(kind=Decision.Kind.UNDO) | ~Q(kind__in=Decision.NO_VERDICT))
    rows = told.select_related("flag__pick").defer("flag__posterior", "flag__alignment", "flag__evidence").order_by("flag_id", "id")
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    apart_s: dict[str, list[float]] = {"P": [], "S": []}
    n_waiting = n_differing = 0
    for _, of_flag in groupby(rows, key=lambda decision: decision.flag_id):
        pair = _first_two(list(of_flag))
        if len(pair) < 2:
            n_waiting += len(pair)
            continue
        flag = pair[0].flag
        assert flag is not None  # the query is by flag
        tolerance_s = workspace.tolerance_s(flag.label_phase)
        first, second = (Verdict.of(decision, flag) for decision in pair)
        table[_class(first, flag, tolerance_s), _class(second, flag, tolerance_s)] += 1
        n_differing += not first.agrees_with(second, tolerance_s=tolerance_s)
        if not first.is_removed and not second.is_removed and first.phase == second.phase and first.phase in apart_s:
            apart_s[first.phase].append(abs((first.time - second.time).total_seconds()))
    seconds = {phase: (len(values), median(np.array(values))) for phase, values in apart_s.items()}
    return Agreement(int(table.sum()), n_waiting, n_differing, seconds, cohen_kappa(table), table.tolist())


def _first_two(decisions: list[Decision]) -> list[Decision]:
    """The readings of the two who read first, as they stood when both had read; the one that waits, until then.

    decisions: on one item, and what took them back, oldest first. From then on the two have seen each other's, so that nothing counts that
    was read later, and neither does the pair once one of it was taken back. What an admin took over from one of them is no reading.
    """
    standing: dict[int, Decision] = {}
    for decision in decisions:
        if decision.kind == Decision.Kind.UNDO:
            taken_back = {analyst for analyst, one in standing.items() if one.pk == decision.undoes_id}
            if taken_back and len(standing) == 2:
                return []
            standing = {analyst: one for analyst, one in standing.items() if analyst not in taken_back}
        elif "settles" in decision.shown:
            return list(standing.values()) if len(standing) == 2 else []
        elif len(standing) < 2 and (decision.is_reading or standing):
            standing[decision.analyst_id] = decision
    return list(standing.values())


def _class(verdict: Verdict, flag: Flag, tolerance_s: float) -> int:
    """By what becomes of the label, not by the key: a proposal of 0.01 s accepted keeps the label."""
    if verdict.is_removed:
        return CLASSES.index("remove")
    if verdict.phase != flag.label_phase:
        return CLASSES.index("phase")
    return CLASSES.index("keep" if verdict.agrees_with(Verdict(flag.label_time, flag.label_phase), tolerance_s=tolerance_s) else "move")


def _anchoring(draw: ReviewDraw) -> Anchoring:
    """Over picks that one verdict was given on, taken back or not, so that none counts as hidden that was decided anew once its proposal
    had been seen. What was accepted with many others is left out; a batch that was taken back, in which nothing hidden is, is as none."""
    hidden = draw.assignments.filter(purpose=Purpose.HIDDEN_PROPOSAL).values("flag")
    decided = draw.flag_set.flags.filter(
        state=Flag.State.DECIDED, proposed_time__isnull=False, queue_place__gte=draw.threshold, drawn_place=None,
        pick__is_removed=False, pick__in_conflict=False,
    ).exclude(kind=Flag.Kind.MISSED_ARRIVAL)  # fmt: skip
    together = Decision.objects.filter(batch__isnull=False, undone_by=None, flag=OuterRef("pk")).exclude(kind=Decision.Kind.UNDO)
    decided = decided.exclude(Exists(together)).exclude(decisions__shown__has_key=READ_ELSEWHERE)
    verdicts = Q(decisions__is_reading=False) & ~Q(decisions__kind__in=Decision.NO_VERDICT)
    verdicts &= Q(decisions__batch=None) | Q(decisions__undone_by=None)
    decided = decided.annotate(n_verdicts=Count("decisions", filter=verdicts)).filter(n_verdicts=1)
    hidden_s, shown_s = _from_proposal_s(decided.filter(pk__in=hidden)), _from_proposal_s(decided.exclude(pk__in=hidden))
    return Anchoring(shown_s.size, hidden_s.size, median(shown_s), median(hidden_s), difference_of_medians(hidden_s, shown_s))


def _from_proposal_s(flags: QuerySet[Flag]) -> NDArray[np.float64]:
    times = flags.order_by("-id").values_list("pick__time", "proposed_time")[:MOST_TIMES]
    return np.array([abs((final - proposed).total_seconds()) for final, proposed in times if proposed is not None])


@dataclass(frozen=True)
class _Placed:
    """A time set by hand. from_run_s: less the run's, None where it proposed none, or that of another arrival that was missed."""

    analyst: str
    phase: str
    snr_db: float | None
    from_run_s: float | None
    fraction_s: float
    sampling_interval_s: float


def _placed_by_hand(workspace: Workspace) -> list[_Placed]:
    moves = Decision.objects.filter(workspace=workspace, kind=Decision.Kind.MOVE, undone_by=None).order_by("-id")
    columns = (
        "analyst__username", "flag__kind", "flag__label_phase", "flag__evidence__snr_db", "flag__proposed_time", "time",
        "pick__trace__sampling_rate_hz",
    )  # fmt: skip
    placed = []
    for analyst, kind, phase, snr_db, proposed, time, rate_hz in moves.values_list(*columns)[:MOST_TIMES]:
        from_run_s = None if proposed is None or kind == Flag.Kind.MISSED_ARRIVAL else (time - proposed).total_seconds()
        fraction_s = time.second + time.microsecond / 1e6
        placed.append(_Placed(analyst, phase or "", snr_db, from_run_s, fraction_s, 1 / rate_hz if rate_hz else 0.01))
    return placed


def _offsets(placed: list[_Placed]) -> list[AnalystOffset]:
    groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for one in placed:
        if one.from_run_s is not None:
            groups[one.analyst, one.phase, _snr_band(one.snr_db)].append(one.from_run_s)
    return [
        AnalystOffset(*names, len(values), float(np.median(values)), spread(np.array(values)))
        for names, values in sorted(groups.items())
        if len(values) >= LEAST_READINGS
    ]


def _snr_band(snr_db: float | None) -> str:
    if snr_db is None:
        return "unknown"
    return next(name for name, low, high in SNR_BANDS_DB if low <= snr_db < high)


def _rounding(placed: list[_Placed]) -> dict[str, float | None]:
    by_analyst: dict[str, list[_Placed]] = defaultdict(list)
    for one in placed:
        by_analyst[one.analyst].append(one)
    return {
        analyst: rounding_step_s(
            np.array([one.fraction_s for one in times]), sampling_interval_s=max(one.sampling_interval_s for one in times)
        )
        for analyst, times in sorted(by_analyst.items())
        if len(times) >= 10
    }
