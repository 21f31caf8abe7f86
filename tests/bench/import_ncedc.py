"""Import of `ncedc` (154 PhaseNet arrays)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.bench.figure import Figure, Options
from tests.bench.import_nz import read_waveforms_and_catalogs
from tests.bench.imported_set import generated_set, measure_import


def measure(options: Options, folder: Path) -> list[Figure]:
    if not options.shared_data:
        return [measure_import("import, generated network", generated_set(folder), read_waveforms_and_catalogs, "ObsPy reading the files")]
    return [measure_import("import, ncedc", Path(options.shared_data) / "ncedc", _read_arrays, "numpy.load of the same arrays")]


def _read_arrays(folder: Path) -> int:
    paths = sorted(folder.rglob("*.npz"))
    for path in paths:
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                arrays[name]
    return len(paths)
