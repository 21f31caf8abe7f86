"""Which epoch of a station held at a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labeling.models import Station
from labeling.models.waveforms import StationEpochs

OPENED, MOVED, CLOSED = (datetime(year, 1, 1, tzinfo=UTC) for year in (2008, 2015, 2020))
EPOCHS = StationEpochs(
    [
        Station(network_code="NZ", station_code="WEL", start=OPENED, end=MOVED, site_name="old"),
        Station(network_code="NZ", station_code="WEL", start=MOVED, end=CLOSED, site_name="new"),
        Station(network_code="AA", station_code="TWO", site_name="one"),
        Station(network_code="BB", station_code="TWO", site_name="other"),
        Station(network_code=None, station_code="OWN", site_name="own"),
        Station(network_code=None, station_code="OWN", start=MOVED, site_name="own, since it moved"),
    ]
)


@pytest.mark.parametrize(
    ("network_code", "station_code", "year", "site_name"),
    [
        ("NZ", "WEL", 2012, "old"),
        ("NZ", "WEL", 2015, "new"),
        ("NZ", "WEL", 2025, None),  # an older place may be hundreds of kilometres off
        ("NZ", "WEL", None, "new"),
        (None, "WEL", 2012, "old"),
        ("CI", "WEL", 2012, None),
        ("AA", "TWO", 2012, "one"),
        (None, "TWO", 2012, None),
        ("NZ", "OWN", 2012, "own"),
        ("", "OWN", 2018, "own, since it moved"),
        ("NZ", "GONE", 2012, None),
    ],
)
def test_the_epoch_is_that_of_the_network_and_the_time(network_code, station_code, year, site_name):
    station = EPOCHS.at(network_code, station_code, year and datetime(year, 1, 1, tzinfo=UTC))
    assert (station and station.site_name) == site_name
