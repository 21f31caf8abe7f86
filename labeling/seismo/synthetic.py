"""A regional network's catalog with waveforms, made from a seed, in which every wrong label is known.

For demonstrations and tests: `make_network(SyntheticConfig(seed=7))` gives the same samples and picks every time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from labeling.seismo.records import EventRecord, PickRecord, StationRecord, TraceRecord
from labeling.seismo.synthetic_labels import PlantedError, label_recordings
from labeling.seismo.synthetic_network import SyntheticEvent, SyntheticStation, make_events, make_stations
from labeling.seismo.synthetic_recordings import Recording, record_event
from labeling.seismo.synthetic_region import Region
from labeling.seismo.timing import add_seconds, seconds_between
from labeling.seismo.traveltimes import distance_km

DEAD_STATION_INDEX, DEAD_COMPONENT = 5, 2
GAP_S = 1.7
GAP_AFTER_S_S = 7.0
COMPANION_EVERY = 24  # one event in so many is followed by a second one that nobody labelled


@dataclass(frozen=True)
class SyntheticConfig:
    """What is made. planted_share: wrong labels over all picks, without the late station's. late_shift_s: theirs. analyst_spread: factor on
    how far honest picks lie from the arrival; 0 for the arrivals themselves."""

    seed: int = 7
    n_stations: int = 14
    n_events: int = 60
    traces_per_event: tuple[int, int] = (8, 10)
    trace_s: tuple[float, float] = (60.0, 90.0)
    max_distance_km: float = 150.0
    planted_share: float = 0.08
    late_shift_s: float = 0.25
    analyst_spread: float = 1.0
    region: Region = field(default_factory=Region)


@dataclass(frozen=True)
class SyntheticNetwork:
    """The whole data set in records. truth: the wrong labels by kind. late_station and dead_station: codes, "" where there is none."""

    config: SyntheticConfig
    stations: list[StationRecord]
    events: list[EventRecord]
    traces: list[TraceRecord]
    picks: list[PickRecord]
    truth: list[PlantedError]
    late_station: str
    dead_station: str


def make_network(config: SyntheticConfig | None = None) -> SyntheticNetwork:
    """Make everything. About 500 traces and 900 picks by default, in some 10 s and 150 MB."""
    config = config or SyntheticConfig()
    stations = make_stations(config.n_stations, config.region, np.random.default_rng([config.seed, 1]))
    events = make_events(config.n_events, config.region, config.seed, np.random.default_rng([config.seed, 2]))
    recordings = _record_all(config, stations, events)
    dead_station = _code(stations, DEAD_STATION_INDEX)
    late_station = _code(stations, config.n_stations - 3)
    labels = label_recordings(
        recordings,
        config.planted_share,
        late_station,
        config.late_shift_s,
        config.seed,
        np.random.default_rng([config.seed, 3]),
        config.analyst_spread,
    )
    picked_traces = {pick.trace_ref for pick in labels.picks}
    traces = [_trace(ref, recording, dead_station) for ref, recording in recordings if ref in picked_traces]
    return SyntheticNetwork(
        config=config,
        stations=[station.record for station in stations],
        events=[event.record for event in events],
        traces=_with_one_gap(traces, {ref: recording for ref, recording in recordings}),
        picks=labels.picks,
        truth=labels.truth,
        late_station=late_station,
        dead_station=dead_station,
    )


def _code(stations: list[SyntheticStation], index: int) -> str:
    return stations[index].record.station_code if 0 <= index < len(stations) else ""


def _record_all(config: SyntheticConfig, stations: list[SyntheticStation], events: list[SyntheticEvent]) -> list[tuple[str, Recording]]:
    """Every event at the stations nearest to it. Each recording has its own random stream, so that none depends on another."""
    recordings = []
    for event_index, event in enumerate(events):
        rng = np.random.default_rng([config.seed, 4, event_index])
        companion = _companion(event, rng) if event_index % COMPANION_EVERY == COMPANION_EVERY // 2 else None
        for station_index in _nearest(config, event, stations, rng):
            station = stations[station_index]
            stream = np.random.default_rng([config.seed, 5, event_index, station_index])
            record = station.record
            seed_id = f"{record.network_code}.{record.station_code}.{station.location_code}.{station.instrument_code}"
            recordings.append((f"{event_name(event.record)}.{seed_id}", record_event(event, station, config.trace_s, companion, stream)))
    return recordings


def event_name(event: EventRecord) -> str:
    """Short name of an event, as its files carry it: `event-012`."""
    return f"event-{event.source_ref.rsplit('/', 1)[-1]}"


def _nearest(config: SyntheticConfig, event: SyntheticEvent, stations: list[SyntheticStation], rng: np.random.Generator) -> list[int]:
    latitude, longitude, _ = event.position
    away_km = np.array([float(distance_km(latitude, longitude, s.record.latitude or 0.0, s.record.longitude or 0.0)) for s in stations])
    wanted = int(rng.integers(config.traces_per_event[0], config.traces_per_event[1] + 1))
    return [int(index) for index in np.argsort(away_km) if away_km[index] <= config.max_distance_km][:wanted]


def _companion(event: SyntheticEvent, rng: np.random.Generator) -> SyntheticEvent:
    """A second earthquake a few kilometres away, 9–20 s later."""
    latitude, longitude, depth = event.position
    record = event.record
    if record.origin_time is None or record.magnitude is None:
        raise ValueError(f"The synthetic event {record.source_ref} has no time or magnitude; every one is made with both.")
    later = replace(
        record,
        source_ref=f"{record.source_ref}-companion",
        origin_time=add_seconds(record.origin_time, round(float(rng.uniform(9.0, 20.0)), 2)),
        latitude=latitude + float(rng.normal(0, 0.03)),
        longitude=longitude + float(rng.normal(0, 0.03)),
        depth_km=max(2.0, depth + float(rng.normal(0, 1.5))),
        magnitude=record.magnitude + float(rng.uniform(0.0, 0.4)),
    )
    return replace(event, record=later)


def _trace(trace_ref: str, recording: Recording, dead_station: str) -> TraceRecord:
    station = recording.station
    samples = recording.samples
    if station.record.station_code == dead_station:
        samples = samples.copy()
        samples[DEAD_COMPONENT] = 0.0
    return TraceRecord(
        source_ref=trace_ref,
        network_code=station.record.network_code,
        station_code=station.record.station_code,
        location_code=station.location_code,
        channel_codes=tuple(station.instrument_code + component for component in "ZNE"),
        start_time=recording.start_time,
        sampling_rate_hz=station.sampling_rate_hz,
        samples=samples,
        event_ref=recording.event.record.source_ref,
    )


def _with_one_gap(traces: list[TraceRecord], recordings: dict[str, Recording]) -> list[TraceRecord]:
    """Cut the telemetry of one trace, in the coda, where no pick is lost."""
    if not traces:
        return traces
    index = len(traces) // 3
    trace = traces[index]
    rate = trace.sampling_rate_hz
    after_s = seconds_between(trace.start_time, recordings[trace.source_ref].s.time) + GAP_AFTER_S_S
    samples = trace.samples.copy()
    samples[:, int(after_s * rate) : int((after_s + GAP_S) * rate)] = np.nan
    return [*traces[:index], replace(trace, samples=samples), *traces[index + 1 :]]
