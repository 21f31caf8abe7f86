"""The STEAD form."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from labeling.seismo.formats.read_stead import read_stead
from labeling.seismo.records import EventRecord, PickRecord, Problem, StationRecord, TraceRecord
from labeling.seismo.timing import seconds_between


def write_hdf5(path: Path, *names: str) -> np.ndarray:
    samples = np.random.default_rng(2).normal(size=(600, 3)).astype(np.float32)
    with h5py.File(path, "w") as file:
        for name in names:
            dataset = file.create_dataset(f"earthquake/local/{name}", data=samples)
            dataset.attrs.update(
                network_code="TA", receiver_code="109C", receiver_type="BH", p_arrival_sample=100.0, s_arrival_sample=250.0,
                p_status="manual", s_status="autopicker", trace_start_time="2006-07-23 15:59:00.960000", source_id="8556349",
                source_origin_time="2006-07-23 15:58:50.88", source_magnitude=3.6, source_depth_km="None",
            )  # fmt: skip
    return samples


def test_labels_come_from_attributes_where_there_is_no_table(tmp_path: Path) -> None:
    samples = write_hdf5(tmp_path / "a.hdf5", "109C.TA_1_EV")
    event, trace, p_pick, s_pick = read_stead(tmp_path / "a.hdf5", None, place="a.hdf5", metadata_place="a.hdf5")
    assert isinstance(event, EventRecord)
    assert event.magnitude == 3.6
    assert event.depth_km is None
    assert isinstance(trace, TraceRecord)
    assert trace.channel_codes == ("BHZ", "BHN", "BHE")
    np.testing.assert_array_equal(trace.samples, samples.T[::-1])
    assert isinstance(p_pick, PickRecord)
    assert seconds_between(trace.start_time, p_pick.time) == 1.0
    assert p_pick.source_ref == "109C.TA_1_EV:P"
    assert p_pick.evaluation_mode == "manual"
    assert isinstance(s_pick, PickRecord)
    assert s_pick.evaluation_mode == "automatic"


def test_a_trace_that_the_table_does_not_name_is_reported(tmp_path: Path) -> None:
    write_hdf5(tmp_path / "a.hdf5", "one", "two")
    (tmp_path / "m.csv").write_text("trace_name,receiver_code,p_arrival_sample,trace_start_time\none,109C,100,2006-07-23 15:59:00\n")
    *_, problem = read_stead(tmp_path / "a.hdf5", tmp_path / "m.csv", place="a.hdf5", metadata_place="m.csv")
    assert isinstance(problem, Problem)
    assert problem.code == "trace_without_metadata"
    assert "two" in problem.message


def test_a_truncated_file_is_one_problem(tmp_path: Path) -> None:
    write_hdf5(tmp_path / "a.hdf5", "one")
    (tmp_path / "b.hdf5").write_bytes((tmp_path / "a.hdf5").read_bytes()[:3000])
    (problem,) = read_stead(tmp_path / "b.hdf5", None, place="b.hdf5", metadata_place="b.hdf5")
    assert isinstance(problem, Problem)
    assert problem.code == "unreadable_file"
    assert str(tmp_path) not in problem.message


def test_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    write_hdf5(tmp_path / "secret.hdf5", "one")
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file.create_group("earthquake/local")["one"] = h5py.ExternalLink(str(tmp_path / "secret.hdf5"), "/earthquake/local/one")
    (tmp_path / "m.csv").write_text("trace_name,receiver_code,p_arrival_sample\none,109C,100\n")
    records = list(read_stead(tmp_path / "a.hdf5", tmp_path / "m.csv", place="a.hdf5", metadata_place="m.csv"))
    assert not [record for record in records if isinstance(record, TraceRecord)]
    assert any(isinstance(record, Problem) and "is a link" in record.message for record in records)


def test_the_real_set_has_50_traces_of_one_station(shared_data: Path) -> None:
    folder = shared_data / "stead_california"
    records = list(read_stead(folder / "waveforms.hdf5", folder / "metadata.csv", place="waveforms.hdf5", metadata_place="metadata.csv"))
    traces = [record for record in records if isinstance(record, TraceRecord)]
    picks = [record for record in records if isinstance(record, PickRecord)]
    (station,) = (record for record in records if isinstance(record, StationRecord))
    assert len(traces) == 50
    assert {trace.samples.shape for trace in traces} == {(3, 6000)}
    assert len(picks) == 100
    assert not [record for record in records if isinstance(record, Problem)]
    assert (station.network_code, station.station_code, station.elevation_m) == ("TA", "109C", 150.0)
    starts = {trace.source_ref: trace.start_time for trace in traces}
    samples = [round(seconds_between(starts[pick.trace_ref or ""], pick.time) * 100) for pick in picks if pick.phase_hint == "P"]
    assert all(sample % 100 == 0 for sample in samples)
