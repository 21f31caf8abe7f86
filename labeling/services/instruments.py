"""What the workspace's inventories say of a trace's components."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from labeling.models import ChannelEpoch, Trace
from labeling.seismo.ground_motion import Calibration, Sensitivity, calibration_of
from labeling.seismo.rotation import Orientation, Turn, turn_to_zne


@dataclass(frozen=True)
class Instrument:
    """turn, calibration: how components become Z, N and E, and counts ground motion; or why they can't, in words.

    version: changes with what the inventory says, for addresses that are kept in caches.
    """

    turn: Turn | str
    calibration: Calibration | str
    sensitivity_hz: float | None
    version: str

    @property
    def has_other_directions(self) -> bool:
        """Whether the components, as recorded, are known to point elsewhere than Z, N and E."""
        return isinstance(self.turn, Turn) and not self.turn.does_nothing


def instrument_of(trace: Trace, n_components: int | None = None) -> Instrument:
    """One query. n_components: of the first so many components."""
    channels = trace.channels[:n_components]
    codes = [channel["channel"] for channel in channels]
    epochs = _epochs(trace, codes)
    orientations = [
        None if one is None or one.azimuth_deg is None or one.dip_deg is None else Orientation(one.azimuth_deg, one.dip_deg)
        for one in epochs
    ]
    sensitivities = [None if one is None else Sensitivity(one.sensitivity, one.input_unit, one.sensitivity_hz) for one in epochs]
    return Instrument(
        turn=turn_to_zne(codes, orientations, [bool(channel.get("dead")) for channel in channels]),
        calibration=calibration_of(sensitivities),
        sensitivity_hz=next((one.frequency_hz for one in sensitivities if one is not None), None),
        version=hashlib.sha256(repr((orientations, sensitivities)).encode()).hexdigest()[:8],
    )


def _epochs(trace: Trace, codes: list[str]) -> list[ChannelEpoch | None]:
    """By component, the epoch that lasts all the while; None where there is none, or where more than one instrument fits."""
    rows = ChannelEpoch.objects.filter(workspace_id=trace.workspace_id, station_code=trace.station_code, channel_code__in=codes)
    fitting = [epoch for epoch in rows.defer("response") if _is_of(epoch, trace)]
    if trace.network_code and any(epoch.network_code for epoch in fitting):
        fitting = [epoch for epoch in fitting if epoch.network_code == trace.network_code]
    if len({(epoch.network_code, epoch.location_code) for epoch in fitting}) > 1:
        return [None] * len(codes)
    by_code: dict[str, ChannelEpoch] = {}
    for epoch in fitting:  # in the order of their starts, so that the newest counts
        by_code[epoch.channel_code] = epoch
    return [by_code.get(code) for code in codes]


def _is_of(epoch: ChannelEpoch, trace: Trace) -> bool:
    if trace.network_code and epoch.network_code not in (None, trace.network_code):
        return False
    if trace.location_code is not None and epoch.location_code != trace.location_code:
        return False
    return trace.time_is_relative or epoch.covers(trace.start_time, trace.end_time)
