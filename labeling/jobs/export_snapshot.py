"""Writes a snapshot in one of the field's forms, to be downloaded."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from labeling.files import exports_folder, shared_files
from labeling.jobs.export_archive import MemberInPlace, pack
from labeling.jobs.export_contents import SnapshotContents, read_together
from labeling.jobs.lease import Lease, working_on
from labeling.jobs.rare_collections import rare_collections
from labeling.models import Export
from labeling.seismo.formats import write_csv, write_quakeml, write_seisbench
from labeling.seismo.formats.phase_losses import LEFT_OUT_FILE, EventsWithPicks, PhaseLosses
from labeling.seismo.formats.write_hypodd import write_hypodd
from labeling.seismo.formats.write_nonlinloc import write_nonlinloc
from labeling.seismo.formats.write_nordic import write_nordic
from labeling.seismo.formats.write_parquet import write_parquet
from labeling.seismo.formats.write_phasenet import write_phasenet
from labeling.seismo.formats.write_scml import write_scml
from labeling.seismo.timing import iso

Item = TypeVar("Item")


def export_snapshot(export_id: int) -> None:
    """Does a queued export's work. Doing it twice does it once."""
    with rare_collections(), working_on(Export, export_id) as lease:
        if lease is None:
            return
        export = lease.row
        assert isinstance(export, Export)
        with _own_folder(export) as folder:
            path, not_held = WRITERS[export.format](SnapshotContents(export.snapshot), folder, _Progress(lease, export))
        shared_files().publish(path)
        lease.finish(
            path=str(path.relative_to(exports_folder())),
            size_bytes=path.stat().st_size,
            sha256=_sha256(path),
            not_held=not_held,
            message=f"{export.snapshot.n_picks} picks",
        )


