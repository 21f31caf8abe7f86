from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from labeling.seismo.formats.read_csv import read_picks_csv
from labeling.seismo.formats.write_csv import COLUMNS, what_it_cannot_hold, write_csv
from labeling.seismo.records import EventRecord, PickRecord, Problem
from tests.unit.export_examples import example, identity


def written(folder: Path) -> Path:
    made = example()
    path = folder / "picks.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        assert write_csv(target, made.picks, made.events).n_rows == 6
    return path


def test_reading_our_own_csv_gives_the_same_picks_and_event(tmp_path: Path) -> None:
    records = list(read_picks_csv(written(tmp_path), place="picks.csv"))
    assert [identity(r) for r in records if isinstance(r, PickRecord)] == [identity(pick.record) for pick in example().labels]
    (event,) = [r for r in records if isinstance(r, EventRecord)]
    theirs = example().events["42"].record
    assert (event.origin_time, event.latitude, event.depth_km, event.magnitude) == (
        theirs.origin_time, theirs.latitude, theirs.depth_km, theirs.magnitude,
    )  # fmt: skip


def test_a_removed_pick_is_a_row_that_the_reader_leaves_out_and_reports(tmp_path: Path) -> None:
    path = written(tmp_path)
    with path.open(encoding="utf-8") as source:
        row = next(row for row in csv.DictReader(source) if row["status"] == "removed")
    assert (row["evaluation_status"], row["decision"], row["analyst"]) == ("rejected", "remove", "anna")
    assert [r.code for r in read_picks_csv(path, place="picks.csv") if isinstance(r, Problem)] == ["removed_pick"]


def test_an_empty_location_and_a_missing_one_look_different(tmp_path: Path) -> None:
    with written(tmp_path).open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    assert (rows[0]["location_code"], rows[-1]["location_code"]) == ("--", "")


def test_a_moved_pick_tells_where_it_was_and_who_moved_it(tmp_path: Path) -> None:
    with written(tmp_path).open(encoding="utf-8") as source:
        row = list(csv.DictReader(source))[1]
    assert row["time"] == "2021-05-04T03:02:15.623456Z"
    assert row["original_time"] == "2021-05-04T03:02:16.373456Z"
    assert (row["analyst"], row["decided_at"], row["reason"]) == ("anna", "2024-02-03T04:05:06.000000Z", "on the converted phase")
    assert (row["run"], row["p_mislabelled"], row["uncertainty_s"]) == ("3", "0.97", "")


def test_the_columns_begin_with_those_of_the_command_line_contract() -> None:
    assert COLUMNS[:9] == (
        "pick_id", "source_ref", "event_id", "network_code", "station_code", "location_code", "channel_code", "phase_hint", "time",
    )  # fmt: skip


def test_it_says_that_it_holds_no_waveforms() -> None:
    summary = write_csv(io.StringIO(), example().picks, {})
    assert any("no waveforms" in loss for loss in what_it_cannot_hold(summary))


def test_further_columns_stand_at_the_end_unless_their_name_is_taken() -> None:
    target = io.StringIO(newline="")
    first, second = example().picks[:2]
    told = replace(first, record=replace(first.record, extra={"snr": "4.1", "comments": ["weak"], "Decision": "?"}))
    summary = write_csv(target, [told, second], {}, ["Decision", "comments", "snr"])
    rows = list(csv.reader(io.StringIO(target.getvalue())))
    assert [row[len(COLUMNS) :] for row in rows] == [["comments", "snr"], ['["weak"]', "4.1"], ["", ""]]
    assert any("named as columns of this form are left out: Decision" in loss for loss in what_it_cannot_hold(summary))
