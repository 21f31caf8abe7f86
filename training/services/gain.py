"""What a run bought, as its page tells it: what was kept when it ended, and what decisions have added since."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from labeling.models import FlagSet
from training.flagging.gain import TOLD_THRESHOLDS, Estimate, wilson
from training.models import Run
from training.services.judged_flags import Counts, change_of_residuals, count_by_hundredth, count_by_kind, count_by_snr, count_by_station
from training.services.shown_summary import shown_summary

LEAST_FOR_CURVE = 10  # decisions
LEAST_FOR_RELIABILITY = 30
NOTHING_DECIDED = Counts(0, 0)


@dataclass(frozen=True)
class CurveRow:
    """What a threshold finds: of planted errors (recall, precision), and by verdicts."""

    threshold: float
    recall: float | None
    precision: float | None
    n_decided: int
    confirmed: Estimate | None


@dataclass(frozen=True)
class ReliabilityRow:
    """Of the labels whose P is in one tenth: mean P, and the share that was wrong."""

    low: float
    high: float
    n: int
    predicted: float
    observed: Estimate


@dataclass(frozen=True)
class GroupRow:
    """n_scored, n_flagged: None for a run that did not count them. caught: share of the group's planted errors at the threshold."""

    name: str
    n_scored: int
    n_flagged: int
    n_decided: int
    confirmed: Estimate | None
    n_planted: int
    caught: float | None

    @property
    def share_flagged(self) -> float | None:
        return self.n_flagged / self.n_scored if self.n_scored else None


@dataclass(frozen=True)
class GroupTable:
    title: str
    note: str
    rows: list[GroupRow]


@dataclass(frozen=True)
class BeforeAndAfter:
    """n labels in the means; n_moved of them carry a proposal that the run flags; n_left_out would be removed or renamed.
    decided_s: with the decisions so far in place of the proposals; None before any moved a label."""

    n: int
    n_moved: int
    n_left_out: int
    before_s: Estimate
    after_s: Estimate
    change_s: Estimate
    n_decided: int
    decided_s: float | None
    decided_change_s: Estimate | None


@dataclass(frozen=True)
class PutBack:
    """Of n planted timing errors of large_s and more; shares within within_s of the truth."""

    n: int
    large_s: float
    within_s: float
    share_before: Estimate
    share_after: Estimate
    error_before_s: Estimate
    error_after_s: Estimate


@dataclass(frozen=True)
class Gain:
    """is_complete: False for runs that ended before these figures were kept. charts: for the page's figures.
    reliability_from: `verdicts`, `planted`, or "" where there is nothing to draw."""

    threshold: float
    is_complete: bool
    error_rate: float | None
    n_planted: int
    decided: Counts
    confirmed: Estimate | None
    curve_rows: list[CurveRow]
    reliability_from: str
    reliability_rows: list[ReliabilityRow]
    tables: list[GroupTable]
    residuals: BeforeAndAfter | None
    put_back: PutBack | None
    charts: dict[str, Any]

    @property
    def has_verdict_curve(self) -> bool:
        return self.decided.n >= LEAST_FOR_CURVE

    @property
    def is_empty(self) -> bool:
        return not (self.is_complete or self.has_verdict_curve)


def gain_of(*, run: Run, flag_set: FlagSet, threshold: float) -> Gain:
    """threshold: the workspace's, at which the tables count."""
    kept: dict[str, Any] = shown_summary(run).get("gain") or {}
    by_hundredth = count_by_hundredth(flag_set)
    decided = _added_up(by_hundredth)
    planted_curve: list[list[float]] = kept.get("precision_recall", [])
    verdict_curve = _verdict_curve(by_hundredth) if decided.n >= LEAST_FOR_CURVE else []
    reliability_from, reliability_rows = _reliability(kept, by_hundredth)
    return Gain(
        threshold=threshold,
        is_complete=bool(kept),
        error_rate=kept.get("error_rate"),
        n_planted=kept.get("n_planted", 0),
        decided=decided,
        confirmed=_share(decided),
        curve_rows=_curve_rows(kept, by_hundredth if verdict_curve else {}),
        reliability_from=reliability_from,
        reliability_rows=reliability_rows,
        tables=_tables(kept, flag_set, threshold) if kept else [],
        residuals=_residuals(kept, run, flag_set),
        put_back=_put_back(kept),
        charts={
            "planted": planted_curve,
            "verdicts": verdict_curve,
            "reliability": [[row.predicted, row.observed.value, row.observed.low, row.observed.high, row.n] for row in reliability_rows],
            "reliability_from": reliability_from,
        },
    )


def _added_up(counts: Mapping[Any, Counts]) -> Counts:
    return Counts(*(sum(getattr(each, name) for each in counts.values()) for name in Counts.__dataclass_fields__))


def _at_least(by_hundredth: Mapping[int, Counts], hundredth: int) -> Counts:
    return _added_up({key: counts for key, counts in by_hundredth.items() if key >= hundredth})


def _share(counts: Counts) -> Estimate | None:
    return wilson(counts.n_wrong, counts.n) if counts.n else None


