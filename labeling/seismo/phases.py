"""Names of phases."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1000)  # asked for every pick of a catalog, which has a dozen names
def phase_family(phase_hint: str) -> str:
    """`P`, `S` or "": the family that a hint such as `Pg`, `Sn` or `pP` belongs to, by its first letter in either case."""
    first = phase_hint[:1].upper()
    return first if first in ("P", "S") else ""
