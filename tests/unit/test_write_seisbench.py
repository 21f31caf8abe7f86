from __future__ import annotations

import csv
import errno
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from labeling.seismo.formats.export_rows import ExportTrace
from labeling.seismo.formats.file_region import FileRegion
from labeling.seismo.formats.read_csv import read_picks_csv
from labeling.seismo.formats.read_seisbench import read_seisbench
from labeling.seismo.formats.write_seisbench import (
    COLUMNS,
    TRACES_AT_ONCE,
    SeisBenchSummary,
    SplitFractions,
    what_it_cannot_hold,
    write_seisbench,
)
from labeling.seismo.records import PickRecord, TraceRecord
from tests.unit.export_examples import GAP, N_SAMPLES, START, example, identity, samples

LABELS = re.compile(r"trace_.*_arrival_sample")  # what SeisBench's ProbabilisticLabeller takes for labels


def write_example(folder: Path) -> SeisBenchSummary:
    made = example()
    return write_seisbench(folder, [(made.trace, made.picks_on_trace)], events=made.events, picks_without_trace=made.picks[-1:])


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def test_only_the_two_label_columns_match_the_labellers_pattern() -> None:
    assert [name for name in COLUMNS if LABELS.search(name)] == ["trace_p_arrival_sample", "trace_s_arrival_sample"]


def test_labels_stand_in_fractional_samples_and_removed_picks_have_none(tmp_path: Path) -> None:
    summary = write_example(tmp_path)
    assert (summary.n_traces, summary.n_rows, summary.n_picks, summary.n_without_waveform) == (1, 3, 4, 1)
    rows = rows_of(tmp_path)
    assert [row["trace_p_arrival_sample"] for row in rows] == ["1000.421700", "2575.000000", ""]
    assert [row["trace_s_arrival_sample"] for row in rows] == ["1450.000000", "2000.000000", ""]
    assert (rows[2]["trace_p_status"], rows[2]["trace_p_original_sample"], rows[2]["trace_p_analyst"]) == ("removed", "200.000000", "anna")
    assert (rows[0]["trace_s_status"], rows[0]["trace_s_original_sample"]) == ("moved", "1525.000000")
    assert (rows[1]["trace_s_status"], rows[1]["trace_s_original_phase_hint"]) == ("phase_changed", "P")


def test_every_row_has_its_own_name_and_all_of_them_the_same_samples(tmp_path: Path) -> None:
    write_example(tmp_path)
    names = [row["trace_name"] for row in rows_of(tmp_path)]
    assert names == [f"bucket0$0,:3,:{N_SAMPLES}", f"bucket0_2$0,:3,:{N_SAMPLES}", f"bucket0_3$0,:3,:{N_SAMPLES}"]
    expected = np.nan_to_num(samples())
    with h5py.File(tmp_path / "waveforms.hdf5") as file:
        for name in names:
            assert np.array_equal(file["data"][name.split("$")[0]][0, :3, :N_SAMPLES], expected)
        assert file["data/bucket0"] == file["data/bucket0_2"], "a second name, not a second copy"
        described = {key: value[()] for key, value in file["data_format"].items()}
    assert (described["dimension_order"], described["component_order"], described["sampling_rate"]) == (b"CW", b"ZNE", 100.0)


def test_reading_our_own_set_gives_the_same_trace_gap_and_picks(tmp_path: Path) -> None:
    write_example(tmp_path)
    read = list(
        read_seisbench(tmp_path / "metadata.csv", tmp_path / "waveforms.hdf5", place="metadata.csv", waveforms_place="waveforms.hdf5")
    )
    (trace,) = [record for record in read if isinstance(record, TraceRecord)]
    assert (trace.source_ref, trace.start_time, trace.sampling_rate_hz, trace.location_code) == ("t-7", START, 100.0, "")
    assert np.isnan(trace.samples[1, GAP]).all()
    assert np.array_equal(np.isnan(trace.samples), np.isnan(samples()))
    picks = [record for record in read if isinstance(record, PickRecord)]
    given = [pick.record for pick in example().picks_on_trace if pick.is_label]
    assert sorted(identity(pick) for pick in picks) == sorted(identity(pick) for pick in given)
    beside = [r for r in read_picks_csv(tmp_path / "picks_without_waveform.csv", place="x") if isinstance(r, PickRecord)]
    assert [identity(pick) for pick in beside] == [identity(example().picks[-1].record)]


def test_a_pick_outside_its_trace_and_one_of_another_phase_are_listed_beside(tmp_path: Path) -> None:
    made = example()
    late = replace(made.picks[0], record=replace(made.picks[0].record, time=made.picks[-1].record.time))
    surface = replace(made.picks[1], record=replace(made.picks[1].record, phase_hint="LQ"))
    summary = write_seisbench(tmp_path, [(made.trace, [late, surface])], events=made.events)
    assert (summary.n_rows, summary.n_picks, summary.n_without_waveform) == (1, 0, 2)
    assert any("picks_without_waveform.csv" in loss for loss in what_it_cannot_hold(summary))


def traces(n_traces: int) -> Iterator[tuple[ExportTrace, list[object]]]:
    for index in range(n_traces):
        n_samples, rate = (1000 + 37 * index, 100.0 if index % 2 else 50.0)

        def read(value: int = index, length: int = n_samples) -> np.ndarray:
            return np.full((1, length), value, dtype=np.float32)

        yield ExportTrace(f"t{index}", None, "STA", None, ("EHZ",), START, rate, read, event_id=f"e{index // 4}"), []


