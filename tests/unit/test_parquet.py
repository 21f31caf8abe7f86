"""Picks in Parquet, where pyarrow is installed; and what is said where it is not."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.formats.write_parquet import write_parquet
from labeling.seismo.records import EventRecord, PickRecord, Problem, Record
from labeling.seismo.timing import iso
from tests.unit.export_examples import example, identity


def picks_of(records: list[Record]) -> list[PickRecord]:
    return [record for record in records if isinstance(record, PickRecord)]


def test_without_pyarrow_a_parquet_file_is_refused_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "picks").write_bytes(b"PAR1" + bytes(20))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (problem,) = read(tmp_path / "picks", place="picks")
    assert isinstance(problem, Problem) and problem.code == "parquet_not_installed"
    assert "pip install 'repick[parquet]'" in problem.message


class TestWithPyarrow:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def test_what_repick_writes_comes_back_and_has_types(self, tmp_path: Path) -> None:
        path = tmp_path / "picks"
        picks = [*example().picks[:5], replace(example().picks[5], record=replace(example().picks[5].record, extra={"snr": "3.5"}))]
        summary = write_parquet(path, picks, example().events, ["snr", "Decision"])
        assert (summary.n_rows, summary.names_taken) == (6, ["Decision"])
        assert recognise(path) == "parquet"
        records = list(read(path, place="p"))
        assert [identity(pick) for pick in picks_of(records)] == [identity(pick.record) for pick in picks if pick.is_label]
        assert picks_of(records)[-1].extra["snr"] == "3.5"
        (event,) = (record for record in records if isinstance(record, EventRecord))
        assert replace(event, source_ref="") == replace(example().events["42"].record, source_ref="")
        schema = self.parquet.read_schema(path)
        assert str(schema.field("time").type) == "timestamp[us, tz=UTC]"
        assert str(schema.field("p_mislabelled").type) == "double"

    def test_tables_of_other_tools_are_read_with_times_of_any_type(self, tmp_path: Path) -> None:
        table = self.pyarrow.table(
            {
                "Station_ID": ["NZ.WEL.10.HHZ", "NZ.WEL..HH", None],
                "phase_time": self.pyarrow.array([1_600_000_000_123_456_789] * 3, self.pyarrow.timestamp("ns")),
                "phase_type": self.pyarrow.array(["P", "S", "P"]).dictionary_encode(),
                "phase_score": [0.5, None, float("nan")],
            }
        )
        self.parquet.write_table(table, tmp_path / "t")
        first, second, problem = read(tmp_path / "t", place="t")
        assert isinstance(first, PickRecord) and isinstance(second, PickRecord) and isinstance(problem, Problem)
        assert iso(first.time) == iso(datetime(2020, 9, 13, 12, 26, 40, 123456, tzinfo=UTC))
        assert (first.location_code, second.location_code, second.channel_code) == ("10", "", "HH")
        assert first.extra == {"phase_score": "0.5"}
        assert (problem.code, problem.place) == ("unreadable_row", "t:3")

    def test_a_damaged_file_is_refused_with_a_reason(self, tmp_path: Path) -> None:
        write_parquet(tmp_path / "picks", example().picks, example().events)
        content = (tmp_path / "picks").read_bytes()
        for damaged in (content[:2000], content[:100] + bytes(200) + content[300:], content[:-40] + content[-20:]):
            (tmp_path / "damaged").write_bytes(damaged)
            records = list(read(tmp_path / "damaged", place="d"))
            assert any(isinstance(record, Problem) and record.severity == "error" for record in records)

    def test_a_table_of_something_else_is_refused_with_its_columns(self, tmp_path: Path) -> None:
        self.parquet.write_table(self.pyarrow.table({"a": [1]}), tmp_path / "t")
        (problem,) = read(tmp_path / "t", place="t")
        assert isinstance(problem, Problem) and problem.code == "unrecognised_file" and "here are a" in problem.message
