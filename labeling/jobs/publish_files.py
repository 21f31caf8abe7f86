"""Moving into a bucket what a data folder holds, for whoever began without one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from labeling.bucket import Bucket
from labeling.files import data_dir, shared_files
from labeling.models import PartialFile
from labeling.shared_files import ASIDE

PATTERNS = ("waveforms/shards/*.f32", "waveforms/originals/??/*", "waveforms/originals/unfinished/*", "exports/*/*/*", "runs/*/*")
UNFINISHED = "waveforms/originals/unfinished/"


def publish_files(bucket: Bucket) -> Iterator[tuple[Path, bool]]:
    """Each file that other hosts need, and whether it was stored now; what the bucket has with that content is left as it is."""
    for pattern in PATTERNS:
        for path in sorted(data_dir().glob(pattern)):
            if not path.is_file() or ".part" in path.name or path.name.endswith(ASIDE):
                continue
            name = shared_files().name_of(path)
            if name.startswith(UNFINISHED) and "." not in path.name:
                name = f"{name}.0"  # what has come of an upload is its first chunk,
                _cut_to_what_counts(path)
            stored = bucket.find(name)
            is_new = stored is None or not stored.is_content_of(path) or not bucket.is_whole(stored)
            if is_new:
                bucket.put(name, path)
            yield path, is_new


def _cut_to_what_counts(path: Path) -> None:
    """A server that died in a chunk leaves bytes behind it that nobody was told of; the next chunk follows what was told."""
    part = PartialFile.objects.filter(stored_as=uuid.UUID(hex=path.name)).first()
    if part is not None and path.stat().st_size > part.received_bytes:
        os.truncate(path, part.received_bytes)
