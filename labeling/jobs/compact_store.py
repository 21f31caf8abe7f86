"""Shards that deleted catalogs have left mostly unused: what traces still use is copied into new ones, and the old are left to `gc`.

The new samples are on the disk before a row points to them, and each row is moved only if its channels are still those that were copied.
The old shard is dated anew, so that `gc` leaves it to whoever read a row before (`labeling.jobs.collect_garbage`). A compaction that is
killed leaves two shards that are used in part; the next one goes on.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from labeling.files import shared_files, waveform_store
from labeling.jobs.garbage_places import places
from labeling.jobs.verify_store import Damage, damage_of
from labeling.models import Trace
from labeling.waveform_store import SAMPLE_BYTES, Address, ShardWriter

ROWS_AT_ONCE = 5000
TRACES_AT_ONCE = 200
BELOW = 0.5
Channels = list[dict[str, Any]]


@dataclass(frozen=True)
class SparseShard:
    """A shard of which traces use less than a share. used_bytes: what they use."""

    path: Path
    size_bytes: int
    used_bytes: int


def sparse_shards(*, below: float = BELOW, min_age_s: float) -> list[SparseShard]:
    """Shards of which some traces, but less than that share of the bytes, are in use. Those written to within min_age_s are left out."""
    used: Counter[str] = Counter()
    for channels, n_samples in Trace.objects.values_list("channels", "n_samples").iterator(chunk_size=ROWS_AT_ONCE):
        for channel in channels:
            if "shard" in channel:
                used[channel["shard"]] += SAMPLE_BYTES * n_samples
    found = []
    for shard in sorted(places()[-1].found("waveforms/shards/*.f32"), key=lambda one: one.path):
        used_bytes = used[shard.path.stem]
        if 0 < used_bytes < below * shard.size_bytes and time.time() - shard.written_at >= min_age_s:
            found.append(SparseShard(shard.path, shard.size_bytes, used_bytes))
    return found


def compact(shards: list[SparseShard]) -> Iterator[tuple[int, list[Damage]]]:
    """Moves what is used of them; yields again and again how many traces were moved and which of them are damaged. Those stay where they
    are, so that a shard restored from the backup mends them."""
    names = {shard.path.stem for shard in shards}
    with waveform_store().writer() as writer:
        for every in _in_shards(names):
            damages = {trace.pk: damage_of(trace) for trace in every}
            traces = [trace for trace in every if damages[trace.pk] is None]
            moved = {trace.pk: _copied(trace, names, writer) for trace in traces}
            writer.flush()
            _date_anew(shards)
            n_moved = _point_to_copies(traces, moved)
            _date_anew(shards)  # after whoever has read a row meanwhile began
            yield n_moved, [damage for damage in damages.values() if damage is not None]


def _date_anew(shards: list[SparseShard]) -> None:
    now = time.time()  # the kernel's own is some milliseconds old
    for shard in shards:
        shared_files().date_anew(shard.path, now)


def _in_shards(names: set[str]) -> Iterator[list[Trace]]:
    rows = Trace.objects.order_by("pk").values_list("pk", "channels").iterator(chunk_size=ROWS_AT_ONCE)
    keys = [pk for pk, channels in rows if any(channel.get("shard") in names for channel in channels)]
    for start in range(0, len(keys), TRACES_AT_ONCE):
        some = Trace.objects.filter(pk__in=keys[start : start + TRACES_AT_ONCE])
        yield list(some.select_related("workspace", "catalog").order_by("pk"))


def _copied(trace: Trace, names: set[str], writer: ShardWriter) -> Channels:
    """The trace's channels with the addresses of the copies."""
    channels = []
    for channel in trace.channels:
        if channel.get("shard") in names:
            samples = waveform_store().read(Address(channel["shard"], channel["offset"], trace.n_samples))
            address = writer.append(samples)
            channel = {**channel, "shard": address.shard, "offset": address.offset}
        channels.append(channel)
    return channels


def _point_to_copies(traces: list[Trace], moved: dict[int, Channels]) -> int:
    """How many rows were moved: not those that were changed or deleted meanwhile."""
    read = {trace.pk: trace.channels for trace in traces}
    with transaction.atomic():
        rows = [row for row in Trace.objects.select_for_update().filter(pk__in=read).order_by("pk") if row.channels == read[row.pk]]
        for row in rows:
            row.channels = moved[row.pk]
        Trace.objects.bulk_update(rows, ["channels"], batch_size=TRACES_AT_ONCE)
    return len(rows)
