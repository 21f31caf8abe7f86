from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import obspy
import pytest

from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.records import PickRecord, Problem, StationRecord, TraceRecord
from labeling.seismo.synthetic import SyntheticConfig, SyntheticNetwork, make_network
from labeling.seismo.synthetic_files import write_synthetic
from labeling.seismo.synthetic_noise import HIGH_NOISE_DB, LOW_NOISE_DB, MODEL_FREQUENCY_HZ
from labeling.seismo.timing import add_seconds, seconds_between, time_to_sample

SMALL = SyntheticConfig(seed=11, n_stations=14, n_events=14, traces_per_event=(7, 8))


@pytest.fixture(scope="module")
def network() -> SyntheticNetwork:
    return make_network(SMALL)


def test_the_same_seed_gives_the_same_data_and_another_seed_others() -> None:
    config = SyntheticConfig(seed=5, n_stations=5, n_events=2, traces_per_event=(2, 3))
    once, again, other = make_network(config), make_network(config), make_network(SyntheticConfig(6, 5, 2, (2, 3)))
    assert all(np.array_equal(a.samples, b.samples, equal_nan=True) for a, b in zip(once.traces, again.traces, strict=True))
    assert once.picks == again.picks
    assert once.truth == again.truth
    assert once.picks[0].time != other.picks[0].time


def test_the_default_network_is_as_large_as_was_promised() -> None:
    config = SyntheticConfig()
    assert config.n_stations >= 12
    assert config.n_events >= 60
    assert config.planted_share == 0.08


def test_it_has_several_sampling_rates_a_dead_component_and_one_gap(network: SyntheticNetwork) -> None:
    assert {trace.sampling_rate_hz for trace in network.traces} == {50.0, 100.0, 200.0}
    dead = {trace.station_code for trace in network.traces if any(not row.any() for row in trace.samples)}
    assert dead == {network.dead_station}
    gappy = [trace for trace in network.traces if np.isnan(trace.samples).any()]
    assert len(gappy) == 1
    assert 1.5 < np.isnan(gappy[0].samples[0]).sum() / gappy[0].sampling_rate_hz < 2.0


def test_p_is_never_at_a_fixed_place_and_every_pick_lies_on_its_trace(network: SyntheticNetwork) -> None:
    traces = {trace.source_ref: trace for trace in network.traces}
    on_trace_s = [seconds_between(traces[pick.trace_ref or ""].start_time, pick.time) for pick in network.picks]
    lengths_s = [traces[p.trace_ref or ""].samples.shape[1] / traces[p.trace_ref or ""].sampling_rate_hz for p in network.picks]
    assert all(0 < seconds < length for seconds, length in zip(on_trace_s, lengths_s, strict=True))
    assert all(59 < length <= 90 for length in lengths_s)
    p_s = [seconds for seconds, pick in zip(on_trace_s, network.picks, strict=True) if pick.phase_hint.startswith("P")]
    assert np.std(p_s) > 5


def test_the_planted_errors_are_eight_percent_of_known_kinds_and_the_rest_is_analysts_spread(network: SyntheticNetwork) -> None:
    planted = [error for error in network.truth if error.kind != "group_offset"]
    assert len(planted) / len(network.picks) == pytest.approx(0.08, abs=0.01)
    assert set(Counter(error.kind for error in planted)) == {"timing", "phase", "no_arrival", "missed_arrival", "duplicate"}
    picks = {pick.source_ref: pick for pick in network.picks}
    for error in network.truth:
        assert (picks[error.source_ref].time, picks[error.source_ref].phase_hint) == (error.given_time, error.given_phase)
        if error.shift_s is not None:
            assert error.shift_s == pytest.approx(seconds_between(error.given_time, error.true_time), abs=1e-6)
        if error.kind == "timing":
            assert 0.2 <= abs(error.shift_s or 0.0) < 2.1


def test_all_labels_of_one_station_are_late_by_a_quarter_of_a_second(network: SyntheticNetwork) -> None:
    late = [error for error in network.truth if error.kind == "group_offset"]
    late_refs = {pick.source_ref for pick in network.picks if pick.station_code == network.late_station}
    assert {error.source_ref for error in late} == late_refs
    assert np.median([error.shift_s or 0.0 for error in late]) == pytest.approx(-0.25, abs=0.03)


