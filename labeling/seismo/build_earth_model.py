"""python -m labeling.seismo.build_earth_model MODEL.nd FOLDER: what TauP needs of a velocity model, as FOLDER/MODEL.npz.

A program of its own, so that a model that TauP never comes to an end with, or that takes all memory, ends nothing but this.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import warnings
from pathlib import Path

LONGEST_S = 60
MOST_MEMORY = 3 << 30
_ROOT = Path(__file__).parents[2]


class ModelNotBuilt(Exception):
    """TauP can't make a model of it; the text says why."""


def build_earth_model(nd: Path, folder: Path) -> Path:
    """The path of the `.npz`. Raises ModelNotBuilt."""
    command = [sys.executable, "-m", "labeling.seismo.build_earth_model", str(nd), str(folder)]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=False)  # noqa: S603  our own program
    except subprocess.TimeoutExpired:
        raise ModelNotBuilt(f"TauP did not come to an end with it in {LONGEST_S} s. Take fewer lines.") from None
    built = folder / f"{nd.stem}.npz"
    if done.returncode != 0 or not built.is_file():
        said = done.stderr.strip().splitlines()
        raise ModelNotBuilt(f"TauP can't make a model of it: {said[-1][:300] if said else 'it ended without a word'}.")
    return built


def _main(nd: str, folder: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    warnings.simplefilter("ignore")
    from obspy.taup import TauPyModel
    from obspy.taup.taup_create import build_taup_model

    build_taup_model(nd, output_folder=folder, verbose=False)
    model = TauPyModel(str(Path(folder) / f"{Path(nd).stem}.npz"))
    for phase in ("P", "S"):
        if not model.get_travel_times(10.0, 0.5, phase_list=(phase, phase.lower(), f"{phase}g", f"{phase}n")):
            raise ValueError(f"no {phase} arrives at 56 km")


if __name__ == "__main__":
    _main(*sys.argv[1:])
