"""Small SDS archives, written with ObsPy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from obspy import Stream, Trace, UTCDateTime

DAY = datetime(2020, 5, 17, tzinfo=UTC)
RATE_HZ = 100.0


def file_of(root: Path, channel: str = "HHZ", *, station: str = "AAA", location: str = "", day: datetime = DAY) -> Path:
    year, number = f"{day.year}", f"{day.timetuple().tm_yday:03d}"
    return root / year / "XX" / station / f"{channel}.D" / f"XX.{station}.{location}.{channel}.D.{year}.{number}"


def write_day(
    root: Path, channel: str = "HHZ", *, minutes: tuple[float, float] = (0, 60), station: str = "AAA", location: str = "", seed: int = 0
) -> Path:
    """Counts of one channel between two minutes of the day, in records of 512 bytes; added to what the file has."""
    path = file_of(root, channel, station=station, location=location)
    path.parent.mkdir(parents=True, exist_ok=True)
    n_samples = round((minutes[1] - minutes[0]) * 60 * RATE_HZ)
    counts = np.cumsum(np.random.default_rng(seed).integers(-40, 41, n_samples)).astype(np.int32)
    codes = {"network": "XX", "station": station, "location": location, "channel": channel}
    start = UTCDateTime(DAY) + minutes[0] * 60
    trace = Trace(counts, {**codes, "sampling_rate": RATE_HZ, "starttime": start})
    with path.open("ab") as file:
        Stream([trace]).write(file, format="MSEED", reclen=512, encoding="STEIM2")
    return path
