"""The stations and earthquakes of an invented regional network: who stands where, on what ground, with which instrument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from labeling.seismo.records import EventRecord, StationRecord
from labeling.seismo.synthetic_noise import NoiseSite
from labeling.seismo.synthetic_region import Region
from labeling.seismo.synthetic_sources import Mechanism, SiteResponse
from labeling.seismo.traveltimes import Basin

NETWORK_CODE = "SY"  # the FDSN code set aside for synthetic seismograms
CENTRE_LATITUDE, CENTRE_LONGITUDE = 42.75, 13.10
ITALIAN_HALF_WIDTH_DEG = 0.72  # of the area that the figures below were chosen for
FIRST_DAY = datetime(2023, 3, 1, tzinfo=UTC)
DAYS = 120
STATION_NAMES = (
    ("ARVO", "Arvoli"), ("BRIS", "Monte Brisa"), ("CALD", "Caldara"), ("DORN", "Dornello"), ("ESPE", "Espera"), ("FOSS", "Fossato Alto"),
    ("GRAN", "Granaro"), ("HERM", "Eremo"), ("ISOL", "Isola Secca"), ("LUPA", "Lupara"), ("MIRA", "Miravalle"), ("NOCE", "Noceto"),
    ("ORSA", "Passo Orsa"), ("PIAN", "Piano Grande"), ("QUER", "Quercia"), ("ROVE", "Rovere"), ("SALT", "Salto"), ("TORR", "Torre Nera"),
)  # fmt: skip
# Sampling rate, band and instrument, location code: what one finds side by side in a network that grew over decades.
INSTRUMENTS = (
    (100.0, "HH", ""), (100.0, "HH", "00"), (200.0, "EH", ""), (50.0, "BH", ""), (100.0, "EH", ""), (100.0, "HH", "10"), (200.0, "HH", ""),
)  # fmt: skip
GEOPHONE_CORNER_HZ = 1.0
COUNTS_PER_M_S = {"HH": 6.3e8, "BH": 6.3e8, "EH": 2.7e8}


@dataclass(frozen=True)
class SyntheticStation:
    """A station with everything that shapes its recordings. delay_s: what the rock beneath adds to (P, S) against the layered model."""

    record: StationRecord
    sampling_rate_hz: float
    instrument_code: str
    location_code: str
    basin: Basin | None
    response: SiteResponse
    noise: NoiseSite
    delay_s: tuple[float, float]
    offset_counts: tuple[float, float, float]

    @property
    def counts_per_m_s(self) -> float:
        """Sensitivity of the recording, counts per m/s."""
        return COUNTS_PER_M_S[self.instrument_code]


@dataclass(frozen=True)
class SyntheticEvent:
    """An earthquake with its mechanism. microseism_level: of that day's sea, as in `ground_noise`."""

    record: EventRecord
    region: Region
    mechanism: Mechanism
    microseism_level: float

    @property
    def position(self) -> tuple[float, float, float]:
        """Latitude, longitude, depth in km."""
        event = self.record
        if event.latitude is None or event.longitude is None or event.depth_km is None:
            raise ValueError(f"The synthetic event {event.source_ref} has no position; every one is made with it.")
        return event.latitude, event.longitude, event.depth_km


def make_stations(n_stations: int, region: Region, rng: np.random.Generator) -> list[SyntheticStation]:
    """Stations spread evenly, but not on a grid: the best of some candidates is the one farthest from those already there."""
    if not 1 <= n_stations <= len(STATION_NAMES):
        raise ValueError(f"n_stations is {n_stations}; there are names for 1 to {len(STATION_NAMES)} stations.")
    places = [(0.0, 0.0)]
    while len(places) < n_stations:
        candidates = rng.uniform(-region.half_width_deg, region.half_width_deg, (12, 2))
        nearest = [min(np.hypot(*(candidate - np.array(place))) for place in places) for candidate in candidates]
        best = candidates[int(np.argmax(nearest))]
        places.append((float(best[0]), float(best[1])))
    return [_station(index, place, rng) for index, place in enumerate(places)]