def _verdict_curve(by_hundredth: Mapping[int, Counts]) -> list[list[float]]:
    """Rows of threshold, share of the confirmed errors, precision, its interval's ends, and how many were decided; the highest first."""
    n_wrong = sum(counts.n_wrong for counts in by_hundredth.values())
    rows: list[list[float]] = []
    for hundredth in sorted(by_hundredth, reverse=True):
        here = _at_least(by_hundredth, hundredth)
        share = wilson(here.n_wrong, here.n)
        recall = here.n_wrong / n_wrong if n_wrong else 0.0
        rows.append([hundredth / 100, *(round(value, 4) for value in (recall, share.value, share.low, share.high)), here.n])
    return rows


def _curve_rows(kept: dict[str, Any], by_hundredth: Mapping[int, Counts]) -> list[CurveRow]:
    """At some thresholds, those of which neither curve says anything left out."""
    planted = {row[0]: row[1:] for row in kept.get("at_thresholds", [])}
    rows: list[CurveRow] = []
    for threshold in TOLD_THRESHOLDS:
        here = _at_least(by_hundredth, round(100 * threshold))
        if threshold in planted or here.n:
            recall, precision = planted.get(threshold, (None, None))
            rows.append(CurveRow(threshold, recall, precision, here.n, _share(here)))
    return rows


def _reliability(kept: dict[str, Any], by_hundredth: Mapping[int, Counts]) -> tuple[str, list[ReliabilityRow]]:
    if sum(counts.n for counts in by_hundredth.values()) >= LEAST_FOR_RELIABILITY:
        rows = []
        for tenth in range(10):
            # P of exactly 1 belongs to the last tenth.
            here = _added_up({key: counts for key, counts in by_hundredth.items() if min(key // 10, 9) == tenth})
            if here.n:
                rows.append(ReliabilityRow(tenth / 10, (tenth + 1) / 10, here.n, here.p_sum / here.n, wilson(here.n_wrong, here.n)))
        return "verdicts", rows
    planted = [
        ReliabilityRow(
            min(math.floor(10 * row["predicted"]), 9) / 10,
            min(math.floor(10 * row["predicted"]), 9) / 10 + 0.1,
            row["n"],
            row["predicted"],
            Estimate(row["observed"], row["low"], row["high"]),
        )
        for row in kept.get("reliability", [])
    ]
    return ("planted" if planted else ""), planted


def _tables(kept: dict[str, Any], flag_set: FlagSet, threshold: float) -> list[GroupTable]:
    stations = [(row["network_code"], row["station_code"]) for row in kept["by_station"] if row["station_code"]]
    by_station = count_by_station(flag_set, threshold, stations)
    by_code: dict[Hashable, Counts] = {kept["by_station"][place]["name"]: counts for place, counts in by_station.items() if place >= 0}
    by_code[""] = by_station.get(-1, NOTHING_DECIDED)
    named = len(stations)
    worst = f"the {named} with most flagged for their size, and the others together" if named else ""
    return [
        GroupTable("Kind", "what would be wrong", _rows(kept["by_kind"], count_by_kind(flag_set, threshold), threshold)),
        GroupTable("Station", worst, _rows(kept["by_station"], by_code, threshold)),
        GroupTable("Signal-to-noise ratio", "at the label", _rows(kept["by_snr"], count_by_snr(flag_set, threshold), threshold)),
    ]


def _rows(kept: list[dict[str, Any]], decided: Mapping[Any, Counts], threshold: float) -> list[GroupRow]:
    at = math.ceil(100 * threshold - 1e-9)
    rows = []
    for row in kept:
        counts = decided.get(row["name"], NOTHING_DECIDED)
        n_planted = sum(row["planted"])
        caught = sum(row["planted"][at:]) / n_planted if n_planted else None
        rows.append(GroupRow(row["name"], sum(row["given"]), sum(row["given"][at:]), counts.n, _share(counts), n_planted, caught))
    return rows


def _residuals(kept: dict[str, Any], run: Run, flag_set: FlagSet) -> BeforeAndAfter | None:
    told = kept.get("residuals")
    if not told or not told["n"]:
        return None
    before, after, change = (Estimate(**told[name]) for name in ("before_s", "after_s", "change_s"))
    n_in_means = run.summary["gain"]["residuals"]["n"]  # what is shown blind is not counted, and yet in the means
    n_decided, decided_change = change_of_residuals(flag_set, n_in_means) or (0, None)
    decided_s = None if decided_change is None else before.value + decided_change.value
    return BeforeAndAfter(told["n"], told["n_moved"], told["n_left_out"], before, after, change, n_decided, decided_s, decided_change)


def _put_back(kept: dict[str, Any]) -> PutBack | None:
    told = kept.get("put_back")
    if not told:
        return None
    names = ("share_before", "share_after", "error_before_s", "error_after_s")
    return PutBack(told["n"], told.get("large_s", 0.2), told.get("within_s", 0.1), *(Estimate(**told[name]) for name in names))
