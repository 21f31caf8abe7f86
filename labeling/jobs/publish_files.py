"""Moving into a bucket what a data folder holds, for whoever began without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labeling.bucket import Bucket
from labeling.files import data_dir, shared_files
from labeling.jobs.collect_garbage import ASIDE

PATTERNS = ("waveforms/shards/*.f32", "waveforms/originals/??/*", "waveforms/originals/unfinished/*", "exports/*/*/*", "runs/*/*")
UNFINISHED = "waveforms/originals/unfinished/"


def publish_files(bucket: Bucket) -> Iterator[tuple[Path, bool]]:
    """Each file that other hosts need, and whether it was stored now; what the bucket has in the same size is left as it is."""
    for pattern in PATTERNS:
        for path in sorted(data_dir().glob(pattern)):
            if not path.is_file() or ".part" in path.name or path.name.endswith(ASIDE):
                continue
            name = shared_files().name_of(path)
            if name.startswith(UNFINISHED) and "." not in path.name:
                name = f"{name}.0"  # what has come of an upload is its first chunk
            stored = bucket.find(name)
            is_new = stored is None or stored.size_bytes != path.stat().st_size
            if is_new:
                bucket.put(name, path)
            yield path, is_new