def _station(index: int, place: tuple[float, float], rng: np.random.Generator) -> SyntheticStation:
    code, site_name = STATION_NAMES[index]
    sampling_rate_hz, instrument_code, location_code = INSTRUMENTS[index % len(INSTRUMENTS)]
    basin = Basin(thickness_km=float(rng.uniform(0.45, 1.6))) if index % 4 == 2 else None
    corner_hz = GEOPHONE_CORNER_HZ if instrument_code == "EH" else 0.0
    culture_level = float(rng.uniform(0.26, 0.58)) + (0.06 if basin else 0.0)
    record = StationRecord(
        source_ref=f"{NETWORK_CODE}.{code}",
        network_code=NETWORK_CODE,
        station_code=code,
        latitude=round(CENTRE_LATITUDE + place[0], 4),
        longitude=round(CENTRE_LONGITUDE + 1.36 * place[1], 4),
        elevation_m=float(round(rng.uniform(120, 400) if basin else rng.uniform(350, 1700))),
        start=FIRST_DAY - timedelta(days=int(rng.integers(200, 4000))),
        site_name=site_name,
    )
    noise = NoiseSite(
        culture_level=culture_level,
        culture_slope_db=float(rng.uniform(-12, -2)),
        hum_hz=float(rng.choice([16.7, 12.5, 22.3])) if index % 7 == 6 else 0.0,
        hum_level=float(rng.uniform(0.5, 1.0)),
        transients_per_minute=float(max(0.0, (culture_level - 0.4) * 4)),
        horizontal_excess_db=float(rng.uniform(1, 7)),
        sensor_corner_hz=corner_hz,
    )
    return SyntheticStation(
        record=record,
        sampling_rate_hz=sampling_rate_hz,
        instrument_code=instrument_code,
        location_code=location_code,
        basin=basin,
        response=SiteResponse(
            kappa_s=float(rng.uniform(0.03, 0.05) if basin else rng.uniform(0.012, 0.03)),
            horizontal_gain=float(rng.uniform(1.3, 2.0) if basin else rng.uniform(0.9, 1.2)),
            coda_gain=float(rng.uniform(1.1, 1.5) if basin else rng.uniform(0.75, 1.1)),
            sensor_corner_hz=corner_hz,
        ),
        noise=noise,
        delay_s=(float(rng.normal(0.0, 0.06)), float(rng.normal(0.0, 0.10))),
        offset_counts=(_offset_counts(rng), _offset_counts(rng), _offset_counts(rng)),
    )


def _offset_counts(rng: np.random.Generator) -> float:
    return float(np.round(rng.normal(0.0, 260.0)))


def make_events(n_events: int, region: Region, seed: int, rng: np.random.Generator) -> list[SyntheticEvent]:
    """Earthquakes in order of time: two in three in three clusters, magnitudes after Gutenberg and Richter with b = 1."""
    centres = rng.uniform(-0.38, 0.38, (3, 2)) * (region.half_width_deg / ITALIAN_HALF_WIDTH_DEG)
    start_s = np.sort(rng.uniform(0, DAYS * 86400.0 - 3600.0 * n_events, n_events)) + 3600.0 * np.arange(n_events)
    return [_event(index, region, seed, float(start_s[index]), centres, rng) for index in range(n_events)]


def _event(index: int, region: Region, seed: int, start_s: float, centres: NDArray[np.float64], rng: np.random.Generator) -> SyntheticEvent:
    width = region.half_width_deg / ITALIAN_HALF_WIDTH_DEG
    if rng.random() < 0.66:
        north, east = centres[int(rng.integers(0, len(centres)))] + width * rng.normal(0.0, 0.035, 2)
    else:
        north, east = width * rng.uniform(-0.62, 0.62, 2)
    record = EventRecord(
        source_ref=f"smi:local/synthetic-{seed}/event/{index + 1:03d}",
        origin_time=FIRST_DAY + timedelta(seconds=round(start_s, 2)),
        latitude=round(float(CENTRE_LATITUDE + north), 4),
        longitude=round(float(CENTRE_LONGITUDE + 1.36 * east), 4),
        depth_km=round(float(rng.triangular(*region.depth_km)), 1),
        magnitude=round(min(region.least_magnitude + float(rng.exponential(1 / np.log(10))), region.most_magnitude), 1),
        magnitude_type="ML",
    )
    mechanism = Mechanism(float(rng.normal(155, 25)), float(rng.normal(50, 10)), float(rng.normal(-90, 25)))  # the Apennines extend
    return SyntheticEvent(record, region, mechanism, microseism_level=float(rng.uniform(0.12, 0.34)))
