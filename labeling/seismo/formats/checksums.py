"""CRC-32 of what is written in pieces, in whatever order."""

from __future__ import annotations

from functools import lru_cache

_POLYNOMIAL = 0xEDB88320  # that of zlib and ZIP, lowest power in the highest bit
_ONE = 1 << 31


def joined_crc32(before: int, behind: int, n_bytes_behind: int) -> int:
    """The checksum of two pieces one behind the other, from those of each: zlib's crc32_combine, which Python's zlib does not have."""
    return _product(_shift_by(n_bytes_behind), before) ^ behind


@lru_cache(maxsize=256)
def _shift_by(n_bytes: int) -> int:
    """x to the power of 8 n_bytes, modulo the polynomial."""
    power, square = _ONE, _ONE >> 8
    while n_bytes:
        if n_bytes & 1:
            power = _product(square, power)
        square = _product(square, square)
        n_bytes >>= 1
    return power


def _product(one: int, other: int) -> int:
    """Of two polynomials over GF(2), modulo the polynomial."""
    product = 0
    for bit in range(31, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = other >> 1 ^ (_POLYNOMIAL if other & 1 else 0)
    return product
