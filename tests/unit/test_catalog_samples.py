"""ObsPy's own sample catalogs and mutated ones: read, or refused with a reason; nothing is raised."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import obspy
import pytest

from labeling.seismo.formats.recognise import read
from labeling.seismo.records import Problem
from tests.fuzz import CATALOGS, failures

OBSPY_IO = Path(obspy.__file__).parent / "io"
SAMPLES = sorted(
    str(path.relative_to(OBSPY_IO))
    for folder in CATALOGS
    for path in (OBSPY_IO / folder).rglob("*")
    if path.is_file() and "data" in path.parts and path.suffix not in (".png", ".npy", ".pyc", ".py")
)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read_or_refused_with_a_reason(name: str) -> None:
    records = list(read(OBSPY_IO / name, place=name))
    assert records, "nothing was said of it"
    for record in records:
        assert not isinstance(record, Problem) or (record.message and record.place.startswith(name))


def test_five_hundred_mutated_catalogs_raise_nothing() -> None:
    forms: Counter[str] = Counter()
    assert list(failures(500, seed=1, forms=forms)) == []
    assert {"scml", "ims", "nonlinloc", "hypodd", "hypoinverse", "hypo71", "nordic", "quakeml", "picks_csv"} <= forms.keys()
