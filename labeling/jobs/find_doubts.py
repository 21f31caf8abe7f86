"""Lines of the report for what only shows when a catalog is looked at as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from labeling.jobs.pick_columns import PickColumns, read_pick_columns
from labeling.jobs.problem_sink import ProblemSink
from labeling.models import Catalog, Pick
from labeling.seismo.doubts.rounding import are_on_hundreds, rounding_step_s
from labeling.seismo.doubts.travel import impossible_delays, residuals_s, s_before_p, station_offsets_s, whole_hours_off
from labeling.seismo.doubts.uncertainties import are_weights, negative
from labeling.seismo.records import Problem

NAMED_AT_ONCE = 5000


def find_doubts(catalog: Catalog, report: ProblemSink) -> None:
    """Reports them as warnings; the picks stay as they are. What concerns one pick stands at the pick, the rest at the catalog."""
    told: set[tuple[str, str]] = set()
    for picks in read_pick_columns(catalog):
        for code, station, message in (*_of_the_catalog(picks), *_of_stations(picks)):
            if (code, station) not in told:
                told.add((code, station))
                report.add(Problem(code, message, station or str(catalog), severity="warning"))
        for code, doubtful, message in _of_picks(picks):
            for source_ref in _names(picks.pk[doubtful]):
                report.add(Problem(code, message, source_ref, severity="warning"))


def _of_the_catalog(picks: PickColumns) -> Iterator[tuple[str, str, str]]:
    step_s = rounding_step_s(picks.time_us)
    if step_s is not None:
        yield (
            "rounded_times",
            "",
            (
                f"Nearly all times are whole multiples of {step_s:g} s, so they are off by up to {step_s / 2:g} s. "
                "If the program that wrote them knows more decimals, write the catalog anew."
            ),
        )
    if are_on_hundreds(picks.sample):
        yield (
            "samples_on_hundreds",
            "",
            (
                "Nearly all picks lie on multiples of 100 samples of their traces, as starts of windows do and onsets don't. "
                "See whether positions were counted from the right sample, and write the catalog anew."
            ),
        )
    if hours := whole_hours_off(picks.delay_s):
        yield (
            "local_time",
            "",
            (
                f"Most picks are {abs(hours)} h {'after' if hours > 0 else 'before'} their origins: picks or origins are in local time. "
                "Withdraw the catalog, write all times in UTC, and import it again."
            ),
        )
    if negative(picks.uncertainty_s).any():
        yield (
            "negative_uncertainty",
            "",
            (
                "There are uncertainties below zero, which some programs write for one that is not known. "
                "Leave such cells blank and import the catalog again."
            ),
        )
    if are_weights(picks.uncertainty_s):
        yield (
            "weights_as_uncertainties",
            "",
            (
                "All uncertainties are 0, 1, 2, 3, 4 or 9, as weights are. "
                "If they are weights, call the column `weight` and import the catalog again."
            ),
        )


def _of_stations(picks: PickColumns) -> Iterator[tuple[str, str, str]]:
    offsets = station_offsets_s(picks.station, residuals_s(picks.delay_s, picks.distance_km, picks.depth_km, picks.is_s))
    for number, offset_s in sorted(offsets.items(), key=lambda item: -abs(item[1])):
        side = "late" if offset_s > 0 else "early"
        yield (
            "station_off",
            picks.stations[number],
            (
                f"Its picks are {side}: half of them by more than {abs(offset_s):.2f} s, against an average crust and the "
                "rest of the catalog. See whether its clock, its coordinates and its time stamps are right."
            ),
        )


def _of_picks(picks: PickColumns) -> Iterator[tuple[str, NDArray[np.bool_], str]]:
    message = "This S is earlier than the P of the same event and station; one of the two is wrong. Look at both."
    yield "s_before_p", s_before_p(picks.group, picks.is_s, picks.time_us), message
    if not whole_hours_off(picks.delay_s):  # one line has said it for all of them
        message = "No P or S takes so short or so long from its event to its station. See whether time, phase, station and event are right."
        yield "impossible_travel_time", impossible_delays(picks.delay_s, picks.distance_km, picks.depth_km, picks.is_s), message


def _names(pks: NDArray[np.int64]) -> Iterator[str]:
    """What the picks are called in their file, in the order of the file."""
    for start in range(0, len(pks), NAMED_AT_ONCE):
        part = pks[start : start + NAMED_AT_ONCE].tolist()
        yield from Pick.objects.filter(pk__in=part).order_by("pk").values_list("source_ref", flat=True)
