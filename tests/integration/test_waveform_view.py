"""Samples as the browser gets them."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.seismo.decimation import bin_for, least_and_greatest
from labeling.seismo.filtering import Band, band_pass
from labeling.seismo.waveform_packet import MEDIA_TYPE, pack, unpack
from tests import factories
from tests.integration.conftest import signed_in


@pytest.fixture
def samples():
    return factories.onset_samples(n_samples=3000)


@pytest.fixture
def pick(workspace, samples):
    return factories.make_pick(factories.make_trace(factories.make_catalog(workspace), samples=samples))


def fetch(client, pick, **query):
    return client.get(f"/w/{pick.workspace.slug}/picks/{pick.pk}/waveform", query)


def test_raw_samples_arrive_as_they_are_stored(analyst_client, pick, samples):
    answer = fetch(analyst_client, pick, start=5, end=15)
    header, received = unpack(answer.content)
    assert answer["Content-Type"] == MEDIA_TYPE
    assert (header["start_s"], header["bin_samples"], header["sampling_rate_hz"]) == (5.0, 1, 100.0)
    np.testing.assert_array_equal(received, samples[:, 500:1501])


def test_samples_begin_on_a_multiple_of_four_bytes(analyst_client, pick):
    content = fetch(analyst_client, pick, start=0, end=1).content
    assert content[:4] == b"RPK1"
    assert int.from_bytes(content[4:8], "little") % 4 == 0


def test_a_window_stops_where_the_trace_stops(analyst_client, pick):
    header, received = unpack(fetch(analyst_client, pick, start=-100, end=1000).content)
    assert (header["start_s"], received.shape) == (0.0, (3, 3000))


def test_many_samples_become_pairs_that_keep_the_greatest_peak(analyst_client, pick, samples):
    header, received = unpack(fetch(analyst_client, pick, start=0, end=30, max_points=200).content)
    assert header["bin_samples"] == 30
    assert received.shape == (3, 200)
    assert received.max() == samples.max()
    assert received.min() == samples.min()


def test_gaps_stay_gaps_through_the_filter(analyst_client, workspace, samples):
    samples[1, 1000:1200] = np.nan
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace), samples=samples))
    _, received = unpack(fetch(analyst_client, pick, start=0, end=30, filter="2-15").content)
    np.testing.assert_array_equal(np.isnan(received), np.isnan(samples))


def test_a_filtered_window_is_part_of_the_filtered_trace(analyst_client, pick, samples):
    _, received = unpack(fetch(analyst_client, pick, start=12, end=14, filter="4-30").content)
    whole = band_pass(samples, 100.0, Band(4.0, 30.0))
    np.testing.assert_allclose(received, whole[:, 1200:1401], atol=0.01 * np.abs(whole).max())


def test_only_the_first_component_is_sent_where_only_that_is_wanted(analyst_client, pick):
    header, received = unpack(fetch(analyst_client, pick, start=0, end=1, components=1).content)
    assert [one["channel"] for one in header["components"]] == ["HHZ"]
    assert received.shape[0] == 1


def test_a_causal_band_is_told_apart_and_named(analyst_client, pick):
    causal, _ = unpack(fetch(analyst_client, pick, start=0, end=5, filter="2-15-causal").content)
    assert (causal["filter"], causal["passes_hz"]) == ("2-15-causal", [2.0, 15.0])


def test_a_corner_beyond_nyquist_is_told(analyst_client, workspace):
    slow = factories.make_trace(factories.make_catalog(workspace), sampling_rate_hz=40.0)
    header, _ = unpack(fetch(analyst_client, factories.make_pick(slow), start=0, end=5, filter="4-30").content)
    assert header["passes_hz"] == [4.0, None]


def test_north_and_east_are_turned_to_radial_and_transverse(analyst_client, pick, samples):
    header, received = unpack(fetch(analyst_client, pick, start=0, end=5, back_azimuth=180).content)
    assert [one["channel"] for one in header["components"]] == ["HHZ", "HHR", "HHT"]
    np.testing.assert_allclose(received, samples[:, :501] * np.array([[1], [1], [1]]), atol=1e-3)


def test_a_day_at_100_hz_is_seen_whole(analyst_client, workspace):
    samples = np.random.default_rng(1).normal(size=(3, 8_640_000)).astype(np.float32)
    samples[1, 4_321_098] = 77.0
    day = factories.make_trace(factories.make_catalog(workspace), samples=samples)
    pick = factories.make_pick(day, offset_s=43_000)
    for _ in range(2):
        header, received = unpack(fetch(analyst_client, pick, start=0, end=86_400, max_points=24_000).content)
        assert received.shape[1] <= 24_000
        assert received[1].max() == 77.0
        peak_s = header["start_s"] + received[1].argmax() // 2 * header["bin_samples"] / 100
        assert peak_s <= 43_210.98 < peak_s + header["bin_samples"] / 100


def test_a_dead_component_is_named(analyst_client, workspace, samples):
    samples[2] = 0.0
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace), samples=samples))
    header, _ = unpack(fetch(analyst_client, pick, start=0, end=1).content)
    assert [one["dead"] for one in header["components"]] == [False, False, True]


def test_a_window_of_a_trace_may_be_kept_for_ever(analyst_client, pick):
    first = fetch(analyst_client, pick, start=0, end=5, filter="2-15")
    assert "immutable" in first["Cache-Control"]
    assert "private" in first["Cache-Control"]
    again = analyst_client.get(
        first.request["PATH_INFO"], {"start": 0, "end": 5, "filter": "2-15"}, headers={"If-None-Match": first["ETag"]}
    )
    assert again.status_code == 304
    assert fetch(analyst_client, pick, start=0, end=5, filter="raw")["ETag"] != first["ETag"]


def test_a_window_around_the_pick_is_asked_for_anew_since_the_pick_may_move(analyst_client, pick):
    answer = fetch(analyst_client, pick)
    assert "immutable" not in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"filter": "15-2"}, "filter_unknown"),
        ({"filter": "loud"}, "filter_unknown"),
        ({"filter": "60-70"}, "filter_impossible"),
        ({"back_azimuth": "north"}, "not_a_number"),
        ({"back_azimuth": 20, "components": 1}, "rotation_impossible"),
        ({"start": "now"}, "not_a_number"),
        ({"start": "nan"}, "not_a_number"),
        ({"start": 100, "end": 200}, "window_outside_trace"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(analyst_client, pick, query, code):
    answer = fetch(analyst_client, pick, **{"start": 0, "end": 30, **query})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_pick_without_waveform_says_so(analyst_client, workspace):
    pick = factories.make_pick(catalog=factories.make_catalog(workspace))
    answer = fetch(analyst_client, pick)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_waveform")


def test_strangers_see_no_waveform(pick, db):
    assert fetch(signed_in(factories.make_user()), pick).status_code == 404


def test_the_packet_comes_apart_as_it_was_packed():
    samples = np.array([[1.0, np.nan], [3.0, -4.5]], dtype=np.float32)
    header, received = unpack(pack({"components": [{"channel": "ä"}, {"channel": "b"}]}, samples))
    assert header["points"] == 2
    np.testing.assert_array_equal(received, samples)


def test_other_bytes_are_no_packet():
    with pytest.raises(ValueError, match="RPK1"):
        unpack(b"<html>")


def test_the_zero_phase_filter_moves_no_peak():
    time_s = np.arange(1000) / 100.0
    pulse = np.exp(-0.5 * ((time_s - 5.0) / 0.05) ** 2).astype(np.float32)[None]
    assert np.abs(band_pass(pulse, 100.0, Band(1.0, 10.0))).argmax() == 500


def test_a_band_reaching_beyond_nyquist_is_a_high_pass():
    time_s = np.arange(2000) / 40.0
    low, high = np.sin(2 * np.pi * 0.3 * time_s), np.sin(2 * np.pi * 15 * time_s)
    passed = band_pass(np.stack([low, high]).astype(np.float32), 40.0, Band(4.0, 30.0))[:, 500:1500]
    assert np.abs(passed[0]).max() < 0.01
    assert np.abs(passed[1]).max() == pytest.approx(1.0, abs=0.05)


def test_pairs_are_as_a_slow_loop_finds_them():
    draw = np.random.default_rng(3)
    samples = draw.normal(size=(2, 103)).astype(np.float32)
    samples[0, 20:31] = np.nan
    pairs = least_and_greatest(samples, 10)
    for row in range(2):
        for index in range(11):
            part = samples[row, 10 * index : 10 * index + 10]
            part = part[~np.isnan(part)]
            expected = (part.min(), part.max()) if part.size else (np.nan, np.nan)
            np.testing.assert_array_equal(pairs[row, 2 * index : 2 * index + 2], expected)


def test_a_long_stretch_is_thinned_out_bin_by_bin_to_its_last_sample():
    samples = np.random.default_rng(4).normal(size=(2, 300 * 1000)).astype(np.float32)
    samples[1, -1] = 99.0
    bins = samples.reshape(2, 300, 1000)
    np.testing.assert_array_equal(least_and_greatest(samples, 1000), np.stack([bins.min(axis=2), bins.max(axis=2)], axis=2).reshape(2, -1))


def test_samples_that_fit_stay_as_they_are():
    assert bin_for(1000, 1000) == 1
    assert bin_for(1001, 1000) == 3
