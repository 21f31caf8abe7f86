"""PhaseNet's training form: `waveform.csv` (fname, itp, its, channels) and a folder of .npz with `data` (n, 3) in the order E N Z.

Samples of picks are fractional. `sampling_rate` stands in the .npz, for PhaseNet takes 100 Hz otherwise. begin_time and trace_name are
further columns: they say what the form itself can't.
Source: Zhu & Beroza (2019), doi:10.1093/gji/ggy423.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from labeling.seismo.formats.export_rows import ExportPick, ExportTrace, network_phase
from labeling.seismo.formats.phase_losses import PhaseLosses
from labeling.seismo.records import FloatArray
from labeling.seismo.timing import iso, time_to_sample

COLUMNS = ("fname", "itp", "its", "channels", "begin_time", "trace_name")
_COLUMN_OF = {"E": 0, "1": 0, "N": 1, "2": 1, "Z": 2, "3": 2}  # as read_phasenet has it
_NETWORK, _STATION = re.compile(r"[A-Za-z0-9]{1,2}"), re.compile(r"[A-Za-z0-9]{1,5}")


def write_phasenet(folder: Path, traces: Iterable[tuple[ExportTrace, Sequence[ExportPick]]], losses: PhaseLosses) -> int:
    """Write `waveform.csv` and `waveform/*.npz` into a folder, trace by trace. Returns how many traces were left out.

    A trace is left out if the name of its file could not tell its network and station; its picks are, too.
    """
    (folder / "waveform").mkdir(parents=True)
    n_left_out = 0
    with (folder / "waveform.csv").open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        for number, (trace, picks) in enumerate(traces, start=1):
            has_name = bool(_NETWORK.fullmatch(trace.network_code or "") and _STATION.fullmatch(trace.station_code))
            samples = trace.read_samples() if has_name else np.empty((0, 0), dtype=np.float32)
            labels = list(losses.labels(picks, lambda pick, on=(trace, samples): _why_not(pick, *on), holds_relative_times=True))  # type: ignore[misc]
            if not has_name:
                n_left_out += 1
                continue
            name = f"{trace.network_code}_{trace.station_code}_{number:07d}.npz"
            data, channels = _enz(trace, samples)
            np.savez(folder / "waveform" / name, data=data, sampling_rate=np.float64(trace.sampling_rate_hz))
            itp, its = (_samples([pick for pick in labels if network_phase(pick.record.phase_hint) == phase], trace) for phase in "PS")
            writer.writerow([name, itp, its, channels, "" if trace.time_is_relative else iso(trace.start_time), trace.trace_key])
    return n_left_out


def _why_not(pick: ExportPick, trace: ExportTrace, samples: FloatArray) -> str:
    if not samples.size:
        return "the codes of their trace make no PhaseNet file name (NC_MEM)"
    if network_phase(pick.record.phase_hint) is None:
        return "they are neither P nor S"
    at = time_to_sample(trace.start_time, pick.record.time, trace.sampling_rate_hz)
    return "" if 0 <= at < samples.shape[1] else "they lie outside their trace"


def _samples(picks: Sequence[ExportPick], trace: ExportTrace) -> str:
    """`3000`, `3000.25`, `[3000, 3210]`, blank for none."""
    found = [f"{round(time_to_sample(trace.start_time, pick.record.time, trace.sampling_rate_hz), 6):.10g}" for pick in picks]
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]" if found else ""


def _enz(trace: ExportTrace, samples: FloatArray) -> tuple[FloatArray, str]:
    """(n_samples, 3) in the order E, N, Z with zeros in gaps and for what was not recorded, and the codes in that order."""
    data = np.zeros((samples.shape[1], 3), dtype=np.float32)
    free = [column for column in range(3) if column not in {_COLUMN_OF.get(code[-1:]) for code in trace.channel_codes}]
    codes: dict[int, str] = {}
    for code, component in zip(trace.channel_codes, samples, strict=True):
        column = _COLUMN_OF.get(code[-1:])
        column = free.pop(0) if column is None else column  # R, T, U …
        data[:, column], codes[column] = np.nan_to_num(component), code
    return data, "_".join(codes[column] for column in sorted(codes))
