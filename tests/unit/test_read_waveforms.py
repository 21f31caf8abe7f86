"""Waveform files, and how components come together."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import obspy
import pytest
from obspy import Stream, Trace, UTCDateTime

from labeling.seismo.components import component_families, join_components
from labeling.seismo.formats.read_waveforms import read_waveforms
from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.quality import dead_components, find_gaps
from labeling.seismo.records import Problem, Record, TraceRecord

START = UTCDateTime(2020, 1, 1)


def piece(channel: str, first: float = 0.0, n_samples: int = 1000, location: str = "10", offset: int = 0) -> Trace:
    data = (np.arange(n_samples, dtype=np.int32) * 7 + offset) % 1001
    header = {
        "network": "NZ",
        "station": "WEL",
        "location": location,
        "channel": channel,
        "sampling_rate": 100.0,
        "starttime": START + first,
    }
    return Trace(data, header)


def written(tmp_path: Path, *traces: Trace, form: str = "MSEED") -> list[Record]:
    path = tmp_path / "waveforms.bin"
    Stream(list(traces)).write(str(path), format=form)
    return list(read_waveforms(path, place="w.mseed"))


def test_components_of_one_instrument_become_one_trace_in_the_order_z_n_e(tmp_path: Path) -> None:
    (trace,) = written(tmp_path, piece("HHE", offset=2), piece("HHZ"), piece("HHN", offset=1))
    assert isinstance(trace, TraceRecord)
    assert (trace.channel_codes, trace.instrument_code, trace.location_code) == (("HHZ", "HHN", "HHE"), "HH", "10")
    np.testing.assert_array_equal(trace.samples[2], piece("HHE", offset=2).data)


def test_an_empty_location_of_miniseed_is_empty_and_one_of_sac_is_missing(tmp_path: Path) -> None:
    (seed,) = written(tmp_path, piece("HHZ", location=""))
    (sac,) = written(tmp_path, piece("HHZ", location=""), form="SAC")
    assert isinstance(seed, TraceRecord)
    assert seed.location_code == ""
    assert isinstance(sac, TraceRecord)
    assert sac.location_code is None


def test_a_short_gap_is_nan_and_a_long_one_begins_a_new_trace(tmp_path: Path) -> None:
    first, second = written(tmp_path, piece("HHZ"), piece("HHZ", 12.0), piece("HHZ", 100.0))
    assert isinstance(first, TraceRecord)
    assert isinstance(second, TraceRecord)
    assert find_gaps(first.samples) == [[(1000, 1200)]]
    assert first.samples.shape == (1, 2200)
    assert find_gaps(second.samples) == [[]]
    assert second.samples.shape == (1, 1000)
    assert first.source_ref != second.source_ref


def test_a_shorter_component_is_filled_up_with_nan(tmp_path: Path) -> None:
    (trace,) = written(tmp_path, piece("HHZ"), piece("HHN", 2.0, 500))
    assert isinstance(trace, TraceRecord)
    assert find_gaps(trace.samples) == [[], [(0, 200), (700, 1000)]]


def test_overlapping_stretches_with_other_values_are_reported(tmp_path: Path) -> None:
    trace, problem = written(tmp_path, piece("HHZ"), piece("HHZ", 5.0, offset=3))
    assert isinstance(trace, TraceRecord)
    assert trace.samples.shape == (1, 1500)
    np.testing.assert_array_equal(trace.samples[0, :1000], piece("HHZ").data)
    assert isinstance(problem, Problem)
    assert problem.code == "overlap_conflict"


def test_components_off_one_grid_are_moved_and_reported(tmp_path: Path) -> None:
    _, problem = written(tmp_path, piece("HHZ"), piece("HHN", 0.004))
    assert isinstance(problem, Problem)
    assert problem.code == "off_grid"
    assert "4.0 ms" in problem.message


def test_two_rates_and_two_instruments_stay_apart(tmp_path: Path) -> None:
    slow = piece("HHN")
    slow.stats.sampling_rate = 50.0
    records = written(tmp_path, piece("HHZ"), slow, piece("HNZ"))
    assert [record.channel_codes for record in records if isinstance(record, TraceRecord)] == [("HHZ",), ("HHN",), ("HNZ",)]


def test_large_counts_are_kept_and_their_steps_reported(tmp_path: Path) -> None:
    trace = piece("HHZ")
    trace.data = trace.data + 2_000_000_000
    problem, record = written(tmp_path, trace)
    assert isinstance(problem, Problem)
    assert problem.code == "precision_lost"
    assert "steps of 128" in problem.message
    assert isinstance(record, TraceRecord)
    assert np.isfinite(record.samples).all()


@pytest.mark.parametrize(
    ("codes", "families"),
    [
        (["HHE", "HHN", "HHZ"], [("HHZ", "HHN", "HHE")]),
        (["EH1", "EH2", "EHZ"], [("EHZ", "EH1", "EH2")]),
        (["SH3", "SH2", "SH1", "SHN", "SHE", "SHZ"], [("SHZ", "SHN", "SHE"), ("SH3", "SH1", "SH2")]),
        (["HHZ", "HHR", "HHT"], [("HHZ", "HHR", "HHT")]),
        (["BDF"], [("BDF",)]),
        (["HHZ"], [("HHZ",)]),
    ],
)
def test_components_are_grouped_by_what_belongs_together(codes: list[str], families: list[tuple[str, ...]]) -> None:
    assert component_families(codes) == families


def one(tmp_path: Path, trace: Trace) -> TraceRecord:
    (record,) = written(tmp_path, trace, form="SAC")
    assert isinstance(record, TraceRecord)
    return record


def test_sac_files_of_three_components_are_joined_one_after_the_other(tmp_path: Path) -> None:
    vertical, north, east = (one(tmp_path, piece(code, first)) for code, first in (("HHZ", 0.0), ("HHN", 1.0), ("HHE", 0.0)))
    two = join_components(north, east)
    assert two is not None
    three = join_components(two, vertical)
    assert three is not None
    assert three.channel_codes == ("HHZ", "HHN", "HHE")
    assert three.samples.shape == (3, 1100)
    assert find_gaps(three.samples) == [[(1000, 1100)], [(0, 100)], [(1000, 1100)]]
    assert three.start_time == vertical.start_time


@pytest.mark.parametrize("other", [piece("HHZ"), piece("HH1"), piece("BHN"), piece("HHN", 60.0), piece("HHN", location="20")])
def test_what_does_not_belong_together_is_not_joined(tmp_path: Path, other: Trace) -> None:
    three = join_components(one(tmp_path, piece("HHE")), one(tmp_path, piece("HHZ")))
    assert three is not None
    assert join_components(three, one(tmp_path, other)) is None


@pytest.mark.parametrize(("hours", "joined"), [(0.1, True), (1.0, False)])
def test_components_whose_rates_drift_apart_over_the_trace_are_not_joined(hours: float, joined: bool) -> None:
    samples = np.zeros((1, int(hours * 3600 * 20)), np.float32)
    vertical = TraceRecord("z", "NZ", "WEL", "10", ("BHZ",), datetime(2020, 1, 1, tzinfo=UTC), 20.0, samples)
    north = replace(vertical, channel_codes=("BHN",), sampling_rate_hz=20.0001)
    assert (join_components(vertical, north) is not None) == joined


def test_a_pickled_stream_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(pickle.dumps(Stream([piece("HHZ")])))
    assert recognise(tmp_path / "w") == "unknown"
    (problem,) = read(tmp_path / "w", place="w")
    assert isinstance(problem, Problem)
    assert problem.code == "unrecognised_file"
    assert "miniSEED" in problem.message


def test_a_damaged_file_is_one_problem_that_tells_no_path(tmp_path: Path) -> None:
    Stream([piece("HHZ")]).write(str(tmp_path / "w.sac"), format="SAC")
    content = (tmp_path / "w.sac").read_bytes()
    (tmp_path / "w.sac").write_bytes(content[:1000])
    (problem,) = read_waveforms(tmp_path / "w.sac", place="up.zip/w.sac")
    assert isinstance(problem, Problem)
    assert problem.code == "unreadable_file"
    assert str(tmp_path) not in problem.message


def test_a_gse_file_with_an_overlong_line_is_refused_before_obspy_ends_the_process(tmp_path: Path) -> None:
    content = (Path(obspy.__file__).parent / "io/gse2/tests/data/loc_RNON20040609200559.z").read_bytes()
    start = content.index(b"\n", content.index(b"DAT2")) + 1
    (tmp_path / "w.gse").write_bytes(content[:start] + b"A" * 5000 + content[start:])
    (problem,) = read_waveforms(tmp_path / "w.gse", place="w.gse")
    assert isinstance(problem, Problem)
    assert problem.code == "unreadable_file" and "longer than 82 characters" in problem.message


def test_dead_components_are_found() -> None:
    samples = np.array([[0, 0, 0], [1, 2, 1], [5, np.nan, 5], [np.nan, np.nan, np.nan]], dtype=np.float32)
    assert dead_components(samples) == (True, False, True, True)


# One of each kind; a sweep over all of ObsPy's test data (909 files) found nothing that raises.
@pytest.mark.parametrize(
    "name",
    [
        "gse2/tests/data/loc_RJOB20050831023349.z.wrong_chksum",
        "mseed/tests/data/infinite-loop.mseed",
        "mseed/tests/data/rt130_sr0_cropped.mseed",
        "seisan/tests/data/2005-07-23-1452-04S.CER___030",
        "ah/tests/data/ah1.f",
        "sac/tests/data/non_ascii.sac",
        "mseed/tests/data/encoding/smallASCII_bigEndian.mseed",
        "reftek/tests/data/225051000_00008656",
        "quakeml/tests/data/invalid_id.xml",
        "nordic/tests/data/Sfile_no_header",
        "seiscomp/tests/data/no_version_attribute.sc3ml",
        "nlloc/tests/data/nlloc_rejected.hyp",
        "xseed/tests/data/arclink_full.seed",
    ],
)
def test_obspys_odd_files_give_records_or_problems_and_never_raise(name: str) -> None:
    path = Path(obspy.__file__).parent / "io" / name
    assert list(read(path, place=name))