def onset_lag_s(trace: TraceRecord, pick: PickRecord) -> float:
    """Time of the steepest rise of short-term over long-term energy within a second of the pick, relative to it. A plain picker."""
    rate = trace.sampling_rate_hz
    ground = np.diff(np.nan_to_num(trace.samples.astype(np.float64)), axis=1)  # a causal high-pass: a zero-phase one rings before the onset
    energy = ((ground[:1] if pick.phase_hint.startswith("P") else ground[1:]) ** 2).sum(axis=0)
    short, long = int(0.3 * rate), int(2.0 * rate)
    total = np.concatenate(([0.0], np.cumsum(energy)))
    centre = int(time_to_sample(trace.start_time, pick.time, rate))
    at = np.arange(centre - int(rate), centre + int(rate))
    at = at[(at >= long) & (at + short < len(total))]
    ratio = (total[at + short] - total[at]) / short / ((total[at] - total[at - long]) / long + 1e-9)
    return float(at[int(ratio.argmax())] - centre) / rate


def test_honest_picks_lie_where_the_energy_rises(network: SyntheticNetwork) -> None:
    wrong = {error.source_ref for error in network.truth}
    traces = {trace.source_ref: trace for trace in network.traces}
    honest = [pick for pick in network.picks if pick.source_ref not in wrong and pick.onset == "impulsive"]
    lags_s = [onset_lag_s(traces[pick.trace_ref or ""], pick) for pick in honest]
    assert abs(np.median(lags_s)) < 0.1
    assert np.median(np.abs(lags_s)) < 0.12


def test_the_noise_lies_between_petersons_models_and_has_a_microseism_peak(network: SyntheticNetwork) -> None:
    trace = next(trace for trace in network.traces if trace.channel_codes[0] == "HHZ" and trace.sampling_rate_hz == 100.0)
    first_p = min(pick.time for pick in network.picks if pick.trace_ref == trace.source_ref)
    counts = trace.samples[0, : int(time_to_sample(trace.start_time, first_p, 100.0)) - 300].astype(np.float64)
    power = np.abs(np.fft.rfft((counts - counts.mean()) * np.hanning(len(counts)))) ** 2
    frequency_hz = np.fft.rfftfreq(len(counts), 0.01)
    density = power * 2 / (100.0 * (np.hanning(len(counts)) ** 2).sum()) / 6.3e8**2

    def level_db(low_hz: float, high_hz: float) -> float:
        inside = (frequency_hz >= low_hz) & (frequency_hz < high_hz)
        return float(10 * np.log10((density * (2 * np.pi * frequency_hz) ** 2)[inside].mean()))

    for low_hz, high_hz in ((0.15, 0.5), (2.0, 8.0)):
        centre = np.log10(np.sqrt(low_hz * high_hz))
        assert np.interp(centre, np.log10(MODEL_FREQUENCY_HZ), LOW_NOISE_DB) - 6 < level_db(low_hz, high_hz)
        assert level_db(low_hz, high_hz) < np.interp(centre, np.log10(MODEL_FREQUENCY_HZ), HIGH_NOISE_DB)
    assert level_db(0.12, 0.4) > level_db(0.9, 1.6)


def test_the_files_come_back_through_the_readers_as_they_were_made(network: SyntheticNetwork, tmp_path: Path) -> None:
    files = write_synthetic(network, tmp_path)
    assert not (files.upload / "truth.csv").exists()
    found = [InputFile(path, str(path.relative_to(files.upload))) for path in sorted(files.upload.rglob("*")) if path.is_file()]
    records = [record for source in collect(found) for record in source.read()]
    picks = {r.source_ref: r for r in records if isinstance(r, PickRecord)}
    assert {ref: pick.time for ref, pick in picks.items()} == {pick.source_ref: pick.time for pick in network.picks}
    assert {r.station_code for r in records if isinstance(r, StationRecord)} >= {r.station_code for r in network.stations}
    read = {(t.station_code, t.start_time): t for t in records if isinstance(t, TraceRecord)}
    assert len(read) == len(network.traces)
    for trace in network.traces:
        theirs = read[trace.station_code, trace.start_time]
        assert np.array_equal(theirs.samples, trace.samples, equal_nan=True), trace.source_ref
    assert not [r.message for r in records if isinstance(r, Problem) and r.severity == "error"]


def test_the_truth_table_names_the_picks_of_the_catalog(network: SyntheticNetwork, tmp_path: Path) -> None:
    files = write_synthetic(network, tmp_path)
    with files.truth_csv.open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    in_catalog = {pick.resource_id.id for event in obspy.read_events(str(files.upload / "catalog.xml")) for pick in event.picks}
    assert {row["source_ref"] for row in rows} <= in_catalog
    assert len(rows) == len(network.truth)


def test_gaps_and_picks_do_not_meet(network: SyntheticNetwork) -> None:
    (gappy,) = [trace for trace in network.traces if np.isnan(trace.samples).any()]
    first = int(np.isnan(gappy.samples[0]).argmax())
    gap_start = add_seconds(gappy.start_time, first / gappy.sampling_rate_hz)
    assert all(abs(seconds_between(gap_start, pick.time)) > 1.5 for pick in network.picks if pick.trace_ref == gappy.source_ref)
