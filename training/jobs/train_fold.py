"""One fold: trains on every component but its own, then scores its own labels, as given and at planted wrong positions."""

from __future__ import annotations

import dataclasses
import logging
import math
from pathlib import Path

import numpy as np
import torch
from django.conf import settings
from django.db import transaction

from labeling.bucket import StorageUnreachable
from labeling.jobs.lease import CancelRequested, JobFailed, Lease, working_on
from training.flagging.config import FlaggingConfig
from training.flagging.planting import Planting, plant_errors
from training.jobs.fit_together import SharedFit, fit_together, processes_for
from training.jobs.run_files import Labels, RunFolder
from training.jobs.settle_run import settle_run, tell_progress
from training.lancor.checkpoint import FittedNetwork, UnreadableCheckpoint, load_network, read_whole, save_network, sha256_of
from training.lancor.config import TrainingConfig
from training.lancor.dataset import IntArray, LabelledSet
from training.lancor.fit import EpochReport, fit
from training.lancor.score import score_labels
from training.lancor.second_opinion import Picker, load_picker, second_onsets_s
from training.models import Checkpoint, EpochMetric, FoldResult

logger = logging.getLogger(__name__)

TRAINING_SHARE = 0.9  # of a fold's time; scoring takes the rest
LEAST_TRAINING_SEGMENTS = 2  # the losses compare the windows of a batch
VALIDATION_SEGMENTS = 64  # enough for a curve to look at; nothing is chosen by it


def train_fold(fold_id: int) -> None:
    """Does a queued fold's work, and moves its run on if it was the last. Doing it twice does it once."""
    try:
        with working_on(FoldResult, fold_id) as lease:
            if lease is not None:
                _train_and_score(lease)
    finally:
        run_id = FoldResult.objects.filter(pk=fold_id).values_list("run_id", flat=True).first()
        if run_id is not None:
            settle_run(run_id)


def device_name() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def planted_labels(dataset: LabelledSet, labels: IntArray, seed: int, config: TrainingConfig) -> Planting:
    """Known errors for calibration, drawn once per run: the same for all folds and at every attempt."""
    return plant_errors(
        dataset.label_segment,
        dataset.label_phase,
        dataset.label_sample,
        labels,
        n_samples=dataset.n_samples,
        sampling_rate_hz=dataset.sampling_rate_hz,
        seed=seed,
        config=FlaggingConfig().planting,
        real_samples=dataset.real_samples,
    )


def _train_and_score(lease: Lease) -> None:
    fold = lease.row
    assert isinstance(fold, FoldResult)
    if fold.run.is_finished:
        raise CancelRequested  # the run was cancelled or failed while this fold waited
    torch.set_num_threads(min(settings.TORCH_THREADS, torch.get_num_threads()))
    config = TrainingConfig.from_dict(fold.run.configuration)
    folder = RunFolder(fold.run_id)
    dataset, labels = folder.load()
    held_out = np.flatnonzero(labels.fold == fold.fold)
    own_segments = np.unique(dataset.label_segment[held_out])
    training_segments = np.setdiff1d(np.unique(dataset.label_segment), own_segments)
    # On a flat trace there is no arrival to see; its label would teach to see one.
    training_segments = training_segments[dataset.live[training_segments].any(axis=1)]
    lease.write(n_scored_labels=len(held_out), n_train_labels=int(np.isin(dataset.label_segment, training_segments).sum()))
    if len(training_segments) < LEAST_TRAINING_SEGMENTS:
        raise JobFailed(
            f"Too little is left to train on beside this fold: {len(training_segments)} of the {LEAST_TRAINING_SEGMENTS} labelled segments "
            "that it takes. Import picks of more events."
        )
    picker = _second_opinion(config)
    networks = [_fitted(lease, fold, index, dataset, training_segments, own_segments, config, folder) for index in range(config.n_networks)]
    lease.beat(progress=TRAINING_SHARE, message=f"Scoring {len(held_out)} picks")
    _score(networks, picker, dataset, labels, held_out, fold, config, folder, lease)
    with transaction.atomic():
        _record_checkpoints(fold, config, folder)
        lease.finish(scores_path=f"{folder.name}/{folder.scores(fold.fold, 'given').name}", message="Done")


