"""A labelled data set straight from its files."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from training.jobs.labelled_files import LabelledFiles, read_labelled_traces
from training.lancor.config import TrainingConfig


def files_with_pulse(
    folder: Path, *, rate_hz: float, pulse_s: float, more_columns: dict[str, float], trace_s: float = 60.0
) -> LabelledFiles:
    """One SeisBench trace with a pulse and a P label on it, and labels in further columns (seconds)."""
    time_s = np.arange(round(trace_s * rate_hz)) / rate_hz
    pulse = 1000 * np.exp(-0.5 * ((time_s - pulse_s) / 0.1) ** 2)
    labels = {"trace_P_arrival_sample": pulse_s, **more_columns}
    with h5py.File(folder / "waveforms.hdf5", "w") as file:
        file["data/one"] = np.stack([pulse] * 3).astype(np.float32)
        file["data_format/dimension_order"] = "CW"
        file["data_format/component_order"] = "ZNE"
        file["data_format/sampling_rate"] = rate_hz
    cells = ",".join(str(at_s * rate_hz) for at_s in labels.values())
    (folder / "metadata.csv").write_text(f"trace_name,station_code,trace_start_time,{','.join(labels)}\none,WEL,2020-01-01,{cells}\n")
    # A filter that runs forwards only moves the pulse's peak, though not its onset.
    return read_labelled_traces([folder]).cut(TrainingConfig(highpass_hz=0.0))


@pytest.mark.parametrize("rate_hz", [62.5, 100.0, 125.0])
def test_a_label_sits_on_its_onset_whatever_the_trace_was_sampled_at(tmp_path: Path, rate_hz: float):
    dataset = files_with_pulse(tmp_path, rate_hz=rate_hz, pulse_s=21.7, more_columns={}).dataset
    segment = dataset.segments[0, 0].astype(np.float64)
    weights = np.clip(segment - segment.max() / 2, 0, None)
    peak = (weights * np.arange(segment.size)).sum() / weights.sum()
    assert peak == pytest.approx(dataset.label_sample[0], abs=0.05)


def test_the_padding_around_a_short_trace_is_told_from_it(tmp_path: Path):
    dataset = files_with_pulse(tmp_path, rate_hz=50.0, pulse_s=4.0, more_columns={}, trace_s=12.0).dataset
    first, last = dataset.real_samples[0]
    assert last - first == 2 * 599  # from the first to the last of 600 samples, at twice their rate
    assert dataset.label_sample[0] - first == pytest.approx(400, abs=1)
    assert (dataset.segments[0][:, first + 350 : first + 450] != 0).all()
    assert np.abs(dataset.segments[0][:, : first - 50]).max(initial=0.0) < 1e-3


def test_labels_outside_their_trace_are_left_out_and_counted(tmp_path: Path):
    beside = {"trace_S_arrival_sample": 75.0, "trace_Pn_arrival_sample": -3.0}
    files = files_with_pulse(tmp_path, rate_hz=100.0, pulse_s=21.7, more_columns=beside)
    assert (files.dataset.n_labels, files.n_left_out) == (1, 2)
