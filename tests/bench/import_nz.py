"""Import of `nz_southern_alps` (50 S-files, 48 miniSEED files)."""

from __future__ import annotations

import warnings
from pathlib import Path

import obspy
from obspy.io.nordic.core import read_nordic

from tests.bench.figure import Figure, Options
from tests.bench.imported_set import generated_set, measure_import


def measure(options: Options, folder: Path) -> list[Figure]:
    if not options.shared_data:
        generated = generated_set(folder)
        return [measure_import("import, generated network", generated, read_waveforms_and_catalogs, "ObsPy reading the files")]
    real = Path(options.shared_data) / "nz_southern_alps"
    return [measure_import("import, nz_southern_alps", real, read_waveforms_and_catalogs, "ObsPy reading the same files")]


def read_waveforms_and_catalogs(folder: Path) -> int:
    """Reads everything below the folder that ObsPy can read, and keeps nothing."""
    n_read = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if path.suffix == ".mseed" or "WAV" in path.parts:
                obspy.read(str(path))
            elif path.suffix == ".xml":
                (obspy.read_inventory if "station" in path.name else obspy.read_events)(str(path))
            elif "REA" in path.parts:
                read_nordic(str(path))
            else:
                continue
            n_read += 1
    return n_read
