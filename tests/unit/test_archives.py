"""Unpacking of archives that may be hostile."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from labeling.seismo.archives import ArchiveLimits, ArchiveRefused, unpack

LIMITS = ArchiveLimits(max_files=5, max_unpacked_bytes=1_000_000)


def zip_of(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tar_of(path: Path, mode: str, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_members_of_a_tar_are_named_after_the_archive(tmp_path: Path, mode: str) -> None:
    path = tar_of(tmp_path / "a", mode, (tarfile.TarInfo("./REA/x.csv"), b"one"), (tarfile.TarInfo("y.csv"), b"two"))
    files = unpack(path, tmp_path / "into", LIMITS, name="up.tar")
    assert [(file.name, file.path.read_bytes()) for file in files] == [("up.tar/REA/x.csv", b"one"), ("up.tar/y.csv", b"two")]


def test_members_of_a_zip_are_named_after_the_archive_and_folders_are_none(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "up.zip", **{"sub/": b"", "sub/x.csv": b"one"})
    (file,) = unpack(path, tmp_path / "into", LIMITS)
    assert (file.name, file.basename, file.folder, file.path.read_bytes()) == ("up.zip/sub/x.csv", "x.csv", "up.zip/sub", b"one")


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "C:\\x", "..\\x"])
def test_a_member_that_leads_out_is_refused_and_nothing_lands_outside(tmp_path: Path, name: str) -> None:
    for path in (zip_of(tmp_path / "a.zip", **{name: b"x"}), tar_of(tmp_path / "a.tar", "w", (tarfile.TarInfo(name), b"x"))):
        with pytest.raises(ArchiveRefused, match="leads out"):
            unpack(path, tmp_path / "into" / "deep", LIMITS)
    assert not [path for path in tmp_path.rglob("*") if path.name == "x"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_of_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("x")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(ArchiveRefused, match="link or a device"):
        unpack(tar_of(tmp_path / "a.tar", "w", (member, b"")), tmp_path / "into", LIMITS)


def test_links_of_a_zip_are_refused(tmp_path: Path) -> None:
    member = zipfile.ZipInfo("x")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(ArchiveRefused, match="link or a device"):
        unpack(tmp_path / "a.zip", tmp_path / "into", LIMITS)


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path) -> None:
    for path in (
        zip_of(tmp_path / "a.zip", x=bytes(50_000_000)),
        tar_of(tmp_path / "a.tgz", "w:gz", (tarfile.TarInfo("x"), bytes(50_000_000))),
    ):
        with pytest.raises(ArchiveRefused, match="more than"):
            unpack(path, tmp_path / "into", LIMITS)
    assert sum(path.stat().st_size for path in (tmp_path / "into").iterdir()) < 3_000_000


def test_a_header_of_absurd_size_is_not_read_into_memory(tmp_path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type = tarfile.XHDTYPE
    with pytest.raises(ArchiveRefused, match="absurd"):
        unpack(tar_of(tmp_path / "a.tgz", "w:gz", (header, bytes(20_000_000))), tmp_path / "into", LIMITS)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused, match="more than 5 files"):
        unpack(zip_of(tmp_path / "a.zip", **{f"f{number}": b"x" for number in range(6)}), tmp_path / "into", LIMITS)


def test_an_archive_within_is_unpacked_one_level_deep(tmp_path: Path) -> None:
    innermost = zip_of(tmp_path / "c.zip", x=b"x").read_bytes()
    inner = zip_of(tmp_path / "b.zip", **{"c.zip": innermost, "y": b"y"}).read_bytes()
    files = unpack(zip_of(tmp_path / "a.zip", **{"b.zip": inner, "z": b"z"}), tmp_path / "into", LIMITS)
    assert [file.name for file in files] == ["a.zip/b.zip/c.zip", "a.zip/b.zip/y", "a.zip/z"]


def test_the_limits_hold_for_an_archive_within_too(tmp_path: Path) -> None:
    inner = zip_of(tmp_path / "b.zip", x=bytes(50_000_000)).read_bytes()
    with pytest.raises(ArchiveRefused, match="more than"):
        unpack(zip_of(tmp_path / "a.zip", **{"b.zip": inner}), tmp_path / "into", LIMITS)


def test_arrays_of_numpy_are_no_archives(tmp_path: Path) -> None:
    array = zip_of(tmp_path / "b.npz", **{"data.npy": b"x"}).read_bytes()
    (file,) = unpack(zip_of(tmp_path / "a.zip", **{"b.npz": array}), tmp_path / "into", LIMITS)
    assert file.name == "a.zip/b.npz"


def test_a_single_compressed_file_is_unpacked_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"one"))
    (file,) = unpack(tmp_path / "x.csv.gz", tmp_path / "into", LIMITS)
    assert (file.name, file.path.read_bytes()) == ("x.csv.gz/x.csv", b"one")


def test_a_broken_archive_is_refused_with_its_name(tmp_path: Path) -> None:
    whole = tar_of(tmp_path / "a.tgz", "w:gz", (tarfile.TarInfo("x"), bytes(range(256)) * 100)).read_bytes()
    (tmp_path / "a.tgz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveRefused, match=r"a\.tgz: the archive is broken"):
        unpack(tmp_path / "a.tgz", tmp_path / "into", LIMITS)
