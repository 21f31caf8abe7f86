"""Which trace a pick belongs to: the rule of the documentation, as a function of plain arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal

from labeling.seismo.records import PickRecord
from labeling.seismo.timing import iso, seconds_between, time_to_sample

INSTRUMENT_ORDER = ("HH", "EH", "BH", "SH", "EL", "DP", "HN")
_COMPONENTS = "ZNE123RTUVW"
# A pick less than this outside a trace is called outside of it; one farther off has no waveform.
_NEAR_S = 600.0

Reason = Literal[
    "unknown_station", "no_waveform", "outside_trace", "in_gap", "dead_component", "ambiguous_network", "ambiguous_location",
    "ambiguous_instrument",
]  # fmt: skip


@dataclass(frozen=True)
class TraceSpan:
    """One recording, less its samples. end_time: time of the last sample.

    gaps: for each channel code, (start, end) in samples, the end exclusive.
    key: the caller's own name for the recording. source_file: name of the file it came from, as uploaded.
    """

    key: int | str
    network_code: str | None
    station_code: str
    location_code: str | None
    instrument_code: str
    channel_codes: tuple[str, ...]
    start_time: datetime
    end_time: datetime
    sampling_rate_hz: float
    gaps: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    dead_channel_codes: tuple[str, ...] = ()
    source_file: str = ""

    def covers(self, time: datetime) -> bool:
        """Whether the recording has begun and not ended at that time."""
        return self.start_time <= time <= self.end_time

    def has_samples_at(self, time: datetime) -> bool:
        """Whether at least one component has no gap at that time."""
        sample = round(time_to_sample(self.start_time, time, self.sampling_rate_hz))
        return any(not any(start <= sample < end for start, end in self.gaps.get(code, ())) for code in self.channel_codes)

    @property
    def is_dead(self) -> bool:
        """Whether no component ever moves."""
        return set(self.channel_codes) <= set(self.dead_channel_codes)


@dataclass(frozen=True)
class Match:
    """The recording that a pick belongs to. remark: what had to be read generously to find it, empty if nothing."""

    span: TraceSpan
    remark: str = ""


@dataclass(frozen=True)
class Unmatched:
    """Why a pick belongs to no recording. reason: a stable token; message: what, where, what to do."""

    reason: Reason
    message: str


def match_pick(pick: PickRecord, candidates: Sequence[TraceSpan]) -> Match | Unmatched:
    """The recording of the pick's station that holds it, or why there is none.

    Network, station and location must not contradict; a missing code is settled if only one answer fits. Then come, each only where
    it leaves something: a file that the catalog names, a recording without a gap there, one that is alive, the pick's band and instrument
    (else the first of INSTRUMENT_ORDER), its component, and the recording with the wider margin around the pick.
    """
    at_station = [span for span in candidates if span.station_code == pick.station_code]
    if not at_station:
        return unknown_station(pick)
    in_network = _agreeing(at_station, pick.network_code, "network_code")
    if not in_network:
        found = _listed(span.network_code for span in at_station)
        message = (
            f"{pick_name(pick)}: waveforms of {pick.station_code} are there only in network {found}. Mend the network of picks or traces."
        )
        return Unmatched("unknown_station", message)
    covering = [span for span in in_network if span.covers(pick.time)]
    if not covering:
        return _not_covered(pick, in_network)
    named = _choose(pick, _named_files(pick, covering) or covering)
    anywhere = _choose(pick, covering) if isinstance(named, Unmatched) else named
    return anywhere if isinstance(anywhere, Match) else named


def unknown_station(pick: PickRecord) -> Unmatched:
    """The answer for a pick at a station without any recording."""
    return Unmatched("unknown_station", f"{pick_name(pick)}: there is no waveform of this station. Upload one, or mend the station code.")


def _choose(pick: PickRecord, covering: list[TraceSpan]) -> Match | Unmatched:
    at_location = _agreeing(covering, pick.location_code, "location_code")
    if not at_location:
        found = _listed(span.location_code for span in covering)
        message = (
            f"{pick_name(pick)}: the traces at {iso(pick.time)} have location {found}. Mend the location of the picks, or leave it blank."
        )
        return Unmatched("no_waveform", message)
    whole = [span for span in at_location if span.has_samples_at(pick.time)]
    if not whole:
        message = f"{pick_name(pick)}: every component has a gap at {iso(pick.time)}. Upload the missing stretch, or remove the pick."
        return Unmatched("in_gap", message)
    alive = [span for span in whole if not span.is_dead]
    if not alive:
        channels = _listed(code for span in whole for code in span.channel_codes)
        message = f"{pick_name(pick)}: {channels} of the trace at {iso(pick.time)} never moves. Upload the trace again if it should."
        return Unmatched("dead_component", message)
    fitting, remark = _by_channel(pick, alive)
    if not fitting:
        found = _listed(span.instrument_code for span in alive)
        message = f"{pick_name(pick)}: the traces at {iso(pick.time)} are {found}. Upload the one that is named."
        return Unmatched("no_waveform", message)
    networks, locations = {span.network_code for span in fitting}, {span.location_code for span in fitting}
    if len(networks) > 1:
        message = f"{pick_name(pick)}: traces of network {_listed(networks)} hold {iso(pick.time)}. Give the network in the catalog."
        return Unmatched("ambiguous_network", message)
    if len(locations) > 1:
        message = f"{pick_name(pick)}: traces of location {_listed(locations)} hold {iso(pick.time)}. Give the location in the catalog."
        return Unmatched("ambiguous_location", message)
    return _by_instrument(pick, fitting, remark)


def _by_instrument(pick: PickRecord, fitting: list[TraceSpan], remark: str) -> Match | Unmatched:
    present = {span.instrument_code for span in fitting}
    known = [code for code in INSTRUMENT_ORDER if code in present]
    if not known and len(present) > 1:
        message = f"{pick_name(pick)}: traces of the instruments {_listed(present)} hold {iso(pick.time)}. Give the channel in the catalog."
        return Unmatched("ambiguous_instrument", message)
    instrument = known[0] if known else next(iter(present))
    chosen = max((span for span in fitting if span.instrument_code == instrument), key=lambda span: _preference(pick, span))
    component = _component(pick.channel_code)
    named = [code for code in chosen.channel_codes if component and code.endswith(component)]
    if named and set(named) <= set(chosen.dead_channel_codes) and not remark:
        remark = f"{pick_name(pick)}: {named[0]} never moves; the other components are used."
    return Match(chosen, remark)


def _preference(pick: PickRecord, span: TraceSpan) -> tuple[bool, int, float, str]:
    component = _component(pick.channel_code)
    n_live = len(set(span.channel_codes) - set(span.dead_channel_codes))
    margin_s = min(seconds_between(span.start_time, pick.time), seconds_between(pick.time, span.end_time))
    has_component = component is not None and any(code.endswith(component) for code in span.channel_codes)
    return (has_component, n_live, margin_s, str(span.key))


def _by_channel(pick: PickRecord, spans: list[TraceSpan]) -> tuple[list[TraceSpan], str]:
    """The spans that the pick's channel code allows, and a remark if it had to be read generously.

    `HHZ` and `HH` name band and instrument. `HZ` (Nordic) is the first and the last letter of a code, and `Z` a component: they prefer, and
    exclude nothing, since catalogs write `S` for any short-period sensor.
    """
    code = pick.channel_code or ""
    component = _component(code)
    if len(code) >= 3:
        return [span for span in spans if span.instrument_code == code[:-1]], ""
    if len(code) == 2 and component is None:
        return [span for span in spans if span.instrument_code == code], ""
    if component is None:
        return spans, ""
    with_component = [span for span in spans if any(channel.endswith(component) for channel in span.channel_codes)]
    if len(code) == 1:
        return with_component or spans, ""
    exact = [span for span in with_component if span.instrument_code[:1] == code[0]]
    same_instrument = [span for span in spans if span.instrument_code == code]
    if exact or same_instrument:
        return exact or same_instrument, ""
    same_band = [span for span in spans if span.instrument_code[:1] == code[0]]
    found = same_band or with_component or spans
    taken = _listed(channel for span in found for channel in span.channel_codes)
    return found, f"{pick_name(pick)}: there is no such channel; of {taken} one recording is taken."


def _component(channel_code: str | None) -> str | None:
    letter = (channel_code or "")[-1:]
    return letter if letter and letter in _COMPONENTS else None


def _agreeing(spans: Sequence[TraceSpan], wanted: str | None, attribute: str) -> list[TraceSpan]:
    """Spans with the wanted code, else those that do not say; all of them if nothing is wanted."""
    if wanted is None or (attribute == "network_code" and not wanted):
        return list(spans)
    equal = [span for span in spans if getattr(span, attribute) == wanted]
    return equal or [span for span in spans if getattr(span, attribute) is None]


def _named_files(pick: PickRecord, spans: list[TraceSpan]) -> list[TraceSpan]:
    names = {PurePosixPath(name).name for name in pick.waveform_files}
    return [span for span in spans if PurePosixPath(span.source_file).name in names]


def _not_covered(pick: PickRecord, spans: list[TraceSpan]) -> Unmatched:
    nearest = min(spans, key=lambda span: _distance_s(span, pick.time))
    distance_s = _distance_s(nearest, pick.time)
    if distance_s > _NEAR_S:
        message = f"{pick_name(pick)}: no trace of the station holds {iso(pick.time)}. Upload the waveform, or leave the pick without."
        return Unmatched("no_waveform", message)
    side = "before" if pick.time < nearest.start_time else "after"
    ends = f"{iso(nearest.start_time)} to {iso(nearest.end_time)}"
    message = f"{pick_name(pick)}: {iso(pick.time)} is {distance_s:.2f} s {side} the trace ({ends}). Upload a longer one, or mend the time."
    return Unmatched("outside_trace", message)


def _distance_s(span: TraceSpan, time: datetime) -> float:
    return max(seconds_between(time, span.start_time), seconds_between(span.end_time, time))


def pick_name(pick: PickRecord) -> str:
    """`NZ.WEL.10.HHZ P`, for the report. An empty location is written `--`, what is missing is left out at either end."""
    location = "--" if pick.location_code == "" else (pick.location_code or "")
    codes = (pick.network_code or "", pick.station_code, location, pick.channel_code or "")
    return ".".join(codes).strip(".") + (f" {pick.phase_hint}" if pick.phase_hint else "")


def _listed(codes: Iterable[str | None]) -> str:
    shown = {"(missing)" if code is None else (code or "--") for code in codes}
    return ", ".join(sorted(shown))
