"""Catalogs cut, bent and spliced: no reader may raise. `python -m tests.fuzz [cases] [seed]` prints what did.

The files that are mutated are ObsPy's own samples and some of ours; each case has its own number, so that one can be looked at again.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import obspy

from labeling.seismo.formats.recognise import read, recognise

_OBSPY = Path(obspy.__file__).parent / "io"
CATALOGS = ("iaspei", "gse2/tests/data/bulletin", "nlloc", "hypodd", "seiscomp", "nordic", "quakeml")
EVERYTHING = (".",)
_LARGEST = 200_000
_OWN = {
    "archive.arc": (
        "199806262007289234 1234121W3040  512 23".ljust(136) + "      7714d250\n"
        + ("MCV  NC VVHZ  PU2199806262007 4310  -6110 6012ES 3".ljust(111) + "--\n") * 4 + " " * 62 + "      7714\n"
    ),
    "cards.pha": ("MCV EPD1Z9806262007" + "59.10       61.25ES 2\n") * 4 + "                 10\n",
    "picks.csv": "station_id,phase_time,phase_type,phase_score\n" + "NZ.WEL.10.HHZ,2020-01-01T00:00:01.25,P,0.9\n" * 3,
}  # fmt: skip


def originals(folders: tuple[str, ...]) -> list[bytes]:
    """What is mutated: the small files below these folders of ObsPy's, and our own."""
    paths = sorted({path for folder in folders for path in (_OBSPY / folder).rglob("*") if "data" in path.parts and path.is_file()})
    files = [path for path in paths if 0 < path.stat().st_size <= _LARGEST and path.suffix != ".png"]
    return [path.read_bytes() for path in files] + [text.encode() for text in _OWN.values()]


def mutated(content: bytes, other: bytes, random: np.random.Generator) -> bytes:
    """The content cut off, with bits flipped, with bytes of the other in it, with a line shifted, or with lines out of order."""
    kind = random.integers(5)
    if kind == 0:
        return content[: random.integers(1, len(content) + 1)]
    if kind == 1:
        flipped = np.frombuffer(content, dtype=np.uint8).copy()
        places = random.integers(len(flipped), size=1 + len(flipped) // 200)
        flipped[places] ^= (1 << random.integers(8, size=len(places))).astype(np.uint8)
        return flipped.tobytes()
    if kind == 2:
        at, start = random.integers(len(content) + 1), random.integers(len(other))
        return content[:at] + other[start : start + 2000] + content[at:]
    lines = content.split(b"\n")
    if kind == 3:
        number = random.integers(len(lines))
        lines[number] = lines[number][1:] if random.random() < 0.5 else b" " + lines[number]
        return b"\n".join(lines)
    random.shuffle(lines)  # type: ignore[arg-type]
    return b"\n".join(lines)


def failures(n_cases: int, *, seed: int, forms: Counter[str], folders: tuple[str, ...] = CATALOGS) -> Iterator[tuple[int, str]]:
    """Number and traceback of each case in which something was raised. forms: counts what the cases were taken for."""
    contents = originals(folders)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case"
        for case in range(n_cases):
            random = np.random.default_rng([seed, case])
            content, other = contents[random.integers(len(contents))], contents[random.integers(len(contents))]
            path.write_bytes(mutated(content, other, random))
            try:
                form = recognise(path)
                for _ in read(path, place="case", form=form):
                    pass
            except Exception:  # whatever it is, it is the finding
                yield case, traceback.format_exc()
            else:
                forms[form] += 1


def main() -> int:
    n_cases = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    forms: Counter[str] = Counter()
    n_failed = 0
    for case, raised in failures(n_cases, seed=seed, folders=EVERYTHING, forms=forms):
        n_failed += 1
        print(f"case {case} of seed {seed}:\n{raised}")
    print(f"{n_cases} cases, {n_failed} raised. Taken for: {', '.join(f'{form} {count}' for form, count in forms.most_common())}")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
