"""benchmark speed [PATH …] — what training and scoring cost beside the bare network, and how long a first run takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from django.conf import settings

from labeling.management.command_line import refused
from labeling.seismo.records import PickRecord
from labeling.seismo.synthetic import SyntheticConfig, make_network
from training.benchmark.first_run import sized_set, time_first_run
from training.benchmark.speed import scoring_pace, training_pace
from training.benchmark.tables import json_table, markdown_table
from training.flagging.config import FlaggingConfig
from training.jobs.labelled_files import LabelledFiles, LabelledTraces
from training.jobs.train_fold import device_name
from training.lancor.alignment import seeded_network
from training.lancor.config import OBJECTIVES, TrainingConfig
from training.management.benchmark_data import add_data_arguments, labelled_traces, say_what_is_read, training_config
from training.networks.picker import count_parameters

PACE_LABELS = 300  # about 20 steps an epoch
RUN_LABELS, FULL_RUN_LABELS = 150, 10_000
SYNTHETIC_EVENTS = 20
NOTE = (
    "bare: the same network, as it was trained, on batches that lie in memory: in training with its losses, clipping and optimiser's "
    "step, in scoring as many passes; in turn with ours in the same process. seconds: from labels in memory to flags, folds side by "
    "side; training_s and scoring_s are summed over the folds."
)


def add_parser(parts: Any) -> None:
    """parts: the sub-parsers of `benchmark`."""
    speed = parts.add_parser("speed", help="throughput beside the bare network, and seconds of a first run")
    add_data_arguments(speed, nargs="*")
    speed.add_argument("--objective", choices=OBJECTIVES, default="lancor")
    speed.add_argument("--labels", nargs="+", type=int, default=[RUN_LABELS], help="sizes of the first runs")
    speed.add_argument("--full", action="store_true", help=f"also a first run on {FULL_RUN_LABELS:,} labels")
    speed.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 5), help="folds side by side, one thread each")
    speed.add_argument("--threads", type=int, default=settings.TORCH_THREADS, help="of the throughputs")
    speed.add_argument("--out", metavar="FOLDER", type=Path, default=settings.DATA_DIR / "benchmark", help="where the tables go")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    traces = labelled_traces(options["paths"], options["only"]) if options["paths"] else _synthetic()
    config = training_config(options["set"], traces.rates_hz, objective=options["objective"])
    files = traces.cut(config)
    write(say_what_is_read(files, device_name()))
    try:
        rows = _paces(files, config, options["threads"], write) + [
            _first_run(files, config, n_labels, options["workers"], write)
            for n_labels in [*options["labels"], *([FULL_RUN_LABELS] if options["full"] else [])]
        ]
    except ValueError as problem:
        raise refused(str(problem)) from None
    network = seeded_network(config, 0)
    about = (
        f"{config.network}, {config.objective}: {count_parameters(network.picker):,} parameters in the picker, "
        f"{sum(parameter.numel() for parameter in network.parameters()):,} with the label side. Device {device_name()}, "
        f"{os.cpu_count()} CPUs; throughputs on {options['threads']} threads, first runs on {options['workers']} processes of one thread."
    )
    table = markdown_table(rows, [about, NOTE])
    folder: Path = options["out"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speed.md").write_text(table, encoding="utf-8")
    (folder / "speed.json").write_text(json_table(rows, [about, NOTE], settings=config.to_dict()), encoding="utf-8")
    write(table)
    write(f"Written to {folder / 'speed.md'} and {folder / 'speed.json'}")


def _synthetic() -> LabelledTraces:
    made = make_network(SyntheticConfig(n_events=SYNTHETIC_EVENTS))
    labels: dict[str, list[PickRecord]] = {}
    for pick in made.picks:
        labels.setdefault(pick.trace_ref or "", []).append(pick)
    return LabelledTraces({trace.source_ref: trace for trace in made.traces}, labels, n_left_out=0)


def _paces(files: LabelledFiles, config: TrainingConfig, n_threads: int, write: Callable[[str], object]) -> list[dict[str, Any]]:
    dataset, _ = sized_set(files.dataset, files.group, PACE_LABELS, seed=0)
    threads_before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        with TemporaryDirectory(prefix="repick-speed-") as folder:
            write(f"Training and scoring {dataset.n_labels} labels, in turn with the bare network …")
            paces = {("training", "steps/s"): training_pace(dataset, config, device_name(), Path(folder))}
            write("… trained")
            paces["scoring", "segments/s"] = scoring_pace(dataset, config, device_name())
    finally:
        torch.set_num_threads(threads_before)
    for (what, unit), pace in paces.items():
        write(f"{what}: {pace.ours_per_s:.1f} {unit}, {pace.ratio:.2f} of the bare network")
    return [
        {"figure": what, "unit": unit, "ours": pace.ours_per_s, "bare": pace.bare_per_s, "ratio": pace.ratio}
        for (what, unit), pace in paces.items()
    ]


def _first_run(
    files: LabelledFiles, config: TrainingConfig, n_labels: int, n_workers: int, write: Callable[[str], object]
) -> dict[str, Any]:
    dataset, group = sized_set(files.dataset, files.group, n_labels, seed=0)
    with TemporaryDirectory(prefix="repick-speed-") as folder:
        first = time_first_run(
            dataset,
            group,
            config,
            FlaggingConfig(),
            seed=0,
            device=device_name(),
            n_workers=n_workers,
            work_folder=Path(folder),
            on_fold=lambda done, n_folds: write(f"first run on {dataset.n_labels} labels: {done} of {n_folds} folds trained and scored"),
        )
    write(f"first run on {first.n_labels} labels: {first.seconds:.0f} s")
    times = {"training_s": first.training_s, "scoring_s": first.scoring_s, "flagging_s": first.flagging_s}
    return {"figure": f"first run on {first.n_labels} labels", "seconds": first.seconds, **times, "flagged": first.n_flagged}
