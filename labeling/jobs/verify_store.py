"""Whether stored samples and files still are what was imported: every trace, original and export by its checksum."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from labeling.bucket import Bucket, ObjectDamaged
from labeling.files import data_dir, exports_folder, original_files, shared_files
from labeling.jobs.identity import trace_identity
from labeling.models import Export, SourceFile, Trace
from labeling.seismo.records import FloatArray, TraceRecord
from labeling.trace_samples import read_trace
from labeling.waveform_store import SAMPLE_BYTES, StoreProblem

READ_AT_ONCE = 1 << 20
ADVICE = "Run `manage.py publish` on a host that has it in its data folder, or restore it from the backup."


@dataclass(frozen=True)
class Damage:
    """Something that is not what it was. place: of the row that needs it; message: what is wrong and what to do."""

    place: str
    message: str


def verify_store(told: Callable[[str], None]) -> Iterator[Damage]:
    """Reads all that rows point to, and yields what is damaged or missing. told: gets a line now and then."""
    began = time.time()
    yield from _traces(told)
    yield from _originals(told)
    yield from _exports(told)
    if (bucket := shared_files().bucket) is not None:
        yield from _not_in(bucket, began, told)


def _not_in(bucket: Bucket, began: float, told: Callable[[str], None]) -> Iterator[Damage]:
    """What the bucket has not, or not whole. What came into the cache here since `began`, in seconds since 1970, was checked then."""
    rows = Trace.objects.values_list("channels", "n_samples").iterator(chunk_size=5000)
    least_bytes: dict[str, int] = {}
    for channels, n_samples in rows:
        for channel in channels:
            if "shard" in channel:
                name = f"waveforms/shards/{channel['shard']}.f32"
                least_bytes[name] = max(least_bytes.get(name, 0), SAMPLE_BYTES * (channel["offset"] + n_samples))
    for sha256, size_bytes in SourceFile.objects.values_list("sha256", "size_bytes").iterator(chunk_size=5000):
        least_bytes[f"waveforms/originals/{sha256[:2]}/{sha256}"] = size_bytes
    for export in Export.objects.filter(state=Export.State.DONE).exclude(path=""):
        least_bytes[f"exports/{export.path}"] = export.size_bytes or 0
    told(f"{len(least_bytes)} files looked for in the bucket.")
    for start in ("waveforms/", "exports/"):
        for stored in bucket.below(start):
            if stored.size_bytes < least_bytes.get(stored.name, math.inf):
                continue
            del least_bytes[stored.name]
            path = data_dir() / stored.name
            if path.exists() and path.stat().st_mtime < began and not shared_files().is_whole_in_bucket(path):
                yield Damage(stored.name, f"It has changed in the bucket since it was stored. {ADVICE}")
    for name in sorted(least_bytes):
        yield Damage(name, f"It is not in the bucket, or not whole. {ADVICE}")


def _traces(told: Callable[[str], None]) -> Iterator[Damage]:
    rows = Trace.objects.select_related("workspace", "catalog").order_by("pk")
    number = 0
    for number, trace in enumerate(rows.iterator(chunk_size=500), start=1):
        if damage := damage_of(trace):
            yield damage
        if number % 5000 == 0:
            told(f"{number} traces read")
    told(f"{number} traces read.")


def damage_of(trace: Trace) -> Damage | None:
    """None where the trace's samples are those that were imported. trace: with its workspace and catalog."""
    try:
        if trace_identity(_record(trace, read_trace(trace))) == trace.identity:
            return None
        message = f"Its samples are not those that were imported ({_where(trace)}). {_mend(trace)}"
    except (StoreProblem, ObjectDamaged) as problem:
        message = str(problem)
    return Damage(f"{trace.workspace}, {trace.catalog}, trace {trace.pk} ({trace} at {trace.start_time:%Y-%m-%dT%H:%M:%SZ})", message)


def _record(trace: Trace, samples: FloatArray) -> TraceRecord:
    """What the trace's identity was made of."""
    return TraceRecord(
        source_ref=trace.source_ref,
        network_code=trace.network_code,
        station_code=trace.station_code,
        location_code=trace.location_code,
        channel_codes=tuple(trace.channel_codes),
        start_time=trace.start_time,
        sampling_rate_hz=trace.sampling_rate_hz,
        samples=samples,
        time_is_relative=trace.time_is_relative,
    )


def _where(trace: Trace) -> str:
    shards = {f"waveforms/shards/{channel['shard']}.f32" for channel in trace.channels if "shard" in channel}
    files = {piece[0] for channel in trace.channels for piece in channel.get("pieces", ())}
    return ", ".join(sorted(shards | files))


def _mend(trace: Trace) -> str:
    if "archive" in trace.channels[0]:
        return "Import the archive again."
    return "Restore the file from the backup, or withdraw the catalog and import its files again."


def _originals(told: Callable[[str], None]) -> Iterator[Damage]:
    files = SourceFile.objects.select_related("source_import__workspace").order_by("sha256", "pk")
    checked, problem, n_files = "", "", 0
    for file in files.iterator(chunk_size=2000):
        if file.sha256 != checked:  # one content may have several names
            checked, problem, n_files = file.sha256, _wrong_with(partial(original_files().path_of, file.sha256), file.sha256), n_files + 1
        if problem:
            place = f"{file.source_import.workspace}, {file.source_import}, {file.name}"
            advice = f"Restore waveforms/originals/{file.sha256[:2]}/{file.sha256} from the backup."
            yield Damage(place, f"The original {problem}. {advice} Picks and waveforms read from it are not affected.")
    told(f"{n_files} originals read.")


def _exports(told: Callable[[str], None]) -> Iterator[Damage]:
    n_files = 0
    for export in Export.objects.filter(state=Export.State.DONE).exclude(path="").select_related("workspace", "snapshot").iterator():
        n_files += 1
        if problem := _wrong_with(partial(shared_files().fetch, exports_folder() / export.path), export.sha256):
            yield Damage(f"{export.workspace}, {export}, exports/{export.path}", f"The export {problem}. Export the snapshot again.")
    told(f"{n_files} exports read.")


def _wrong_with(fetched: Callable[[], Path], sha256: str) -> str:
    """`is missing`, `has changed …`; empty where the file is as it was."""
    digest = hashlib.sha256()
    try:
        with fetched().open("rb") as file:
            while chunk := file.read(READ_AT_ONCE):
                digest.update(chunk)
    except FileNotFoundError:
        return "is missing"
    except ObjectDamaged:
        return "has changed in the bucket since it was stored"
    except OSError as problem:
        return f"can't be read ({problem.strerror})"
    return "" if digest.hexdigest() == sha256 else "has changed: its sha256 is not the one that was stored"
