from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.seismo.formats.file_region import FileRegion


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "whole"
    path.write_bytes(b"before")
    return path


@pytest.fixture
def region(path: Path) -> Iterator[FileRegion]:
    with path.open("r+b") as file:
        yield FileRegion(file.fileno(), begin=6)


def test_what_stands_before_a_region_stays(path: Path, region: FileRegion):
    region.write(b"some text")
    region.seek(5)
    region.write(b"more")
    assert (path.read_bytes(), region.size) == (b"beforesome more", 9)


def test_a_region_is_read_and_cut_as_a_file(path: Path, region: FileRegion):
    region.write(b"0123456789")
    assert (region.seek(-3, 2), region.read(), region.read()) == (7, b"789", b"")
    region.truncate(4)
    assert (region.seek(0), region.read(), path.read_bytes()) == (0, b"0123", b"before0123")


def test_more_buffers_than_the_kernel_takes_at_once_stand_one_behind_the_other(region: FileRegion):
    pieces = [np.full((2, 3), number, dtype=np.float32) for number in range(1500)]
    region.write_at(8, pieces)
    assert np.array_equal(np.frombuffer(region.read()[8:], dtype=np.float32), np.concatenate([piece.ravel() for piece in pieces]))


def test_hdf5_in_a_region_opens_by_itself_once_it_is_cut_out(path: Path, region: FileRegion, tmp_path: Path):
    with h5py.File(region, "w") as file:
        file["there/too"] = np.arange(1000)
    assert path.read_bytes()[:6] == b"before"
    (tmp_path / "alone.hdf5").write_bytes(path.read_bytes()[6:])
    with h5py.File(tmp_path / "alone.hdf5") as file:
        assert np.array_equal(file["there/too"], np.arange(1000))


@given(lengths=st.lists(st.integers(0, 40), max_size=20), longest=st.integers(1, 64))
def test_a_write_that_is_cut_short_goes_on_where_it_was_cut(lengths: list[int], longest: int, tmp_path_factory: pytest.TempPathFactory):
    pieces = [bytes([number]) * length for number, length in enumerate(lengths)]

    def writes_little(descriptor: int, buffers: list[memoryview], at: int) -> int:
        return os.pwrite(descriptor, b"".join(buffers)[:longest], at)

    path = tmp_path_factory.mktemp("region") / "whole"
    with path.open("w+b") as file:
        FileRegion(file.fileno(), begin=2).write_at(3, pieces, write=writes_little)
    assert path.read_bytes()[5:] == b"".join(pieces)
