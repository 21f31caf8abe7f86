"""A synthetic network in files, as an analyst would upload them: miniSEED by event, one QuakeML catalog, one StationXML."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from obspy import Stream, Trace, UTCDateTime
from obspy.core import event as quake
from obspy.core.inventory import Channel, InstrumentSensitivity, Inventory, Network, Response, Site, Station

from labeling.seismo.records import EventRecord, PickRecord, TraceRecord
from labeling.seismo.synthetic import SyntheticNetwork, event_name
from labeling.seismo.synthetic_labels import PlantedError
from labeling.seismo.synthetic_network import COUNTS_PER_M_S
from labeling.seismo.timing import iso

TRUTH_COLUMNS = ("source_ref", "kind", "trace_ref", "true_time", "true_phase", "given_time", "given_phase", "shift_s", "detail")
ORIENTATIONS = {"Z": (0.0, -90.0), "N": (0.0, 0.0), "E": (90.0, 0.0)}


@dataclass(frozen=True)
class SyntheticFiles:
    """upload: the folder to import. truth_csv: the wrong labels, beside it, not to be uploaded."""

    upload: Path
    truth_csv: Path


def write_synthetic(network: SyntheticNetwork, folder: Path) -> SyntheticFiles:
    """Write `folder/upload/{catalog.xml, stations.xml, waveforms/*.mseed}` and `folder/truth.csv`. Files that are there are replaced."""
    upload = folder / "upload"
    (upload / "waveforms").mkdir(parents=True, exist_ok=True)
    _catalog(network).write(str(upload / "catalog.xml"), format="QUAKEML")
    _inventory(network).write(str(upload / "stations.xml"), format="STATIONXML")
    for event in network.events:
        stream = Stream()
        for trace in network.traces:
            if trace.event_ref == event.source_ref:
                stream += _stream(trace)
        if stream:
            stream.write(str(upload / "waveforms" / f"{event_name(event)}.mseed"), format="MSEED", encoding="STEIM2")
    truth_csv = folder / "truth.csv"
    with truth_csv.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(TRUTH_COLUMNS)
        writer.writerows(_truth_row(error) for error in network.truth)
    return SyntheticFiles(upload=upload, truth_csv=truth_csv)


def _truth_row(error: PlantedError) -> list[str]:
    shift = "" if error.shift_s is None else f"{error.shift_s:.6f}"
    true_time, given_time = iso(error.true_time), iso(error.given_time)
    return [error.source_ref, error.kind, error.trace_ref, true_time, error.true_phase, given_time, error.given_phase, shift, error.detail]


def _stream(trace: TraceRecord) -> Stream:
    """Counts as 32-bit integers; a gap splits the component in two."""
    stream = Stream()
    for channel_code, samples in zip(trace.channel_codes, trace.samples, strict=True):
        header = {
            "network": trace.network_code or "",
            "station": trace.station_code,
            "location": trace.location_code or "",
            "channel": channel_code,
            "starttime": UTCDateTime(trace.start_time),
            "sampling_rate": trace.sampling_rate_hz,
        }
        missing = np.isnan(samples)
        counts = np.ma.masked_array(np.where(missing, 0.0, samples).astype(np.int32), mask=missing)
        stream += Stream([Trace(counts if missing.any() else counts.data, header)]).split()
    return stream


def _catalog(network: SyntheticNetwork) -> quake.Catalog:
    by_event: dict[str, list[PickRecord]] = {}
    for pick in network.picks:
        by_event.setdefault(pick.event_ref or "", []).append(pick)
    events = [_event(event, by_event.get(event.source_ref, [])) for event in network.events]
    return quake.Catalog(events, resource_id=quake.ResourceIdentifier(f"smi:local/synthetic-{network.config.seed}"))


def _event(record: EventRecord, picks: list[PickRecord]) -> quake.Event:
    origin = quake.Origin(
        resource_id=quake.ResourceIdentifier(record.source_ref.replace("/event/", "/origin/")),
        time=UTCDateTime(record.origin_time),
        latitude=record.latitude,
        longitude=record.longitude,
        depth=None if record.depth_km is None else record.depth_km * 1000,
    )
    magnitude = quake.Magnitude(
        resource_id=quake.ResourceIdentifier(record.source_ref.replace("/event/", "/magnitude/")),
        mag=record.magnitude,
        magnitude_type=record.magnitude_type,
        origin_id=origin.resource_id,
    )
    event = quake.Event(
        resource_id=quake.ResourceIdentifier(record.source_ref), origins=[origin], magnitudes=[magnitude], picks=[_pick(p) for p in picks]
    )
    for pick in event.picks:
        arrival_id = quake.ResourceIdentifier(pick.resource_id.id.replace("/pick/", "/arrival/"))
        origin.arrivals.append(quake.Arrival(resource_id=arrival_id, pick_id=pick.resource_id, phase=pick.phase_hint))
    event.preferred_origin_id = origin.resource_id
    event.preferred_magnitude_id = magnitude.resource_id
    return event


def _pick(record: PickRecord) -> quake.Pick:
    return quake.Pick(
        resource_id=quake.ResourceIdentifier(record.source_ref),
        time=UTCDateTime(record.time),
        time_errors=quake.QuantityError(uncertainty=record.uncertainty_s),
        waveform_id=quake.WaveformStreamID(
            network_code=record.network_code,
            station_code=record.station_code,
            location_code=record.location_code,
            channel_code=record.channel_code,
        ),
        phase_hint=record.phase_hint,
        onset=record.onset or None,
        polarity=record.polarity or None,
        evaluation_mode=record.evaluation_mode or None,
        evaluation_status=record.evaluation_status or None,
        creation_info=quake.CreationInfo(
            agency_id=record.agency_id,
            author=record.author,
            creation_time=None if record.creation_time is None else UTCDateTime(record.creation_time),
        ),
    )


def _inventory(network: SyntheticNetwork) -> Inventory:
    first_trace = {trace.station_code: trace for trace in reversed(network.traces)}
    stations = []
    for record in network.stations:
        place = {"latitude": record.latitude, "longitude": record.longitude, "elevation": record.elevation_m}
        start = None if record.start is None else UTCDateTime(record.start)
        trace = first_trace.get(record.station_code)
        channels = [] if trace is None else [_channel(code, trace, start, place) for code in trace.channel_codes]
        site = Site(name=record.site_name)
        stations.append(Station(code=record.station_code, site=site, start_date=start, creation_date=start, channels=channels, **place))
    codes = sorted({record.network_code or "" for record in network.stations})
    members = {code: [s for s, r in zip(stations, network.stations, strict=True) if r.network_code == code] for code in codes}
    return Inventory(networks=[Network(code=code, stations=members[code]) for code in codes], source="synthetic")


def _channel(code: str, trace: TraceRecord, start: UTCDateTime | None, place: dict[str, float | None]) -> Channel:
    azimuth, dip = ORIENTATIONS[code[-1]]
    rate = trace.sampling_rate_hz
    stated = InstrumentSensitivity(COUNTS_PER_M_S[trace.instrument_code], 5.0, input_units="M/S", output_units="COUNTS")
    return Channel(
        code,
        trace.location_code or "",
        depth=0.0,
        azimuth=azimuth,
        dip=dip,
        sample_rate=rate,
        start_date=start,
        response=Response(instrument_sensitivity=stated),
        **place,
    )
