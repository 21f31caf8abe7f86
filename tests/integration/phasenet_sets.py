"""Labelled sets in files, for commands that read them from there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests import factories


def write_phasenet_set(folder: Path, n_traces: int) -> Path:
    """Traces of 60 s in the PhaseNet form, P at a different sample in each and S 4 s later. Returns the folder."""
    (folder / "waveforms").mkdir(parents=True)
    lines = ["fname,itp,its,channels"]
    for number in range(n_traces):
        p_s = 20 + 0.37 * number
        samples = factories.onset_samples(n_samples=6000, p_s=p_s, s_s=p_s + 4, seed=number)
        np.savez(folder / "waveforms" / f"BG_S{number}.npz", data=samples.T[:, ::-1])
        lines.append(f"BG_S{number}.npz,{round(100 * p_s)},{round(100 * p_s) + 400},HHE_HHN_HHZ")
    (folder / "waveform.csv").write_text("\n".join(lines) + "\n")
    return folder
