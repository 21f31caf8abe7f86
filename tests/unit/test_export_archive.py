from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from labeling.jobs.export_archive import MemberInPlace, pack

CONTENT = bytes(range(256)) * 9000  # more than is read at once


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of a member that was written out of order, and of two files."""
    (tmp_path / "data" / "sub").mkdir(parents=True)
    (tmp_path / "data" / "a.txt").write_text("beside")
    (tmp_path / "data" / "sub" / "b.txt").write_text("below")
    path = tmp_path / "made.zip"
    with path.open("w+b") as file:
        member = MemberInPlace(file, "waveforms.hdf5")
        member.region.write_at(1000, [CONTENT[1000:]])
        member.region.write_at(0, [CONTENT[:1000]])
        pack(file, tmp_path / "data", zipfile.ZIP_STORED, in_place=[member.finish()])
    return path


def test_a_member_in_place_is_found_with_the_files_beside_it(archive: Path):
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["waveforms.hdf5", "a.txt", "sub/b.txt"]
        assert (opened.read("waveforms.hdf5"), opened.read("a.txt"), opened.read("sub/b.txt")) == (CONTENT, b"beside", b"below")
        assert opened.infolist()[0].external_attr >> 16 == 0o100644


def test_the_members_own_header_says_what_the_directory_says(archive: Path):
    with zipfile.ZipFile(archive) as opened:
        info = opened.infolist()[0]
    header = archive.read_bytes()[: len(info.FileHeader(zip64=True))]
    assert header == info.FileHeader(zip64=True)


def test_the_packed_folder_goes(archive: Path, tmp_path: Path):
    assert sorted(path.name for path in tmp_path.iterdir()) == [archive.name]
