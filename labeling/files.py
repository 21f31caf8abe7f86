"""Where things lie below the data folder."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from labeling.waveform_overviews import WaveformOverviews
from labeling.waveform_store import OriginalFiles, WaveformStore


def data_dir() -> Path:
    return Path(settings.DATA_DIR)


def waveform_store() -> WaveformStore:
    return WaveformStore(data_dir() / "waveforms")


def waveform_overviews() -> WaveformOverviews:
    return WaveformOverviews(data_dir() / "overviews")


def original_files() -> OriginalFiles:
    return OriginalFiles(data_dir() / "waveforms")


def working_folder(name: str) -> Path:
    """Scratch space of one job; the job removes it."""
    return data_dir() / "tmp" / name


def earth_models_folder() -> Path:
    """What TauP made of velocity models; each can be made again."""
    return data_dir() / "earth_models"


def exports_folder() -> Path:
    return data_dir() / "exports"


def runs_folder() -> Path:
    return data_dir() / "runs"