def _fitted(
    lease: Lease,
    fold: FoldResult,
    index: int,
    dataset: LabelledSet,
    training_segments: IntArray,
    validation_segments: IntArray,
    config: TrainingConfig,
    folder: RunFolder,
) -> FittedNetwork:
    """Trains one network, or loads it if an earlier attempt had finished it. What that attempt left damaged is made anew."""
    device = device_name()
    finished = folder.checkpoint(fold.fold, index)
    unfinished = finished.with_suffix(".training.pt")
    for path in (finished, unfinished):
        _discard_if_damaged(folder, path)
    if finished.exists():
        return load_network(finished, device)
    told = _Told(folder, unfinished)

    def on_epoch(report: EpochReport) -> bool:
        _record_epoch(fold, index, report)
        done = (index + report.epoch / report.n_epochs) / config.n_networks
        lease.beat(
            progress=TRAINING_SHARE * done, message=f"Network {index + 1} of {config.n_networks}, epoch {report.epoch} of {report.n_epochs}"
        )
        tell_progress(fold.run_id)
        told.follow()
        return True

    seed = fold.run.seed * 1000 + fold.fold * 10 + index
    validation_segments = validation_segments[:VALIDATION_SEGMENTS]
    n_processes = processes_for(len(training_segments), config)
    if n_processes > 1:
        fit_together(SharedFit(fold.run_id, config, seed, training_segments, validation_segments, unfinished), n_processes, on_epoch)
    # After `fit_together` this only takes up what that has finished.
    network = fit(dataset, training_segments, config, seed, device, on_epoch, unfinished, validation_segments)
    save_network(network, finished)
    folder.publish(finished)
    folder.forget(unfinished)
    return network


class _Told:
    """The newest checkpoint of a training, for another host to go on from, were this one lost."""

    def __init__(self, folder: RunFolder, path: Path) -> None:
        self._folder, self._path = folder, path
        self._written_ns = 0

    def follow(self) -> None:
        """Publishes what was written since. Where that fails training goes on: only who takes it up would have more to repeat."""
        if not self._path.exists() or (written_ns := self._path.stat().st_mtime_ns) == self._written_ns:
            return
        try:
            self._folder.publish_at_once(self._path)
            self._written_ns = written_ns
        except StorageUnreachable as problem:
            logger.warning("%s was not published. %s", self._path.name, problem)


def _discard_if_damaged(folder: RunFolder, path: Path) -> None:
    if not folder.fetch(path).exists():
        return
    try:
        read_whole(path)
    except UnreadableCheckpoint as damage:
        logger.warning("%s It is discarded, and this network is trained from the start.", damage)
        folder.forget(path)


def _record_epoch(fold: FoldResult, index: int, report: EpochReport) -> None:
    validation = {"loss": report.validation_loss, "mae_s": report.validation_mae_s}
    # An epoch that is told again was trained again, after a kill, and gives the same losses.
    EpochMetric.objects.get_or_create(
        fold=fold,
        network_index=index,
        epoch=report.epoch,
        defaults={
            # A training that diverges has no number to show, and PostgreSQL's JSON none to write.
            "losses": {name: value if math.isfinite(value) else None for name, value in report.losses.items()},
            "validation": {name: value if math.isfinite(value) else None for name, value in validation.items() if value is not None},
            "seconds": report.seconds,
        },
    )


def _second_opinion(config: TrainingConfig) -> Picker | None:
    """Before training, so that what is missing is told at once."""
    if not config.second_opinion:
        return None
    try:
        return load_picker(config.second_opinion, device_name())
    except ValueError as problem:
        raise JobFailed(str(problem)) from problem


def _score(
    networks: list[FittedNetwork],
    picker: Picker | None,
    dataset: LabelledSet,
    labels: Labels,
    held_out: IntArray,
    fold: FoldResult,
    config: TrainingConfig,
    folder: RunFolder,
    lease: Lease,
) -> None:
    device = device_name()
    given = score_labels(networks, dataset, held_out, None, config, device)
    if picker is not None:
        segment, position, phase = dataset.label_segment[held_out], dataset.label_sample[held_out], dataset.label_phase[held_out]
        onsets_s = second_onsets_s(picker, dataset, segment, position, phase, config.search_s)
        given = dataclasses.replace(given, second_opinion_s=onsets_s)
    given.save(folder.scores(fold.fold, "given"))
    folder.publish_scores(fold.fold, "given")
    lease.beat(progress=(1 + TRAINING_SHARE) / 2)
    planting = planted_labels(dataset, np.arange(dataset.n_labels), fold.run.seed, config)
    mine = np.flatnonzero(labels.fold[planting.label] == fold.fold)
    planted = score_labels(
        networks, dataset, planting.label[mine], planting.label_sample[mine], config, device, label_phase=planting.phase[mine]
    )
    planted.save(folder.scores(fold.fold, "planted"))
    folder.publish_scores(fold.fold, "planted")


def _record_checkpoints(fold: FoldResult, config: TrainingConfig, folder: RunFolder) -> None:
    from_disk = [(index, folder.checkpoint(fold.fold, index)) for index in range(config.n_networks)]
    for index, path in from_disk:
        Checkpoint.objects.update_or_create(
            fold=fold,
            network_index=index,
            defaults={"path": f"{folder.name}/{path.name}", "sha256": sha256_of(path), "size_bytes": path.stat().st_size},
        )
