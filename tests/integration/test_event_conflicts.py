"""The same earthquake, or the same waveform, uploaded again with other values: shown with both, and both kept."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import numpy as np
import pytest
from obspy import Stream, UTCDateTime
from obspy import Trace as ObspyTrace

from labeling.models import Event, Import, Trace, Workspace
from tests.integration.small_uploads import import_files

pytestmark = pytest.mark.django_db
HEADER = (
    "event_id,network,station,phase,time,source_origin_time,source_latitude_deg,source_longitude_deg,source_depth_km,source_magnitude,"
    "source_magnitude_type\n"
)
EVENT = "e1,NZ,WEL,P,2013-09-26T15:17:05.61Z,2013-09-26T15:17:00Z,-41.5,174.0,12,3.1,ML\n"


def uploaded(workspace: Workspace, *rows: str, name: str) -> Import:
    return import_files(workspace, {name: (HEADER + "".join(rows)).encode()}, name=name)


def conflicts(source_import: Import, kind: str = "event") -> list[str]:
    found = list(source_import.problems.filter(code=f"{kind}_conflict").order_by("id").values_list("message", flat=True))
    assert source_import.counts[f"{kind}_conflicts"] == len(found)
    return found


@pytest.fixture
def known(workspace) -> Workspace:
    assert conflicts(uploaded(workspace, EVENT, name="first.csv")) == []
    return workspace


@pytest.mark.parametrize(
    ("again", "new", "old"),
    [
        (EVENT.replace("17:00Z", "17:01Z"), "2013-09-26T15:17:01.000000Z in this", "2013-09-26T15:17:00.000000Z in the"),
        (EVENT.replace("-41.5", "-41.7"), "-41.7000°, 174.0000° in this", "-41.5000°, 174.0000° in the"),
        (EVENT.replace(",12,", ",33,"), "33 km deep in this", "12 km deep in the"),
        (EVENT.replace("3.1", "3.6"), "ML 3.6 in this", "ML 3.1 in the"),
        (EVENT.replace("e1", "other").replace("3.1", "3.6"), "ML 3.6 in this", "there called e1"),
    ],
)
def test_another_origin_or_magnitude_is_told_with_both_and_both_are_kept(again, new, old, known):
    (message,) = conflicts(uploaded(known, again, name="second.csv"))
    assert new in message
    assert old in message
    assert "first.csv" in message
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    "again",
    [
        EVENT,
        EVENT.replace("17:00Z", "17:00.1Z").replace("-41.5", "-41.501").replace("3.1", "3.2"),  # as a form with few digits writes it
        EVENT.replace("3.1,ML", "3.9,Mw"),
        EVENT.replace(",12,3.1,ML", ",,,"),
        EVENT.replace("e1", "other").replace("17:00Z", "17:04Z"),
        EVENT.replace("e1", "other").replace("174.0", "176.0"),
        EVENT.replace("17:00Z", "37:00Z"),
    ],
)
def test_the_same_within_rounding_what_one_does_not_say_and_another_earthquake_are_none(again, known):
    assert conflicts(uploaded(known, again, name="second.csv")) == []


def test_of_several_earthquakes_the_one_of_the_same_name_is_compared(workspace):
    uploaded(workspace, EVENT, EVENT.replace("e1", "e2").replace("17:00Z", "17:02Z").replace("05.61", "08.1"), name="first.csv")
    (message,) = conflicts(uploaded(workspace, EVENT.replace("17:00Z", "17:01.6Z"), name="second.csv"))
    assert "2013-09-26T15:17:00.000000Z in the catalog" in message


def test_an_earthquake_that_is_there_as_it_is_conflicts_with_no_other_that_has_its_name(workspace):
    """Names that only number the rows of a file are those of other earthquakes in another file."""
    uploaded(workspace, EVENT, EVENT.replace("e1", "e2").replace("17:00Z", "17:40Z").replace("05.61", "48.1"), name="first.csv")
    assert conflicts(uploaded(workspace, EVENT.replace("e1", "e2"), name="second.csv")) == []


def mseed(samples: np.ndarray, later_s: float = 0.0) -> bytes:
    header = {"network": "NZ", "station": "WEL", "location": "10", "channel": "HHZ", "sampling_rate": 100.0}
    trace = ObspyTrace(samples.astype(np.int32), {**header, "starttime": UTCDateTime(2013, 9, 26, 15, 17) + later_s})
    target = BytesIO()
    Stream([trace]).write(target, format="MSEED")
    return target.getvalue()


@pytest.fixture
def recorded(workspace) -> np.ndarray:
    samples = np.random.default_rng(1).integers(-500, 500, 6000)
    import_files(workspace, {"first.mseed": mseed(samples)}, name="first")
    return samples


def test_other_samples_at_the_same_times_are_told_from_the_first_on(workspace, recorded):
    changed = recorded[1000:].copy()
    changed[250:260] += 7
    (message,) = conflicts(import_files(workspace, {"second.mseed": mseed(changed, later_s=10.0)}, name="second"), "trace")
    start = Trace.objects.get(catalog__name="first").start_time
    assert f"from {start + timedelta(seconds=12.5):%Y-%m-%dT%H:%M:%S.%f}Z on, samples differ by up to 7 " in message
    assert "of the catalog first" in message
    assert Trace.objects.count() == 2


def test_overlaps_that_agree_other_grids_and_other_times_are_none(workspace, recorded):
    for number, again in enumerate([mseed(recorded[1000:], 10.0), mseed(recorded + 1, 0.005), mseed(recorded + 1, 60.0)]):
        assert conflicts(import_files(workspace, {f"{number}.mseed": again}, name=str(number)), "trace") == []
