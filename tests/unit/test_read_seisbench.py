"""The SeisBench form."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from labeling.seismo.formats.read_seisbench import read_seisbench
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record, TraceRecord
from labeling.seismo.timing import seconds_between

BLOCKS = np.random.default_rng(3).normal(size=(2, 3, 800)).astype(np.float32)


def read_set(folder: Path, table: str, *, dimension_order: str = "NCW", component_order: str = "ZNE") -> list[Record]:
    (folder / "metadata.csv").write_text(table)
    with h5py.File(folder / "waveforms.hdf5", "w") as file:
        file["data/bucket0"] = BLOCKS
        file["data/bucket0_2"] = file["data/bucket0"]
        file["data/alone"] = BLOCKS[0].T if dimension_order.endswith("WC") else BLOCKS[0]
        file["data_format/dimension_order"] = dimension_order
        file["data_format/component_order"] = component_order
        file["data_format/sampling_rate"] = 200
    return list(read_seisbench(folder / "metadata.csv", folder / "waveforms.hdf5", place="metadata.csv", waveforms_place="waveforms.hdf5"))


def test_a_trace_is_cut_out_of_its_bucket(tmp_path: Path) -> None:
    trace, pick = read_set(
        tmp_path,
        "trace_name,station_network_code,station_code,station_location_code,trace_channel,trace_start_time,trace_P_arrival_sample\n"
        '"bucket0$1,:3,:600",NZ,WEL,--,HH,2020-01-01T00:00:00Z,100.5\n',
    )
    assert isinstance(trace, TraceRecord)
    assert trace.channel_codes == ("HHZ", "HHN", "HHE")
    assert trace.location_code == ""
    np.testing.assert_array_equal(trace.samples, BLOCKS[1, :, :600])
    assert isinstance(pick, PickRecord)
    assert pick.source_ref == "bucket0$1,:3,:600:P"
    assert pick.trace_ref == trace.source_ref
    assert seconds_between(trace.start_time, pick.time) == pytest.approx(100.5 / 200, abs=1e-6)


@pytest.mark.parametrize(
    ("column", "phase"), [("trace_Pg_arrival_sample", "Pg"), ("TRACE_PN_ARRIVAL_SAMPLE", "PN"), ("trace_s_arrival_sample", "S")]
)
def test_columns_are_matched_without_case_and_name_the_phase(tmp_path: Path, column: str, phase: str) -> None:
    _, pick = read_set(tmp_path, f"trace_name,station_code,trace_start_time,{column}\nalone,WEL,2020-01-01T00:00:00Z,100\n")
    assert isinstance(pick, PickRecord)
    assert pick.phase_hint == phase


def test_samples_first_and_another_order_of_components_are_understood(tmp_path: Path) -> None:
    (trace,) = read_set(
        tmp_path, "trace_name,station_code,trace_start_time\nalone,WEL,2020-01-01\n", dimension_order="WC", component_order="ENZ"
    )
    assert isinstance(trace, TraceRecord)
    assert trace.channel_codes == ("E", "N", "Z")
    np.testing.assert_array_equal(trace.samples, BLOCKS[0])


def test_a_cell_may_hold_several_picks(tmp_path: Path) -> None:
    _, first, second = read_set(
        tmp_path, 'trace_name,station_code,trace_start_time,trace_P_arrival_sample\nalone,WEL,2020-01-01,"[100, 300]"\n'
    )
    assert isinstance(first, PickRecord)
    assert isinstance(second, PickRecord)
    assert (first.source_ref, second.source_ref) == ("alone:P", "alone:P:2")


def test_the_audit_columns_of_our_own_export_come_back(tmp_path: Path) -> None:
    records = read_set(
        tmp_path,
        "trace_name,station_network_code,station_code,trace_channel,trace_start_time,trace_time_is_relative,trace_component_order,source_id,"
        "source_magnitude,trace_p_arrival_sample,trace_p_pick_id,trace_p_source_ref,trace_p_original_sample,trace_p_status,trace_p_weight,"
        "trace_p_uncertainty_s,trace_p_decision,trace_p_analyst\n"
        '"bucket0$0,:3,:800",NZ,WEL,HH,2020-01-01T00:00:00Z,true,Z12,e1,2.5,100,17,a.xml#1,120,moved,2,0.05,move,anna\n'
        '"bucket0_2$0,:3,:800",NZ,WEL,HH,2020-01-01T00:00:00Z,true,Z12,e1,2.5,300,18,a.xml#2,300,kept,,,,\n',
    )
    (event,) = (record for record in records if isinstance(record, EventRecord))
    (trace,) = (record for record in records if isinstance(record, TraceRecord))
    first, second = (record for record in records if isinstance(record, PickRecord))
    assert event.magnitude == 2.5
    assert trace.channel_codes == ("HHZ", "HH1", "HH2")
    assert trace.time_is_relative
    assert (first.source_ref, first.weight, first.uncertainty_s, first.channel_code) == ("a.xml#1", 2, 0.05, "HH")
    assert first.extra == {"pick_id": "17", "original_sample": "120", "decision": "move", "analyst": "anna"}
    assert second.source_ref == "a.xml#2"
    assert second.trace_ref == first.trace_ref == trace.source_ref
    assert seconds_between(trace.start_time, second.time) == 1.5


def test_a_trace_without_samples_is_reported_and_its_pick_kept(tmp_path: Path) -> None:
    problem, pick = read_set(tmp_path, "trace_name,station_code,trace_start_time,trace_P_arrival_sample\ngone,WEL,2020-01-01,100\n")
    assert isinstance(problem, Problem)
    assert problem.code == "no_waveform"
    assert isinstance(pick, PickRecord)


@pytest.mark.parametrize("name", ["bucket0$9,:3,:600", "bucket0$__import__,:3", "bucket0$-1,:3,:600"])
def test_a_place_that_is_none_is_one_problem(tmp_path: Path, name: str) -> None:
    (problem,) = read_set(tmp_path, f'trace_name,station_code,trace_start_time\n"{name}",WEL,2020-01-01\n')
    assert isinstance(problem, Problem)
    assert problem.code == "unreadable_row"


def test_buckets_of_two_chunks_have_two_names(tmp_path: Path) -> None:
    read_set(tmp_path, 'trace_name,station_code,trace_start_time\n"bucket0$0,:3,:600",WEL,2020-01-01\n')
    trace, *_ = read_seisbench(tmp_path / "metadata.csv", tmp_path / "waveforms.hdf5", place="metadata_2005.csv", waveforms_place="w")
    assert isinstance(trace, TraceRecord)
    assert trace.source_ref == "2005/bucket0$0,:3,:600"
