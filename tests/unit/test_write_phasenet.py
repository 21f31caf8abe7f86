"""PhaseNet's form as Repick writes it: traces and samples of picks come back, and what has no place is left out and counted."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from labeling.seismo.formats.collect import collect
from labeling.seismo.formats.export_rows import ExportPick, network_phase
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.formats.phase_losses import PhaseLosses
from labeling.seismo.formats.write_phasenet import write_phasenet
from labeling.seismo.records import PickRecord, Record, TraceRecord
from labeling.seismo.timing import seconds_between
from tests.unit.export_examples import START, example, samples


def read_back(folder: Path) -> list[Record]:
    files = [InputFile(path, str(path.relative_to(folder))) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [record for source in collect(files) for record in source.read()]


def test_traces_and_samples_come_back(tmp_path: Path) -> None:
    left_out: list[ExportPick] = []
    made = example()
    assert write_phasenet(tmp_path, [(made.trace, made.picks)], PhaseLosses(leave_out=left_out.append)) == 0
    records = read_back(tmp_path)
    (trace,) = (record for record in records if isinstance(record, TraceRecord))
    assert (trace.network_code, trace.station_code, set(trace.channel_codes)) == ("NZ", "WEL", {"HHZ", "HH1", "HH2"})
    assert trace.sampling_rate_hz == 100.0
    for code, row in zip(trace.channel_codes, trace.samples, strict=True):
        np.testing.assert_array_equal(row, np.nan_to_num(samples())[("HHZ", "HH1", "HH2").index(code)])
    labels = [pick.record for pick in made.picks_on_trace if pick.is_label]
    expected = sorted((round(seconds_between(START, record.time), 6), network_phase(record.phase_hint)) for record in labels)
    found = [record for record in records if isinstance(record, PickRecord)]
    assert sorted((round(seconds_between(trace.start_time, pick.time), 6), pick.phase_hint) for pick in found) == expected
    assert left_out == [made.picks[3], made.picks[5]]


def test_a_trace_that_no_file_name_can_tell_is_left_out_with_its_picks(tmp_path: Path) -> None:
    left_out: list[ExportPick] = []
    losses = PhaseLosses(leave_out=left_out.append)
    assert write_phasenet(tmp_path, [(replace(example().trace, network_code=None), example().picks[:2])], losses) == 1
    assert len(left_out) == 2 and not list((tmp_path / "waveform").iterdir())
    assert any("make no PhaseNet file name" in sentence for sentence in losses.in_words())


def test_one_row_a_trace_with_several_picks_in_a_cell(tmp_path: Path) -> None:
    made = example()
    write_phasenet(tmp_path, [(made.trace, made.picks)], PhaseLosses(leave_out=lambda pick: None))
    with (tmp_path / "waveform.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["itp"], row["its"], row["channels"]) == ("[1000.4217, 2575]", "[1450, 2000]", "HH1_HH2_HHZ")
    assert (row["trace_name"], row["begin_time"]) == ("t-7", "2021-05-04T03:02:01.123456Z")
