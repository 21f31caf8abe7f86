from __future__ import annotations

import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from labeling.seismo.formats.checksums import joined_crc32
from labeling.seismo.formats.file_region import FileRegion


@given(st.binary(max_size=300), st.binary(max_size=300), st.integers(0, 5000))
def test_the_checksum_of_two_pieces_is_that_of_both_together(before: bytes, behind: bytes, n_zeros: int):
    behind += bytes(n_zeros)
    assert joined_crc32(zlib.crc32(before), zlib.crc32(behind), len(behind)) == zlib.crc32(before + behind)


def test_a_regions_checksum_is_that_of_all_its_bytes_whoever_wrote_them_and_when(tmp_path: Path):
    with (tmp_path / "whole").open("w+b") as file:
        region = FileRegion(file.fileno(), begin=7)
        region.write_at(0, [b"head"])
        region.write_once(900, [b"last", b"of all"])
        region.write_once(30, [bytes(range(256)), b"next"])
        region.seek(500)
        region.write(b"in between")
        region.write_at(0, [b"HEAD"])
        region.seek(0)
        assert region.crc32() == zlib.crc32(region.read())
