"""Several sources in one upload: what a record names is of its own source, whatever the next one calls its own."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import h5py
import numpy as np
import obspy
import pytest

from labeling.models import Import, Pick, Trace, Workspace
from tests import factories
from tests.integration.small_uploads import Content, import_files

PICKS = "event_index,event_time,network,station,phase,time\n"
ONE = "1,2013-09-26T15:17:00Z,NZ,WEL,P,2013-09-26T15:17:05.61Z\n"
OTHER = "1,2014-01-20T02:52:00Z,NZ,FOZ,P,2014-01-20T02:52:09Z\n"


@pytest.fixture
def hdf5_of(tmp_path: Path):
    """The content of a waveforms.hdf5 with these traces by name, each (3, n_samples)."""

    def content(traces: dict[str, np.ndarray]) -> bytes:
        path = tmp_path / f"waveforms-{len(list(tmp_path.iterdir()))}.hdf5"
        with h5py.File(path, "w") as file:
            for name, samples in traces.items():
                file[f"data/{name}"] = samples
            file["data_format/dimension_order"] = "CW"
            file["data_format/component_order"] = "ZNE"
        return path.read_bytes()

    return content


def metadata(*rows: dict[str, object]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def a_row(station: str, sample: float = 1000, **cells: object) -> dict[str, object]:
    return {"trace_name": "trace_1", "station_code": station, "trace_channel": "HH", "trace_p_arrival_sample": sample, **cells}


def codes(done: Import) -> set[str]:
    return set(done.problems.values_list("code", flat=True))


def phasenet(n_samples: int, itp: str) -> dict[str, Content]:
    packed = io.BytesIO()
    np.savez(packed, data=factories.onset_samples(n_samples=n_samples).T)
    return {"waveform.csv": f"fname,itp,its,channels\nNC_MEM_1.npz,{itp},,HHE_HHN_HHZ\n".encode(), "NC_MEM_1.npz": packed.getvalue()}


def pick_at(workspace: Workspace, station: str) -> Pick:
    return Pick.objects.get(workspace=workspace, station_code=station)


def test_events_of_one_name_in_two_tables_are_two_events(workspace):
    import_files(workspace, {"a.csv": (PICKS + ONE).encode(), "b.csv": (PICKS + OTHER).encode()})
    assert pick_at(workspace, "WEL").event.origin_time.year == 2013
    assert pick_at(workspace, "FOZ").event.origin_time.year == 2014


def test_traces_of_one_name_in_two_data_sets_keep_their_own_picks(workspace, hdf5_of):
    files = {}
    for seed, station in enumerate(("AAA", "BBB")):
        files[f"set{station}/metadata.csv"] = metadata(a_row(station))
        files[f"set{station}/waveforms.hdf5"] = hdf5_of({"trace_1": factories.onset_samples(seed=seed)})
    done = import_files(workspace, files)
    assert done.counts["picks"] == 2
    assert [pick_at(workspace, station).trace.station_code for station in ("AAA", "BBB")] == ["AAA", "BBB"]


def test_picks_at_one_sample_of_two_traces_of_one_name_and_station_are_two_picks(workspace, hdf5_of):
    files = {}
    for seed in (1, 2):
        files[f"set{seed}/metadata.csv"] = metadata(a_row("AAA"))
        files[f"set{seed}/waveforms.hdf5"] = hdf5_of({"trace_1": factories.onset_samples(seed=seed)})
    done = import_files(workspace, files)
    assert Pick.objects.filter(workspace=workspace).values("trace").distinct().count() == 2
    assert "double_row" not in codes(done)


def test_a_data_set_without_its_waveforms_does_not_take_those_of_another(workspace, hdf5_of):
    files = {"setB/metadata.csv": metadata(a_row("BBB")), "setB/waveforms.hdf5": hdf5_of({"trace_1": factories.onset_samples()})}
    import_files(workspace, {"setA/metadata.csv": metadata(a_row("AAA")), **files})
    assert pick_at(workspace, "AAA").trace is None
    assert pick_at(workspace, "BBB").trace is not None


def test_two_blocks_under_one_original_name_are_two_traces(workspace, hdf5_of):
    rows = [a_row(station, trace_name=f"t{station}", trace_name_original="same") for station in ("AAA", "BBB")]
    waveforms = hdf5_of({f"t{station}": factories.onset_samples(seed=seed) for seed, station in enumerate(("AAA", "BBB"))})
    import_files(workspace, {"metadata.csv": metadata(*rows), "waveforms.hdf5": waveforms})
    assert [pick_at(workspace, station).trace.station_code for station in ("AAA", "BBB")] == ["AAA", "BBB"]


def test_a_catalog_may_name_a_trace_of_a_data_set_in_the_same_upload(workspace, hdf5_of):
    picks = b"station,phase,time,trace_name,time_is_relative\nAAA,S,1970-01-01T00:00:14Z,trace_1,true\n"
    waveforms = hdf5_of({"trace_1": factories.onset_samples()})
    import_files(workspace, {"metadata.csv": metadata(a_row("AAA")), "waveforms.hdf5": waveforms, "picks.csv": picks})
    assert Pick.objects.get(workspace=workspace, phase_hint="S").trace.station_code == "AAA"


def test_a_catalog_that_names_one_of_two_traces_is_told_so(workspace, hdf5_of):
    files = {"picks.csv": b"station,phase,time,trace_name,time_is_relative\nAAA,S,1970-01-01T00:00:14Z,trace_1,true\n"}
    for seed in (1, 2):
        files[f"set{seed}/metadata.csv"] = metadata(a_row("AAA"))
        files[f"set{seed}/waveforms.hdf5"] = hdf5_of({"trace_1": factories.onset_samples(seed=seed)})
    done = import_files(workspace, files)
    assert Pick.objects.get(workspace=workspace, phase_hint="S").trace is None
    assert "ambiguous_trace" in codes(done)


@pytest.mark.parametrize("earlier", [False, True])
def test_a_pick_beyond_the_first_hour_of_a_trace_stays_where_it_was_read(workspace, earlier: bool):
    if earlier:  # the same trace, then in another placeholder hour
        other = {"AA_MEM_0.npz": phasenet(3000, "")["NC_MEM_1.npz"]}
        table = b"fname,itp,its,channels\nAA_MEM_0.npz,,,HHE_HHN_HHZ\nNC_MEM_1.npz,,,HHE_HHN_HHZ\n"
        import_files(workspace, {**phasenet(500_000, ""), **other, "waveform.csv": table})
    done = import_files(workspace, phasenet(500_000, '"[90000, 450000]"'))
    picks = Pick.objects.filter(workspace=workspace).select_related("trace").order_by("time")
    assert [pick.time - pick.trace.start_time for pick in picks] == [timedelta(minutes=15), timedelta(minutes=75)]
    assert {pick.unscored_reason for pick in picks} == {"awaiting_run"}
    assert "double_row" not in codes(done)


# --- what a row has no room for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "limit"), [("station", 64), ("network", 8), ("phase", 16), ("channel", 8), ("author", 200)])
def test_a_text_that_is_too_long_leaves_out_its_row_only(workspace, column: str, limit: int):
    table = "station,network,channel,phase,author,time\n"
    good = {"station": "WEL", "network": "NZ", "channel": "HHZ", "phase": "P", "author": "ana", "time": "2013-09-26T15:17:05Z"}
    long = {**good, column: "X" * (limit + 1)}
    done = import_files(workspace, {"picks.csv": (table + ",".join(long.values()) + "\n" + ",".join(good.values()) + "\n").encode()})
    assert Pick.objects.get(workspace=workspace).source_ref == "picks.csv:3"
    problem = done.problems.get(code="too_long")
    assert (problem.severity, problem.place) == ("error", "picks.csv:2")
    assert f"at most {limit}" in problem.message


def test_a_trace_whose_name_is_too_long_for_a_station_is_left_out_with_its_picks(workspace):
    name = "recording_of_the_third_of_may_at_the_farm" * 2
    table = f"fname,itp,its,channels\n{name}.npz,1000,,HHE_HHN_HHZ\n".encode()
    done = import_files(workspace, {"waveform.csv": table, f"{name}.npz": phasenet(3000, "")["NC_MEM_1.npz"]})
    assert (done.state, Trace.objects.filter(workspace=workspace).count()) == ("done", 0)
    assert "too_long" in codes(done)


# --- times that are none ------------------------------------------------------------------------------------------------


def test_a_sample_beyond_the_calendar_leaves_out_its_pick_only(workspace, hdf5_of):
    row = a_row("AAA", -9223372036854775808, trace_s_arrival_sample=1400, trace_start_time="2013-09-26T15:17:00Z")
    files = {"metadata.csv": metadata(row), "waveforms.hdf5": hdf5_of({"trace_1": factories.onset_samples()})}
    done = import_files(workspace, files)
    assert Pick.objects.get(workspace=workspace).phase_hint == "S"
    assert done.problems.filter(code="unreadable_row", message__contains="-9.22337e+18").exists()


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_at_the_end_of_the_calendar_leaves_out_its_row_only(workspace, time: str):
    table = PICKS + ONE + ONE.replace("2013-09-26T15:17:05.61Z", time)
    done = import_files(workspace, {"picks.csv": table.encode()})
    assert done.counts["picks"] == 1
    assert done.problems.get(code="unreadable_row").place == "picks.csv:3"


@pytest.mark.parametrize(("start", "rate"), [("9999-12-31T23:59:50Z", 100), ("2013-09-26T15:17:00Z", 1e-9), ("2013-09-26T15:17:00Z", 1e-6)])
def test_a_trace_that_would_not_end_is_left_out(workspace, hdf5_of, start: str, rate: float):
    row = a_row("AAA", 0, trace_start_time=start, trace_sampling_rate_hz=rate)
    files = {"metadata.csv": metadata(row), "waveforms.hdf5": hdf5_of({"trace_1": factories.onset_samples()})}
    done = import_files(workspace, files)
    assert (done.state, Trace.objects.count()) == ("done", 0)
    assert "unreadable_trace" in codes(done)


# --- components in files of their own -----------------------------------------------------------------------------------


def miniseed(channel: str, later_s: float) -> bytes:
    samples = factories.onset_samples(sampling_rate_hz=20.0, n_components=1)[0].astype(np.int32)
    header = {"network": "NZ", "station": "WEL", "location": "10", "channel": channel, "sampling_rate": 20.0}
    written = io.BytesIO()
    obspy.Stream([obspy.Trace(samples, {**header, "starttime": obspy.UTCDateTime(2013, 9, 26) + later_s})]).write(written, "MSEED")
    return written.getvalue()


@pytest.mark.parametrize(("later_s", "reported"), [(0.024, True), (0.004, False), (0.05, False)])
def test_a_component_that_is_moved_onto_the_grid_of_the_others_is_reported(workspace, later_s: float, reported: bool):
    files = {"z.mseed": miniseed("BHZ", 0), "n.mseed": miniseed("BHN", later_s), "e.mseed": miniseed("BHE", 0)}
    done = import_files(workspace, files)
    assert Trace.objects.get(workspace=workspace).channel_codes == ["BHZ", "BHN", "BHE"]
    assert ("off_grid" in codes(done)) == reported
    if reported:
        assert "24.0 ms" in done.problems.get(code="off_grid").message
