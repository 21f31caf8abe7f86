"""The PhaseNet form."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from labeling.seismo.formats.read_phasenet import read_phasenet
from labeling.seismo.quality import dead_components
from labeling.seismo.records import PickRecord, Problem, Record, TraceRecord
from labeling.seismo.timing import placeholder_start, seconds_between


def read_set(folder: Path, rows: str, **arrays: np.ndarray) -> list[Record]:
    (folder / "waveform.csv").write_text("fname,itp,its,channels\n" + rows)
    for name, data in arrays.items():
        np.savez(folder / f"{name}.npz", data=data)
    paths = {path.name: path for path in folder.glob("*.npz")}
    return list(read_phasenet(folder / "waveform.csv", paths, place="set", csv_place="waveform.csv"))


@pytest.fixture
def three_components() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(500, 3))


def test_rows_come_as_z_n_e_from_columns_e_n_z(tmp_path: Path, three_components: np.ndarray) -> None:
    trace, p_pick, s_pick = read_set(tmp_path, "NC_MEM_2017.npz,100,250,EHE_EHN_EHZ\n", NC_MEM_2017=three_components)
    assert isinstance(trace, TraceRecord)
    assert trace.channel_codes == ("EHZ", "EHN", "EHE")
    np.testing.assert_array_equal(trace.samples, three_components.astype(np.float32).T[::-1])
    assert (trace.network_code, trace.station_code, trace.location_code) == ("NC", "MEM", None)
    assert isinstance(p_pick, PickRecord)
    assert isinstance(s_pick, PickRecord)
    assert (p_pick.source_ref, s_pick.source_ref) == ("NC_MEM_2017:P", "NC_MEM_2017:S")
    assert seconds_between(trace.start_time, p_pick.time) == 1.0
    assert p_pick.time_is_relative
    assert p_pick.trace_ref == trace.source_ref


def test_each_trace_gets_its_own_hour(tmp_path: Path, three_components: np.ndarray) -> None:
    records = read_set(tmp_path, "NC_A_1.npz,1,2,\nNC_B_1.npz,1,2,\n", NC_A_1=three_components, NC_B_1=three_components)
    assert [record.start_time for record in records if isinstance(record, TraceRecord)] == [placeholder_start(0), placeholder_start(1)]


def test_a_column_of_zeros_is_left_out_unless_it_is_named(tmp_path: Path, three_components: np.ndarray) -> None:
    three_components[:, :2] = 0
    problem, padded, *_ = read_set(tmp_path, "NC_A_1.npz,1,2,EHZ\n", NC_A_1=three_components)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.severity, problem.place) == ("missing_component", "info", "waveform.csv:2")
    assert problem.message.startswith("The trace holds EHZ only; N and E are zeros")
    named, *_ = read_set(tmp_path, "NC_A_1.npz,1,2,EHE_EHN_EHZ\n", NC_A_1=three_components)
    assert isinstance(padded, TraceRecord)
    assert padded.channel_codes == ("EHZ",)
    assert isinstance(named, TraceRecord)
    assert dead_components(named.samples) == (False, True, True)


def test_several_picks_of_a_phase_are_numbered(tmp_path: Path, three_components: np.ndarray) -> None:
    records = read_set(tmp_path, 'NC_A_1.npz,"[100, 150]",-1,EHZ\nNC_A_1.npz,200,,EHZ\n', NC_A_1=three_components[:, :])
    picks = [record for record in records if isinstance(record, PickRecord)]
    assert [pick.source_ref for pick in picks] == ["NC_A_1:P", "NC_A_1:P:2", "NC_A_1:P:3"]
    assert sum(isinstance(record, TraceRecord) for record in records) == 1


def test_a_missing_array_is_reported_and_its_picks_are_kept(tmp_path: Path) -> None:
    problem, p_pick, _ = read_set(tmp_path, "NC_A_1.npz,100,200,EHZ\n")
    assert isinstance(problem, Problem)
    assert problem.code == "no_waveform"
    assert problem.place == "waveform.csv:2"
    assert isinstance(p_pick, PickRecord)
    assert p_pick.station_code == "A"


def test_a_pickled_array_is_refused_and_the_rest_goes_in(tmp_path: Path, three_components: np.ndarray) -> None:
    np.savez(tmp_path / "NC_BAD_1.npz", data=np.array([{"a": 1}], dtype=object))
    records = read_set(tmp_path, "NC_BAD_1.npz,1,2,EHZ\nNC_A_1.npz,1,2,EHZ\n", NC_A_1=three_components)
    assert isinstance(records[0], Problem)
    assert records[0].code == "unreadable_row"
    assert any(isinstance(record, TraceRecord) and record.station_code == "A" for record in records)


def test_an_array_that_promises_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**11, 3)})
    with zipfile.ZipFile(tmp_path / "NC_A_1.npz", "w") as archive:
        archive.writestr("data.npy", header.getvalue())
    (problem,) = read_set(tmp_path, "NC_A_1.npz,1,2,EHZ\n")
    assert isinstance(problem, Problem)
    assert "promises" in problem.message


def test_labels_come_from_the_arrays_where_there_is_no_table(tmp_path: Path, three_components: np.ndarray) -> None:
    np.savez(tmp_path / "NC_A_1.npz", data=three_components, itp=100, its=200, channels="EHE_EHN_EHZ")
    records = list(read_phasenet(None, {"NC_A_1.npz": tmp_path / "NC_A_1.npz"}, place="set", csv_place="set"))
    assert [record.source_ref for record in records if isinstance(record, PickRecord)] == ["NC_A_1:P", "NC_A_1:S"]


def test_infinite_samples_become_a_gap_and_a_warning(tmp_path: Path, three_components: np.ndarray) -> None:
    three_components[10:20, 2] = np.inf
    problem, trace, *_ = read_set(tmp_path, "NC_A_1.npz,100,200,EHE_EHN_EHZ\n", NC_A_1=three_components)
    assert isinstance(problem, Problem)
    assert problem.code == "non_finite_samples"
    assert isinstance(trace, TraceRecord)
    assert np.isnan(trace.samples[0, 10:20]).all()
    assert np.isfinite(trace.samples[1:]).all()


def test_the_real_set_has_154_traces_and_115_with_three_live_components(shared_data: Path) -> None:
    folder = shared_data / "ncedc"
    arrays = {path.name: path for path in (folder / "waveforms").glob("*.npz")}
    records = list(read_phasenet(folder / "waveform.csv", arrays, place="ncedc", csv_place="ncedc/waveform.csv"))
    traces = [record for record in records if isinstance(record, TraceRecord)]
    picks = [record for record in records if isinstance(record, PickRecord)]
    assert len(traces) == 154
    assert [record.code for record in records if isinstance(record, Problem)] == ["missing_component"] * 39
    assert sum(dead_components(trace.samples) == (False, False, False) for trace in traces) == 115
    assert [pick.phase_hint for pick in picks].count("P") == 154
    starts = {trace.source_ref: trace.start_time for trace in traces}
    assert {seconds_between(starts[pick.trace_ref or ""], pick.time) for pick in picks if pick.phase_hint == "P"} == {30.0}


def test_a_damaged_compressed_array_is_refused_with_its_row(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "NC_MEM.npz", data=np.random.default_rng(1).normal(size=(3000, 3)).astype(np.float32))
    content = bytearray((tmp_path / "NC_MEM.npz").read_bytes())
    content[60:400] = b"\xff" * 340
    (tmp_path / "NC_MEM.npz").write_bytes(bytes(content))
    problems = list(read_phasenet(None, {"NC_MEM.npz": tmp_path / "NC_MEM.npz"}, place="set", csv_place="set"))
    assert [(problem.code, problem.place) for problem in problems if isinstance(problem, Problem)][-1] == (
        "unreadable_row",
        "set/NC_MEM.npz",
    )
