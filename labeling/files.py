"""Where things lie below the data folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from labeling.bucket import Bucket
from labeling.shared_files import SharedFiles
from labeling.waveform_overviews import WaveformOverviews
from labeling.waveform_store import OriginalFiles, WaveformStore


def data_dir() -> Path:
    return Path(settings.DATA_DIR)


def shared_files() -> SharedFiles:
    return _shared_files(data_dir(), settings.BUCKET, settings.CACHE_BYTES)


@lru_cache(maxsize=8)
def _shared_files(folder: Path, bucket: str, most_bytes: int) -> SharedFiles:
    return SharedFiles(folder, Bucket(bucket) if bucket else None, most_bytes)


def waveform_store() -> WaveformStore:
    return WaveformStore(data_dir() / "waveforms", shared_files())


def waveform_overviews() -> WaveformOverviews:
    return WaveformOverviews(data_dir() / "overviews")


def original_files() -> OriginalFiles:
    return OriginalFiles(data_dir() / "waveforms", shared_files())


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
