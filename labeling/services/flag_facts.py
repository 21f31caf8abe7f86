"""What a flag copies of its pick when it is recorded, so that a million flags are narrowed and counted without a join.

Bands are named by tokens that stand in addresses: `under5`, `5-10`, `over20`; "" where the figure is not known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from labeling.models import Flag, Pick, Workspace
from labeling.models.waveforms import StationEpochs
from labeling.services.event_view import epicentral_km

SNR_EDGES_DB = (5, 10, 20)  # as in the tables of a run's gain
DISTANCE_EDGES_KM = (10, 30, 100, 300)
UNKNOWN = "unknown"  # in addresses, for ""


def bands(edges: Sequence[int]) -> list[str]:
    """Tokens from the lowest to the highest."""
    between = [f"{low}-{high}" for low, high in pairwise(edges)]
    return [f"under{edges[0]}", *between, f"over{edges[-1]}"]


def band_of(value: float | None, edges: Sequence[int]) -> str:
    """A value on an edge belongs to the band above it."""
    return "" if value is None else bands(edges)[bisect_right(edges, value)]


class FlagFacts:
    """Fills flags of one workspace before they are stored."""

    def __init__(self, workspace: Workspace) -> None:
        located = workspace.stations.filter(latitude__isnull=False, longitude__isnull=False)
        self._epochs: StationEpochs = located.epochs()

    def fill(self, flags: Iterable[Flag]) -> None:
        """Their picks come in one query."""
        flags = list(flags)
        picks = Pick.objects.select_related("event", "trace").in_bulk([flag.pick_id for flag in flags])
        for flag in flags:
            pick = picks.get(flag.pick_id)
            if pick is not None:
                self._fill(flag, pick)

    def _fill(self, flag: Flag, pick: Pick) -> None:
        flag.network_code = pick.network_code or ""
        flag.station_code = pick.station_code
        flag.author = pick.author
        flag.month = "" if pick.time_is_relative else f"{flag.label_time:%Y-%m}"
        snr_db = flag.evidence.get("snr_db")
        flag.snr_band = band_of(snr_db if isinstance(snr_db, int | float) else None, SNR_EDGES_DB)
        flag.distance_band = band_of(None if pick.event is None else epicentral_km(pick.event, pick, self._epochs), DISTANCE_EDGES_KM)
