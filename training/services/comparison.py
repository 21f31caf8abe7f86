"""Two runs side by side: how they were set up, what they find of planted errors, and where their flags differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import Flag, FlagSet
from labeling.models.flags import FlagQuerySet
from labeling.services.veil import blind_picks, unseen_picks
from training.models import Run
from training.services.shown_summary import shown_summary

FLAGS_SHOWN = 25
HANDLED_APART = ("calibration", "statements", "flagged_by_kind", "planted_in_demo", "stack_weights", "gain")
NAMES = {
    "n_scored": "picks scored",
    "n_flagged": "picks flagged by the run itself",
    "error_rate": "share of labels estimated to be wrong",
    "n_errors_expected": "errors expected",
    "found_by_shift": "planted errors found",
    "found_when_left_out": "planted errors found, kind never calibrated on",
}


@dataclass(frozen=True)
class Pair:
    """One named figure of both runs; None where a run does not have it."""

    name: str
    a: Any
    b: Any

    @property
    def differs(self) -> bool:
        return bool(self.a != self.b)


@dataclass(frozen=True)
class FlagDifference:
    """Picks flagged by one run only, at one threshold; the first of each, worst first."""

    threshold: float
    n_both: int
    n_only_a: int
    n_only_b: int
    only_a: list[Flag]
    only_b: list[Flag]


@dataclass(frozen=True)
class RunComparison:
    """thresholds: for each threshold that either run was calibrated at, its calibration row in a and in b (or None)."""

    a: Run
    b: Run
    set_up: list[Pair]
    figures: list[Pair]
    thresholds: list[tuple[float, dict[str, Any] | None, dict[str, Any] | None]]
    flags: FlagDifference | None


def compare_runs(*, a: Run, b: Run, threshold: float) -> RunComparison:
    """Both of one workspace. The figures come from planted errors and never from accepted proposals, which follow the network."""
    set_up = _pairs(_set_up(a), _set_up(b))
    figures = _pairs(dict(_figures(shown_summary(a))), dict(_figures(shown_summary(b))))
    return RunComparison(
        a, b, [pair for pair in set_up if pair.differs], figures, _thresholds(a, b), _flag_difference(a, b, threshold=threshold)
    )


def _set_up(run: Run) -> dict[str, Any]:
    own = {
        "seed": run.seed,
        "snapshot": run.snapshot.number,
        "labels": run.n_labels,
        "code version": run.code_version,
        "device": run.device,
    }
    return {**own, **run.configuration}


def _pairs(a: dict[str, Any], b: dict[str, Any]) -> list[Pair]:
    names = list(a) + [name for name in b if name not in a]
    return [Pair(name, a.get(name), b.get(name)) for name in names]


def _figures(summary: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers and texts of a summary by dotted name; what is long or has its own place on the page is left out."""
    for name, value in summary.items():
        if isinstance(value, dict) and (prefix or name not in HANDLED_APART):
            yield from _figures(value, f"{prefix}{NAMES.get(name, name)} · ")
        elif isinstance(value, dict) and name == "calibration":
            yield from _figures({key: item for key, item in value.items() if key not in ("rows", "error_rate")})
        elif isinstance(value, (int, float, str)) or value is None:
            yield f"{prefix}{NAMES.get(name, name)}", value


def _thresholds(a: Run, b: Run) -> list[tuple[float, dict[str, Any] | None, dict[str, Any] | None]]:
    rows_a, rows_b = ({row["threshold"]: row for row in calibration_rows(shown_summary(run).get("calibration", {}))} for run in (a, b))
    return [(at, rows_a.get(at), rows_b.get(at)) for at in sorted({*rows_a, *rows_b})]


def calibration_rows(calibration: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of threshold, n_flagged, n_errors_expected and planted_found."""
    rows = calibration.get("rows", [])
    return [row for row in rows if isinstance(row, dict) and "threshold" in row] if isinstance(rows, list) else []


def _flag_difference(a: Run, b: Run, *, threshold: float) -> FlagDifference | None:
    sets = {flag_set.run_id: flag_set for flag_set in FlagSet.objects.filter(run_id__in=[a.pk, b.pk])}
    if a.pk not in sets or b.pk not in sets:
        return None
    only_a = _only(sets[a.pk], sets[b.pk], threshold)
    only_b = _only(sets[b.pk], sets[a.pk], threshold)
    n_only_a, n_only_b = only_a.count(), only_b.count()
    n_a = _told(sets[a.pk], threshold).count()
    return FlagDifference(threshold, n_a - n_only_a, n_only_a, n_only_b, list(only_a[:FLAGS_SHOWN]), list(only_b[:FLAGS_SHOWN]))


def _only(one: FlagSet, other: FlagSet, threshold: float) -> QuerySet[Flag]:
    in_other = Flag.objects.filter(flag_set=other, pick=OuterRef("pick")).above(threshold)
    return _told(one, threshold).exclude(Exists(in_other)).worst_first().select_related("pick").defer("posterior", "alignment")


def _told(flag_set: FlagSet, threshold: float) -> FlagQuerySet:
    """Without picks that are shown blind, and those that one reader added where a second one is to read."""
    flags = Flag.objects.filter(flag_set=flag_set).above(threshold).exclude(pick__in=blind_picks(flag_set.workspace))
    return flags.exclude(pick__in=unseen_picks(flag_set.workspace, AnonymousUser()))
