"""From the folds' scores to flags in the review queue."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from labeling.jobs.lease import Lease
from labeling.services.flags import FlagRow, RunProvenance, record_flags
from training.flagging.config import FlaggingConfig
from training.flagging.flag import flag_labels
from training.flagging.planting import Planting
from training.flagging.scores import PHASES, FloatArray
from training.flagging.stored_scores import StoredScores
from training.flagging.verdicts import Verdicts
from training.jobs.prepare_run import EPOCH
from training.jobs.run_files import Labels, RunFolder
from training.jobs.run_gain import gain_of_run
from training.jobs.train_fold import device_name, planted_labels
from training.lancor.config import TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.first_weights import base_network, base_sha256
from training.lancor.shared_offset import say_shared_offsets, shared_offsets
from training.models import Checkpoint, Run


def flag_run(run: Run, lease: Lease) -> None:
    """Judges every label out of fold and records the flags, all of them and the run's end in one transaction."""
    lease.beat(progress=0.92, message="Judging the labels")
    config = TrainingConfig.from_dict(run.configuration)
    folder = RunFolder(run.pk)
    dataset, labels = folder.load()
    given, verdicts, planting = _verdicts(run, dataset, labels, config, folder)
    offsets = shared_offsets(dataset, base_network(config.network), device_name())
    verdicts = replace(verdicts, statements=[*verdicts.statements, *run.summary.get("statements", []), *say_shared_offsets(offsets)])
    gain = gain_of_run(verdicts, planting, dataset, labels, run.seed)
    lease.beat(progress=0.97, message="Writing flags")
    with transaction.atomic():
        record_flags(
            workspace=run.workspace,
            snapshot=run.snapshot,
            provenance=RunProvenance(run.pk, str(run), _provenance(run)),
            rows=_rows(given, verdicts, dataset, labels),
            posterior_offsets_s=_axis(verdicts.offsets_s),
            alignment_offsets_s=_axis(given.without_curves.contrast_offsets_s),
            calibration=json_ready(verdicts.calibration.as_dict()),
            statements=verdicts.statements,
            unscored={
                int(labels.pick_id[index]): ("not_scorable", "The networks saw no usable waveform around this pick.")
                for index in np.flatnonzero(~verdicts.scored)
            },
            current=_goes_under_review(run),
        )
        lease.finish(summary=json_ready({**run.summary, **_summary(run, verdicts), "gain": gain}), message="Done")


def _verdicts(
    run: Run, dataset: LabelledSet, labels: Labels, config: TrainingConfig, folder: RunFolder
) -> tuple[StoredScores, Verdicts, Planting]:
    folds = range(int(labels.fold.max()) + 1)
    planting = planted_labels(dataset, np.arange(dataset.n_labels), run.seed, config)
    given = StoredScores.of_folds([folder.fetch_scores(fold, "given") for fold in folds], labels.fold)
    planted = StoredScores.of_folds([folder.fetch_scores(fold, "planted") for fold in folds], labels.fold[planting.label])
    verdicts = flag_labels(
        given,
        planted,
        planting,
        phase=dataset.label_phase,
        group=labels.group,
        fold=labels.fold,
        config=FlaggingConfig(second_opinion=config.second_opinion),
        segment=dataset.label_segment,
        label_s=dataset.label_sample / dataset.sampling_rate_hz,
    )
    return given, verdicts, planting


def _axis(offsets_s: NDArray[np.floating[Any]]) -> tuple[float, float, int]:
    """First, step and count of an even axis."""
    return float(offsets_s[0]), round(float(offsets_s[1] - offsets_s[0]), 9), len(offsets_s)


def _rows(given: StoredScores, verdicts: Verdicts, dataset: LabelledSet, labels: Labels) -> Iterator[FlagRow]:
    p_flag = verdicts.p_flag
    for index in np.flatnonzero(verdicts.scored):
        time = EPOCH + timedelta(microseconds=int(labels.pick_time_us[index]))
        phase = PHASES[dataset.label_phase[index]]
        kind = str(verdicts.kind[index])
        posterior = np.nan_to_num(verdicts.posterior[index])
        without = float(verdicts.p_mislabelled_without_alignment[index])
        yield FlagRow(
            pick_id=int(labels.pick_id[index]),
            label_time=time,
            label_phase=phase,
            p_mislabelled=float(p_flag[index]),
            p_mislabelled_without_alignment=None if math.isnan(without) else without,
            kind=kind,
            sentence=verdicts.sentence[index][:400],
            evidence=json_ready({name: values[index] for name, values in verdicts.evidence.items()}),
            posterior=posterior.astype("<f2").tobytes(),
            alignment=_alignment(given.without_curves.time_contrast[index]),
            proposed_time=_shifted(time, verdicts.proposed_shift_s[index]),
            proposed_lower=_shifted(time, verdicts.proposed_lower_s[index]),
            proposed_upper=_shifted(time, verdicts.proposed_upper_s[index]),
            proposed_phase=str(verdicts.proposed_phase[index]),
        )


def _alignment(time_contrast: FloatArray) -> bytes:
    """Probability of each candidate shift; nothing where no network aligned."""
    if not np.isfinite(time_contrast).any():
        return b""
    return np.exp(np.nan_to_num(time_contrast, nan=-np.inf)).astype("<f2").tobytes()


def _shifted(time: datetime, shift_s: float) -> datetime | None:
    return None if math.isnan(shift_s) else time + timedelta(seconds=float(shift_s))


def _provenance(run: Run) -> dict[str, Any]:
    checkpoints = Checkpoint.objects.filter(fold__run=run).order_by("fold__fold", "network_index").values_list("sha256", flat=True)
    return {
        "run": run.number,
        "configuration": run.configuration,
        "seed": run.seed,
        "code_version": run.code_version,
        "device": run.device,
        "snapshot": run.snapshot.number,
        "snapshot_hash": run.snapshot.content_hash,
        "checkpoints_sha256": list(checkpoints),
        "base_sha256": base_sha256(run.configuration["network"]),
    }


def _goes_under_review(run: Run) -> bool:
    """A run that is meant to takes over the review queue, unless a newer one already has it. The first that a schedule starts does, too."""
    current = run.workspace.flag_sets.filter(is_current=True).values_list("run_id", flat=True).first()
    if current is None:
        return run.review_when_done or run.trigger == Run.Trigger.SCHEDULE
    return run.review_when_done and current < run.pk


def _summary(run: Run, verdicts: Verdicts) -> dict[str, Any]:
    flagged = verdicts.flagged
    kinds, counts = np.unique(verdicts.kind[flagged], return_counts=True)
    return {
        "n_scored": int(verdicts.scored.sum()),
        "n_flagged": int(flagged.sum()),
        "flagged_by_kind": {str(kind): int(count) for kind, count in zip(kinds, counts, strict=True)},
        "error_rate": verdicts.calibration.error_rate,
        "calibration": verdicts.calibration.as_dict(),
        "stack_weights": verdicts.stack_weights,
        "statements": verdicts.statements,
    }


def json_ready(value: Any) -> Any:
    """NumPy numbers as Python's, NaN and infinity as None: PostgreSQL's JSON knows neither."""
    if isinstance(value, dict):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(item) for item in value]
    if isinstance(value, np.ndarray):
        return json_ready(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