def test_traces_of_many_lengths_are_found_again_under_their_names(tmp_path: Path) -> None:
    write_seisbench(tmp_path, traces(40), events={})  # type: ignore[arg-type]
    with h5py.File(tmp_path / "waveforms.hdf5") as file:
        assert "sampling_rate" not in file["data_format"], "there are two rates, so that none holds for all"
        for index, row in enumerate(rows_of(tmp_path)):
            bucket, place = row["trace_name"].split("$")
            number, _, length = place.split(",")
            block = file["data"][bucket][int(number), :, : int(length[1:])]
            assert block.shape == (3, 1000 + 37 * index) == (3, int(row["trace_npts"]))
            assert (block[0] == index).all()
            assert not block[1:].any()
            assert (row["station_network_code"], row["station_location_code"], row["trace_channel_codes"]) == ("", "", "EHZ")


def test_every_row_keeps_its_samples_over_many_groups_of_traces(tmp_path: Path) -> None:
    write_seisbench(tmp_path, [(trace, []) for trace, _ in traces(2 * TRACES_AT_ONCE + 30)], events={})
    rows = rows_of(tmp_path)
    assert [row["trace_name_original"] for row in rows] == [f"t{index}" for index in range(2 * TRACES_AT_ONCE + 30)]
    with h5py.File(tmp_path / "waveforms.hdf5") as file:
        for index, row in enumerate(rows):
            bucket, place = row["trace_name"].split("$")
            assert file["data"][bucket][int(place.split(",")[0]), 0, 0] == index


def test_a_trace_that_cannot_be_read_ends_the_export_with_its_own_error(tmp_path: Path) -> None:
    def gone() -> np.ndarray:
        raise OSError("the disk is gone")

    given = [(replace(trace, read_samples=gone) if index == 150 else trace, []) for index, (trace, _) in enumerate(traces(400))]
    with pytest.raises(OSError, match="the disk is gone"):
        write_seisbench(tmp_path, given, events={})


@pytest.mark.parametrize("n_bytes", [0, 3_000, 60_000])
def test_a_full_disk_is_told_as_that(n_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_at(region: FileRegion, position: int, buffers: Sequence[Any]) -> None:
        if position >= n_bytes:
            raise OSError(errno.ENOSPC, "No space left on device")
        as_it_is(region, position, buffers)

    as_it_is = FileRegion.write_at
    monkeypatch.setattr(FileRegion, "write_at", write_at)
    made = example()
    traces = [(replace(made.trace, trace_key=str(number)), made.picks_on_trace) for number in range(2 * TRACES_AT_ONCE)]
    with pytest.raises(OSError, match="No space left"):
        write_seisbench(tmp_path, traces, events=made.events)


def test_a_trace_without_samples_has_a_row_and_an_empty_block(tmp_path: Path) -> None:
    ((trace, _),) = traces(1)
    write_seisbench(tmp_path, [(replace(trace, read_samples=lambda: np.empty((1, 0), dtype=np.float32)), [])], events={})
    assert [row["trace_npts"] for row in rows_of(tmp_path)] == ["0"]
    with h5py.File(tmp_path / "waveforms.hdf5") as file:
        assert file["data/bucket0"].shape == (1, 3, 0)


def test_the_split_keeps_events_together_and_has_about_the_shares_asked_for(tmp_path: Path) -> None:
    write_seisbench(tmp_path, traces(400), events={}, split=SplitFractions(0.5, 0.2, 0.3))  # type: ignore[arg-type]
    sides: dict[int, set[str]] = {}
    for index, row in enumerate(rows_of(tmp_path)):
        sides.setdefault(index // 4, set()).add(row["split"])
    assert all(len(side) == 1 for side in sides.values())
    assert 0.3 < sum(side == {"train"} for side in sides.values()) / len(sides) < 0.7


def test_a_split_that_was_uploaded_stays(tmp_path: Path) -> None:
    given = [(replace(trace, split="dev" if index % 2 else ""), picks) for index, (trace, picks) in enumerate(traces(40))]
    write_seisbench(tmp_path, given, events={}, split=SplitFractions(1, 0, 0))  # type: ignore[arg-type]
    assert [row["split"] for row in rows_of(tmp_path)] == ["train", "dev"] * 20


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        SplitFractions(0.8, 0.1, 0.2)


def test_the_seisbench_package_opens_it_and_labels_where_the_picks_are(tmp_path: Path) -> None:
    seisbench_data = pytest.importorskip("seisbench.data")
    generate = pytest.importorskip("seisbench.generate")
    write_example(tmp_path)
    dataset = seisbench_data.WaveformDataset(tmp_path)
    assert len(dataset) == 3
    waveforms, metadata = dataset.get_sample(0)
    assert np.array_equal(waveforms, np.nan_to_num(samples()))
    state = {"X": (waveforms, metadata)}
    generate.ProbabilisticLabeller(dim=0, sigma=10)(state)
    label = state["y"][0]
    assert abs(int(label[0].argmax()) - 1000) <= 1
    assert abs(int(label[1].argmax()) - 1450) <= 1
