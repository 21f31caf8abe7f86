"""Shares of flagged picks by what the queue can be narrowed to, as rows of tables and figures. Each leads to its flags in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from labeling.models import Workspace
from labeling.services.flag_facts import DISTANCE_EDGES_KM, SNR_EDGES_DB, UNKNOWN, bands
from labeling.services.overview_counts import FlagFigures
from labeling.statistics.proportions import wilson

MOST_BARS, MOST_ROWS = 15, 100
TITLES = {
    "kind": "Flags by kind",
    "station": "Share flagged by station",
    "network": "Share flagged by network",
    "analyst": "Share flagged by analyst",
    "phase": "Share flagged by phase",
    "snr": "Share flagged by signal-to-noise ratio",
    "distance": "Share flagged by epicentral distance",
    "month": "Share flagged by month",
}
ORDERED = {"snr": [*bands(SNR_EDGES_DB), ""], "distance": [*bands(DISTANCE_EDGES_KM), ""]}
UNITS = {"snr": " dB", "distance": " km"}
CAN_BE_UNKNOWN = ("snr", "distance")  # of the others the queue has no filter for what is not known


@dataclass(frozen=True)
class Group:
    """One figure with its table. bars: at most MOST_BARS of rows, which are at most MOST_ROWS of n_values. has_rates: of labels that are
    wrong, of one row at least."""

    name: str
    title: str
    rows: list[dict[str, Any]]
    n_values: int

    @property
    def has_rates(self) -> bool:
        return any(row["wrong"] for row in self.rows)

    @property
    def legend(self) -> str:
        """What is drawn of each row."""
        if self.name == "kind":
            return "Bar: flagged as this kind, of all scored picks. Diamond: wrong, of those that would be of this kind, flagged or not."
        drawn = "Point" if self.name == "month" else "Bar"
        return f"{drawn}: flagged, of the scored picks. Diamond: labels that are wrong, of the same, by what was judged blind."

    @property
    def bars(self) -> list[dict[str, Any]]:
        return self.rows if self.name == "month" else self.rows[:MOST_BARS]


def flag_groups(workspace: Workspace, flags: FlagFigures) -> list[Group]:
    """Groups with nothing known in them are left out."""
    found = []
    for name, title in TITLES.items():
        counted = flags.groups[name]
        if any(value.strip(".") for value, _, _ in counted):
            rows = _in_order(name, [row for row in counted if name != "kind" or row[2]])
            most = rows[-MOST_ROWS:] if name == "month" else rows[:MOST_ROWS]
            found.append(Group(name, title, [_row(workspace, flags, name, *row) for row in most], len(rows)))
    return found


def station_map(workspace: Workspace, flags: FlagFigures) -> list[dict[str, Any]]:
    """Stations whose coordinates are known: their row with longitude and latitude in degrees."""
    located = workspace.stations.filter(latitude__isnull=False, longitude__isnull=False).order_by("start")
    places = {
        f"{network or ''}.{code}": (longitude, latitude)
        for network, code, longitude, latitude in located.values_list("network_code", "station_code", "longitude", "latitude")
    }
    return [
        {**_row(workspace, flags, "station", *row), "longitude": places[row[0]][0], "latitude": places[row[0]][1]}
        for row in flags.groups["station"]
        if row[0] in places
    ]


def _in_order(name: str, rows: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Bands and months by their own order, all else by most flags."""
    if name in ORDERED:
        return sorted(rows, key=lambda row: ORDERED[name].index(row[0]))
    if name == "month":
        return sorted(rows)
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def _row(workspace: Workspace, flags: FlagFigures, name: str, value: str, n: int, n_flagged: int) -> dict[str, Any]:
    """share, low, high: of the scored picks, with a 95 % interval. For a kind the share is of all scored picks. wrong: the share of labels
    that are wrong, of this kind too, with its interval and how many were judged; None where the blind slice says nothing yet."""
    n_of = sum(row[1] for row in flags.groups[name]) if name == "kind" else n
    share = wilson(n_flagged, n_of)
    filtered = value or (UNKNOWN if name in CAN_BE_UNKNOWN else "")
    n_judged, rate, rate_low, rate_high = flags.rates.get(name, {}).get(value, (0, 0.0, 0.0, 1.0))
    url = f"{reverse('review', args=[workspace.slug])}?{urlencode({name: filtered})}" if filtered else ""
    return {
        "label": _label(name, value), "n": n_of, "flagged": n_flagged,
        "share": share.estimate, "low": share.low, "high": share.high, "url": url,
        "wrong": {"share": rate, "low": rate_low, "high": rate_high, "n": n_judged} if n_judged else None,
    }  # fmt: skip


def _label(name: str, value: str) -> str:
    if not value:
        return "not known"
    words = value.replace("under", "under ").replace("over", "over ") if name in UNITS else value
    return words.replace("_", " ").lstrip(".") + UNITS.get(name, "")