@contextmanager
def _own_folder(export: Export) -> Iterator[Path]:
    """A folder of this attempt alone: a worker that lost its lease may go on writing into that of the attempt before.

    It goes where the block is left by an exception, as of an export that is cancelled.
    """
    of_export = exports_folder() / str(export.pk)
    for attempt in range(export.attempt):
        shutil.rmtree(of_export / str(attempt), ignore_errors=True)  # what an attempt that was killed had written
    folder = of_export / str(export.attempt)
    folder.mkdir(parents=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


class _Progress:
    """Passes items on and beats meanwhile."""

    def __init__(self, lease: Lease, export: Export) -> None:
        self._lease = lease
        self._n_picks = max(1, export.snapshot.n_picks)

    def told(self, items: Iterable[Item], picks_in: Callable[[Item], int]) -> Iterator[Item]:
        done = 0
        for item in items:
            yield item
            done += picks_in(item)
            self._lease.beat_if_due(progress=0.95 * done / self._n_picks, message=f"{done} of {self._n_picks} picks written")


def _csv(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    path = folder / "picks.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        picks = progress.told(contents.picks(), lambda _: 1)
        summary = write_csv.write_csv(file, picks, contents.events(), contents.further_names())
    return path, write_csv.what_it_cannot_hold(summary) + _events_left_out(contents)


def _parquet(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    path = folder / "picks.parquet"
    summary = write_parquet(path, progress.told(contents.picks(), lambda _: 1), contents.events(), contents.further_names())
    return path, write_csv.what_it_cannot_hold(summary, "Parquet") + _events_left_out(contents)


def _quakeml(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    path = folder / "catalog.xml"
    with path.open("wb") as file:
        summary = write_quakeml.write_quakeml(file, progress.told(contents.events_with_picks(), lambda item: len(item[1])))
    return path, write_quakeml.what_it_cannot_hold(summary) + _events_left_out(contents)


def _scml(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    path = folder / "catalog.scml"
    with path.open("wb") as file:
        summary = write_scml(file, progress.told(contents.events_with_picks(), lambda item: len(item[1])))
    return path, write_quakeml.what_it_cannot_hold(summary, "SC3ML") + _events_left_out(contents)


def _seisbench(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    """metadata.csv, waveforms.hdf5 and what goes with them in one archive, which unpacks into a folder that SeisBench opens."""
    data, path = folder / "data", folder / "seisbench.zip"
    with path.open("w+b") as file:
        waveforms = MemberInPlace(file, "waveforms.hdf5")
        summary = write_seisbench.write_seisbench(
            data,
            progress.told(contents.traces(), lambda item: len(item[1])),
            events=contents.events(),
            picks_without_trace=contents.picks_without_trace(),
            further_names=contents.further_names(),
            waveforms=waveforms.region,
            read_samples=read_together,
        )
        not_held = write_seisbench.what_it_cannot_hold(summary) + _events_left_out(contents) + _traces_left_out(contents)
        _write_beside(contents, data, not_held)
        pack(file, data, zipfile.ZIP_STORED, in_place=[waveforms.finish()])  # waveforms hardly compress, and it takes long
    return path, not_held


def _nordic(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    def write(data: Path, events: EventsWithPicks, losses: PhaseLosses) -> None:
        with (data / "catalog.out").open("w", encoding="ascii", newline="\n") as target:
            write_nordic(target, events, losses)

    rounded = "Origins are held to 0.1 s, 0.001° and 0.1 km, magnitudes to 0.1. An event without origin time has that of its first pick."
    return _phase_lines(contents, folder, progress, write, rounded)


def _nonlinloc(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    def write(data: Path, events: EventsWithPicks, losses: PhaseLosses) -> None:
        with (data / "catalog.obs").open("w", encoding="utf-8", newline="\n") as target:
            write_nonlinloc(target, events, losses)

    return _phase_lines(contents, folder, progress, write, "Origins and magnitudes are left out: NonLinLoc's phase file holds picks only.")


def _hypodd(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    def write(data: Path, events: EventsWithPicks, losses: PhaseLosses) -> None:
        with (
            (data / "catalog.pha").open("w", encoding="ascii", newline="\n") as target,
            (data / "event_ids.txt").open("w", encoding="utf-8") as ids,
        ):
            write_hypodd(target, events, losses, ids)

    numbered = "Events have numbers: event_ids.txt says which is which. Magnitude types are left out, and -9.9 is no magnitude."
    return _phase_lines(contents, folder, progress, write, numbered)


def _phasenet(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    """waveform.csv and its folder of .npz, and the picks that have no place there."""
    data = folder / "data"
    with _left_out(contents, data) as losses:
        n_left_out = write_phasenet(data, progress.told(contents.traces(), lambda item: len(item[1])), losses)
        for pick in contents.picks_without_trace():
            losses.left_out["they have no waveform"] += 1
            losses.leave_out(pick)
    not_held = losses.in_words(
        "PhaseNet holds P and S samples only: events, phase names, uncertainties, weights, onsets, polarities, evaluation, agencies and "
        "location codes have no place there, and absolute times stand in the column begin_time, which no reader asks for.",
        "Gaps and missing components are zeros.",
        "Decisions have no place in this form; history.jsonl beside it holds every one.",
    )
    if n_left_out:
        not_held.append(f"{n_left_out} {'trace is' if n_left_out == 1 else 'traces are'} left out for their codes.")
    not_held += _traces_left_out(contents)
    return _packed(contents, data, not_held, "phasenet.zip", zipfile.ZIP_STORED), not_held


@contextmanager
def _left_out(contents: SnapshotContents, data: Path) -> Iterator[PhaseLosses]:
    """Makes the folder and in it, if there are such picks, a CSV of those that the form has no place for."""
    data.mkdir()
    with (data / LEFT_OUT_FILE).open("w", newline="", encoding="utf-8") as target:
        table = write_csv.PickTable(target, contents.events(), contents.further_names())
        yield PhaseLosses(leave_out=table.add)
    if not table.summary.n_rows:
        (data / LEFT_OUT_FILE).unlink()


def _phase_lines(
    contents: SnapshotContents,
    folder: Path,
    progress: _Progress,
    write: Callable[[Path, EventsWithPicks, PhaseLosses], None],
    of_the_form: str,
) -> tuple[Path, list[str]]:
    """A phase file, and beside it the picks that it has no place for, the history and what is lost."""
    data = folder / "data"
    with _left_out(contents, data) as losses:
        write(data, progress.told(contents.events_with_picks(), lambda item: len(item[1])), losses)
    decisions = "Waveforms and decisions have no place in this form; history.jsonl beside it holds every decision."
    not_held = losses.in_words(decisions, of_the_form) + _events_left_out(contents)
    return _packed(contents, data, not_held, "catalog.zip", zipfile.ZIP_DEFLATED), not_held


def _packed(contents: SnapshotContents, data: Path, not_held: list[str], name: str, compression: int) -> Path:
    """The folder's files, the history and a README that says what is lost, in one archive. The folder goes."""
    _write_beside(contents, data, not_held)
    path = data.parent / name
    with path.open("wb") as file:
        pack(file, data, compression)
    return path


def _write_beside(contents: SnapshotContents, data: Path, not_held: list[str]) -> None:
    _write_history(contents, data / "history.jsonl")
    lines = "".join(f"- {line}\n" for line in not_held)
    (data / "README.txt").write_text(f"What this form does not hold as Repick has it:\n{lines}", encoding="utf-8")


def _history(contents: SnapshotContents, folder: Path, progress: _Progress) -> tuple[Path, list[str]]:
    path = folder / "history.jsonl"
    _write_history(contents, path)
    return path, ["The history holds decisions only, no picks that nobody decided about, and no waveforms."]


def _events_left_out(contents: SnapshotContents) -> list[str]:
    n_events = contents.n_events_left_out()
    return [f"{n_events} {'event without picks is' if n_events == 1 else 'events without picks are'} left out."] if n_events else []


def _traces_left_out(contents: SnapshotContents) -> list[str]:
    n_traces = contents.n_traces_left_out()
    if not n_traces:
        return []
    which = "trace without picks is" if n_traces == 1 else "traces without picks are"
    return [f"{n_traces} {which} left out: whoever trains on this would take unread arrivals for noise (trace_category noise is in)."]


def _write_history(contents: SnapshotContents, path: Path) -> None:
    """One JSON object a decision, in the order they were made, undone and conflicting ones too."""
    with path.open("w", encoding="utf-8") as file:
        for decision in contents.decisions():
            flag = decision.flag
            row = {
                "decision_id": decision.pk,
                "pick_id": decision.pick_id,
                "source_ref": decision.pick.source_ref,
                "decision": decision.kind,
                "time": iso(decision.time) if decision.time else None,
                "phase": decision.phase or None,
                "uncertainty_s": decision.uncertainty_s,
                "weight": decision.weight,
                "onset": decision.onset or None,
                "polarity": decision.polarity or None,
                "analyst": decision.analyst.get_username(),
                "made_at": iso(decision.made_at),
                "reason": decision.reason,
                "event": decision.event.source_ref if decision.event else None,
                "undoes": decision.undoes_id,
                "conflicting": decision.is_conflicting,
                "seen_revision": decision.seen_revision,
                "shown": decision.shown,
                "run": flag.flag_set.run_name if flag else None,
                "p_mislabelled": flag.p_mislabelled if flag else None,
                "provenance": flag.flag_set.provenance if flag else None,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


WRITERS: dict[str, Callable[[SnapshotContents, Path, _Progress], tuple[Path, list[str]]]] = {
    Export.Format.CSV: _csv,
    Export.Format.SEISBENCH: _seisbench,
    Export.Format.QUAKEML: _quakeml,
    Export.Format.PARQUET: _parquet,
    Export.Format.SCML: _scml,
    Export.Format.PHASENET: _phasenet,
    Export.Format.NORDIC: _nordic,
    Export.Format.NONLINLOC: _nonlinloc,
    Export.Format.HYPODD: _hypodd,
    Export.Format.HISTORY: _history,
}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
