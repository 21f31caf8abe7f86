"""benchmark picking PATH … — how well networks pick that were trained on noisy labels, on corrected ones and on the true ones."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from labeling.management.command_line import refused
from training.benchmark.code_digest import code_digest
from training.benchmark.picking import (
    METHODS,
    NOISY,
    TEST_SHARE,
    TRUE,
    Split,
    corrected_out_of_fold,
    made_noisy,
    split_by_component,
    train_and_pick,
)
from training.benchmark.picking_figures import (
    HeldOutPicks,
    component_sums,
    figures_of,
    gap_closed,
    gap_closed_interval,
    relative_gains,
)
from training.benchmark.planted import MIXED, Recipe
from training.benchmark.tables import json_table, markdown_table
from training.flagging.config import FlaggingConfig
from training.jobs.train_fold import device_name
from training.lancor.config import APPROACHES, NETWORK_NAMES, TrainingConfig
from training.lancor.dataset import LabelledSet
from training.lancor.first_weights import base_sha256
from training.lancor.fit import EpochReport
from training.management.benchmark_data import add_data_arguments, labelled_traces, say_what_is_read, training_config

GAP_FIGURES = ("mae_all_s", "f1_0.1_s")
NOTES = (
    "Held-out components with the labels of the set taken for true. mae_all_s counts every label: the residual of the highest point of "
    "its phase within the search range; a label where the decoder says nothing counts as the whole range. Matched: within 0.5 s. F1: "
    "picks are peaks of 0.3 or more, 0.5 s apart; each label takes one pick at most, and the others count as false.",
    "gap closed: of the way from plain training on noisy labels to plain training on the true ones, with its 95 % interval over "
    "components; where that gap is small, the share says little. gain: per cent better than plain training on the same noisy labels.",
    "corrected: every proposal on a flagged label accepted, the rest weighted by 1 − P(gross error); flagged out of fold within the "
    "noisy training set.",
)


def add_parser(parts: Any) -> None:
    """parts: the sub-parsers of `benchmark`."""
    picking = parts.add_parser("picking", help="picking on held-out events after training on noisy, corrected and true labels")
    add_data_arguments(picking)
    picking.add_argument("--rates", nargs="+", type=float, default=[0.2, 0.4], help="shares of the training labels made wrong")
    picking.add_argument("--networks", nargs="+", choices=NETWORK_NAMES, default=list(NETWORK_NAMES))
    picking.add_argument("--approaches", nargs="+", choices=APPROACHES, default=list(APPROACHES))
    picking.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="one split, planting and training each")
    picking.add_argument("--test-share", type=float, default=TEST_SHARE, help="share of the traces held out, whole components")
    picking.add_argument(
        "--out", metavar="FOLDER", type=Path, default=settings.DATA_DIR / "benchmark", help="tables, and finished cells to go on from"
    )


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    traces = labelled_traces(options["paths"], options["only"])
    configs = {
        (network, approach): training_config(options["set"], traces.rates_hz, network=network, start_from=approach)
        for network in options["networks"]
        for approach in options["approaches"]
    }
    files = traces.cut(next(iter(configs.values())))
    write(say_what_is_read(files, device_name()))
    rows, cells = [], []
    try:
        splits = {seed: split_by_component(files.dataset, files.group, options["test_share"], seed) for seed in options["seeds"]}
        recipes = [Recipe(rate, MIXED) for rate in options["rates"]]
        for (network, approach), recipe in product(configs, recipes):
            by_method: dict[str, list[HeldOutPicks]] = {name: [] for name in METHODS}
            for seed, split in splits.items():
                column = _Column(configs[network, approach], recipe, split, seed, options["out"] / "picking", write)
                for method in METHODS:
                    by_method[method].append(column.cell(method))
            named = {"network": network, "approach": approach, "rate": recipe.rate}
            rows += [{**named, **row} for row in _rows(by_method)]
            cells += [
                {**named, "method": method, "seed": seed, **figures_of(component_sums(picks))}
                for method, results in by_method.items()
                for seed, picks in zip(splits, results, strict=True)
            ]
    except ValueError as problem:
        raise refused(str(problem)) from None
    folder: Path = options["out"]
    table = markdown_table(rows, NOTES)
    (folder / "picking.md").write_text(table, encoding="utf-8")
    (folder / "picking.json").write_text(
        json_table(rows, NOTES, settings=[config.to_dict() for config in configs.values()], runs=cells), encoding="utf-8"
    )
    write(table)
    write(f"Written to {folder / 'picking.md'} and {folder / 'picking.json'}")


class _Column:
    """All methods on one network, approach, recipe and seed. What is finished is read back from its file."""

    def __init__(
        self, config: TrainingConfig, recipe: Recipe, split: Split, seed: int, folder: Path, write: Callable[[str], object]
    ) -> None:
        self.config, self.recipe, self.split, self.seed, self.folder, self.write = config, recipe, split, seed, folder, write

    def cell(self, method: str) -> HeldOutPicks:
        objective, shown = METHODS[method]
        config = dataclasses.replace(self.config, objective=objective)
        name = self._name(method, config, shown)
        path = self.folder / f"{name}.json"
        if path.exists():
            return HeldOutPicks.from_dict(json.loads(path.read_text(encoding="utf-8")))
        work_folder = self.folder / "checkpoints" / name
        picks = train_and_pick(
            self._labels(shown),
            self.split.held_out,
            config,
            seed=self.seed,
            device=device_name(),
            work_folder=work_folder,
            on_epoch=self._on_epoch(name),
        )
        _write_whole(path, json.dumps(picks.to_dict()))
        return picks

    def _labels(self, shown: str) -> LabelledSet:
        true = self.split.training
        if shown == "true":
            return true
        noisy = made_noisy(true, self.split.group, self.recipe, self.seed)
        return noisy if shown == "noisy" else self._corrected(noisy)

    def _corrected(self, noisy: LabelledSet) -> LabelledSet:
        config = dataclasses.replace(self.config, objective="lancor")
        name = self._name("flagged", config, "noisy")
        path = self.folder / f"{name}.npz"
        if not path.exists():
            corrected = corrected_out_of_fold(
                noisy,
                self.split.group,
                config,
                FlaggingConfig(),
                seed=self.seed,
                device=device_name(),
                work_folder=self.folder / "checkpoints" / name,
                on_epoch=self._on_epoch(name),
            )
            unfinished = path.with_suffix(".tmp.npz")
            np.savez(unfinished, **{field: getattr(corrected, field) for field in LABEL_FIELDS})
            unfinished.replace(path)
        with np.load(path, allow_pickle=False) as labels:
            return dataclasses.replace(noisy, **{field: labels[field] for field in LABEL_FIELDS})

    def _name(self, what: str, config: TrainingConfig, shown: str) -> str:
        """Says what it is, and carries a fingerprint of all that it depends on: the true labels are the same at every rate."""
        recipe = None if shown == "true" else self.recipe
        flagging = FlaggingConfig() if what == "flagged" or shown == "corrected" else None
        base = base_sha256(config.network) if config.start_from == "base" else ""
        digest = hashlib.sha256(repr((recipe, config, base, flagging, self.seed, code_digest())).encode())
        for part in (self.split.training, self.split.held_out):
            for array in (
                part.label_sample,
                part.label_phase,
                part.label_segment,
                part.component,
                part.live,
                part.real_samples,
                part.segments,
            ):
                digest.update(np.ascontiguousarray(array).data)
        digest.update(np.ascontiguousarray(self.split.group).data)
        rate = "" if recipe is None else f"-{recipe.rate:g}"
        words = what.replace(", ", "-").replace(" ", "-")
        return f"{config.network}-{config.start_from}{rate}-{self.seed}-{words}-{digest.hexdigest()[:8]}"

    def _on_epoch(self, name: str) -> Callable[[int, EpochReport], bool]:
        def on_epoch(number: int, report: EpochReport) -> bool:
            if report.is_last:
                self.write(f"{name}: network {number + 1} trained")
            return True

        return on_epoch


LABEL_FIELDS = ("label_segment", "label_phase", "label_sample", "label_weight")


def _write_whole(path: Path, text: str) -> None:
    """A command that is killed half-way leaves no half of a cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".tmp").write_text(text, encoding="utf-8")
    path.with_suffix(".tmp").replace(path)


def _rows(by_method: dict[str, list[HeldOutPicks]]) -> Sequence[dict[str, Any]]:
    """One row a method, its seeds pooled."""
    sums = {method: np.concatenate([component_sums(picks) for picks in results]) for method, results in by_method.items()}
    component = np.concatenate([picks.component for picks in by_method[NOISY]])
    figures = {method: figures_of(total) for method, total in sums.items()}
    rows = []
    for method, results in by_method.items():
        residual_s = np.concatenate([picks.residual_s for picks in results])
        row: dict[str, Any] = {"method": method, "seeds": len(results), "labels": len(residual_s), **figures[method]}
        row["median_residual_s"] = float(np.nanmedian(residual_s))
        for figure in GAP_FIGURES if method not in (NOISY, TRUE) else ():
            row[f"gap closed, {figure}"] = gap_closed(figure, sums[NOISY], sums[TRUE], sums[method])
            row[f"gap closed, {figure}, 95 %"] = gap_closed_interval(figure, sums[NOISY], sums[TRUE], sums[method], component, seed=0)
        if method != NOISY:
            row |= {f"gain, {name}, %": gain for name, gain in relative_gains(figures[NOISY], figures[method]).items()}
        rows.append(row)
    return rows
