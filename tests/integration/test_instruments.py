"""Waveforms turned and as ground motion, by what inventories say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import obspy
import pytest

from labeling.models import ChannelEpoch
from labeling.seismo.waveform_packet import unpack
from tests import factories
from tests.integration.small_uploads import import_files

SAMPLES = factories.onset_samples(n_samples=2000)
INVENTORY = (Path(obspy.__file__).parent / "io/xseed/tests/data/dataless.seed.BW_RJOB").read_bytes()


@pytest.fixture
def trace(workspace):
    return factories.make_trace(factories.make_catalog(workspace), samples=SAMPLES, channel_codes=("HHZ", "HH1", "HH2"))


def window(client, trace, **query):
    pick = trace.picks.first() or factories.make_pick(trace)
    answer = client.get(f"/w/{trace.workspace.slug}/picks/{pick.pk}/waveform", {"start": 0, "end": 19, **query})
    return unpack(answer.content) if answer.status_code == 200 else answer.json()


def shown(client, trace):
    flag = factories.make_flag(factories.make_pick(trace))
    return client.get(f"/w/{trace.workspace.slug}/review/items/{flag.pk}/").json()["trace"]


def test_counts_become_ground_motion(analyst_client, trace):
    factories.make_channels(trace, sensitivity=2e8)
    header, samples = window(analyst_client, trace, unit="motion")
    assert header["unit"] == "µm/s"
    np.testing.assert_allclose(samples, SAMPLES[:, :1901] / 200, rtol=1e-5)
    assert window(analyst_client, trace)[0]["unit"] == "counts"


def test_components_1_and_2_become_north_and_east(analyst_client, trace):
    factories.make_channels(trace, azimuth_deg=90.0)
    header, samples = window(analyst_client, trace, turned=1)
    assert [one["channel"] for one in header["components"]] == ["HHZ", "HHN", "HHE"]
    np.testing.assert_allclose(samples[1:], [-SAMPLES[2, :1901], SAMPLES[1, :1901]], atol=1e-2)


def test_horizontals_of_unlike_sensitivity_are_made_alike_before_they_are_turned(analyst_client, trace):
    factories.make_channels(trace, azimuth_deg=45.0)
    ChannelEpoch.objects.filter(channel_code="HH2").update(sensitivity=5e8)
    _, samples = window(analyst_client, trace, turned=1, unit="motion")
    first, second = SAMPLES[1, :1901] / 1000, SAMPLES[2, :1901] / 500
    np.testing.assert_allclose(samples[1], (first - second) / np.sqrt(2), atol=1e-4)


def test_the_screen_is_told_what_there_is_and_what_not(analyst_client, trace):
    bare = shown(analyst_client, trace)
    assert "1 and 2 point to is not known" in bare["why_not_rotated"]
    assert (bare["can_be_turned"], bare["unit"]) == (False, "counts")
    assert "no inventory" in bare["why_no_unit"]
    factories.make_channels(trace, azimuth_deg=20.0)
    told = shown(analyst_client, trace)
    assert (told["can_be_turned"], told["unit"], told["why_no_unit"], told["sensitivity_hz"]) == (True, "µm/s", "", 1.0)
    assert told["waveform_url"] != bare["waveform_url"], "what browsers have kept of before is not shown again"


def test_an_epoch_that_ends_within_the_trace_is_not_believed(analyst_client, trace):
    factories.make_channels(trace, end=trace.start_time + timedelta(seconds=5))
    refused = window(analyst_client, trace, unit="motion")
    assert refused["code"] == "no_ground_motion"
    assert "no inventory tells of all its channels at that time" in refused["message"]


def test_where_two_instruments_fit_none_is_taken(analyst_client, trace):
    trace.location_code = None
    trace.save()
    for location_code in ("00", "10"):
        factories.make_channels(trace, location_code=location_code)
    assert window(analyst_client, trace, unit="motion")["code"] == "no_ground_motion"


def test_an_unknown_unit_is_refused(analyst_client, trace):
    assert window(analyst_client, trace, unit="furlongs")["code"] == "unit_unknown"


def test_an_inventory_is_imported_once_and_what_differs_is_told(workspace):
    done = import_files(workspace, {"rjob.dataless": INVENTORY})
    assert done.counts["channels"] == ChannelEpoch.objects.count() == 6
    ChannelEpoch.objects.filter(channel_code="EHZ").update(azimuth_deg=17.0)
    again = import_files(workspace, {"rjob.dataless": INVENTORY})
    assert (again.counts["channels"], again.counts["repeated_channels"], again.used_nothing) == (0, 6, False)
    problem = again.problems.filter(code="channel_changed").first()
    assert "another azimuth (0.0 here, 17.0 known)" in problem.message


def test_channels_come_over_the_api_with_their_response(analyst_client, workspace):
    import_files(workspace, {"rjob.dataless": INVENTORY})
    base = f"/api/v1/workspaces/{workspace.slug}/channels/"
    row = analyst_client.get(base, {"channel": "EHN"}).json()["results"][0]
    assert (row["station_code"], row["azimuth_deg"], row["input_unit"]) == ("RJOB", 0.0, "M/S")
    document = analyst_client.get(f"{base}{row['id']}/stationxml/")
    assert "attachment" in document["Content-Disposition"]
    assert b"ResponseList" in document.content or b"<Stage" in document.content
