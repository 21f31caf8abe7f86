"""Uploaded files sorted into data sets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pytest

from labeling.seismo.formats.collect import Source, collect
from labeling.seismo.formats.input_file import InputFile
from labeling.seismo.records import PickRecord, Problem, TraceRecord


class Upload:
    """Files under numbers on the disk, as unpacking leaves them, and under their names in the report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[InputFile] = []

    def _next(self, name: str) -> Path:
        self.files.append(InputFile(self.folder / f"{len(self.files):06d}", name))
        return self.files[-1].path

    def text(self, name: str, content: str) -> None:
        self._next(name).write_text(content)

    def array(self, name: str) -> None:
        with self._next(name).open("wb") as out:
            np.savez(out, data=np.random.default_rng(1).normal(size=(400, 3)))

    def seisbench(self, name: str) -> None:
        with h5py.File(self._next(name), "w") as file:
            file["data/t"] = np.ones((3, 100), np.float32)
            file["data_format/component_order"] = "ZNE"


def shown(sources: list[Source]) -> list[tuple[str, list[str]]]:
    return [(source.format, [file.name for file in source.files]) for source in sources]


def test_each_folder_of_arrays_goes_to_its_own_table(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    for folder in ("a", "b"):
        upload.text(f"up.zip/{folder}/waveform.csv", "fname,itp,its,channels\nNC_X_1.npz,100,200,EHZ\n")
        upload.array(f"up.zip/{folder}/waveforms/NC_X_1.npz")
    assert shown(collect(upload.files)) == [
        ("phasenet", ["up.zip/a/waveform.csv", "up.zip/a/waveforms/NC_X_1.npz"]),
        ("phasenet", ["up.zip/b/waveform.csv", "up.zip/b/waveforms/NC_X_1.npz"]),
    ]


def test_a_table_and_arrays_that_came_without_folders_belong_together(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    upload.array("NC_X_1.npz")
    upload.text("labels.csv", "fname,itp,its\nNC_X_1.npz,100,200\n")
    (source,) = collect(upload.files)
    assert Counter(type(record) for record in source.read()) == {TraceRecord: 1, PickRecord: 2}


def test_chunks_of_seisbench_are_paired_by_name(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    table = "trace_name,station_code,trace_start_time,trace_p_arrival_sample\nt,WEL,2020-01-01,50\n"
    for chunk in ("_2005", "_2006"):
        upload.text(f"set/metadata{chunk}.csv", table)
        upload.seisbench(f"set/waveforms{chunk}.hdf5")
    assert shown(collect(upload.files)) == [
        ("seisbench", ["set/metadata_2005.csv", "set/waveforms_2005.hdf5"]),
        ("seisbench", ["set/metadata_2006.csv", "set/waveforms_2006.hdf5"]),
    ]


def test_a_single_pair_belongs_together_whatever_its_names(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    upload.text("x/my_labels.csv", "trace_name,station_code,trace_start_time,trace_p_arrival_sample\nt,WEL,2020-01-01,50\n")
    upload.seisbench("y/everything.h5")
    (source,) = collect(upload.files)
    assert [file.name for file in source.files] == ["x/my_labels.csv", "y/everything.h5"]


def test_waveforms_of_seisbench_without_their_table_say_what_is_missing(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    upload.seisbench("waveforms.hdf5")
    (source,) = collect(upload.files)
    (problem,) = source.read()
    assert isinstance(problem, Problem)
    assert "metadata.csv" in problem.message


def test_stations_and_waveforms_are_read_before_catalogs(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    upload.text("a_picks.csv", "station,phase,time\nWEL,P,2020-01-01\n")
    upload.text("z_stations.csv", "station,latitude,longitude\nWEL,-41,174\n")
    assert [source.format for source in collect(upload.files)] == ["stations_csv", "picks_csv"]


def test_papers_are_no_error_and_an_unknown_file_says_what_is_accepted(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    upload.text("README.md", "# What this is\n")
    upload.text("LICENSE", "MIT\n")
    upload.text("results.csv", "a,b\n1,2\n")
    problems = {problem.place: problem for source in collect(upload.files) for problem in source.read() if isinstance(problem, Problem)}
    assert {place: problem.severity for place, problem in problems.items()} == {
        "README.md": "info",
        "LICENSE": "info",
        "results.csv": "error",
    }
    assert "QuakeML" in problems["results.csv"].message


def test_a_table_with_unknown_columns_is_told_which_it_has_and_which_it_needs(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    upload.text("picks.csv", "Name;when;what\nWellington;2020-01-01;rain\n")
    (problem,) = [problem for source in collect(upload.files) for problem in source.read()]
    assert isinstance(problem, Problem)
    assert "called Name, when, what" in problem.message
    assert "station_code,phase_hint,time" in problem.message


def test_a_table_that_looks_like_picks_is_told_what_it_seems_to_be_and_what_it_misses(tmp_path: Path) -> None:
    upload = Upload(tmp_path)
    upload.text("picks.csv", "Name;when;what\nWEL;2020-01-01;P\n")
    (problem,) = [problem for source in collect(upload.files) for problem in source.read()]
    assert isinstance(problem, Problem)
    assert "phase: what, station: name" in problem.message
    assert "Which column is the time?" in problem.message


@pytest.mark.parametrize(("content", "said"), [(b"", "is empty"), (b"\x89HDF\r\n\x1a\n" + b"\0" * 2000, "can't be opened")])
def test_an_empty_or_damaged_file_is_to_be_copied_again(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "waveforms.hdf5"
    path.write_bytes(content)
    (problem,) = [problem for source in collect([InputFile(path, path.name)]) for problem in source.read()]
    assert isinstance(problem, Problem)
    assert said in problem.message
    assert "Copy it again" in problem.message


def test_every_file_of_the_real_sets_is_in_exactly_one_source(shared_data: Path) -> None:
    files = [InputFile(path, str(path.relative_to(shared_data))) for path in sorted(shared_data.rglob("*")) if path.is_file()]
    sources = collect(files)
    assert Counter(file for source in sources for file in source.files) == Counter(files)
    counts = Counter(source.format for source in sources)
    assert (counts["phasenet"], counts["stead"], counts["nordic"], counts["waveforms"]) == (1, 1, 50, 48)
