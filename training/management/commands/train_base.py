"""python manage.py train_base — trains the base checkpoint that runs start from, on synthetic seismograms alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from labeling.management.command_line import wrong
from training.jobs.train_fold import device_name
from training.lancor.checkpoint import save_network
from training.lancor.config import NETWORK_NAMES, TrainingConfig
from training.lancor.first_weights import base_path
from training.management.settings_given import settings_given
from training.pretraining.synthetic_set import make_synthetic_set
from training.pretraining.train_base import train_base
from training.services.runs import code_version

SETTINGS = {"start_from": "scratch", "epochs": 20, "learning_rate": 3e-3, "batch_size": 32, "add_noise_share": 0.5, "averaging_steps": 200}


class Command(BaseCommand):
    help = "Trains the base checkpoint on the product's own synthetic seismograms, and writes it with its card."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--network", choices=NETWORK_NAMES, default=NETWORK_NAMES[0])
        parser.add_argument("--regions", type=int, default=40, help="invented regions of about 500 traces; a tenth is held out")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], help="settings of the training")
        parser.add_argument("--out", metavar="FILE", type=Path, help="where to write it, instead of in the product's place")

    def handle(self, *_: Any, network: str, regions: int, seed: int, out: Path | None, **options: Any) -> None:
        if regions < 2:
            raise wrong(f"--regions {regions}: give 2 or more; one is held out.")
        try:
            config = TrainingConfig.from_dict({**SETTINGS, **settings_given(options["set"]), "network": network})
        except ValueError as problem:
            raise wrong(str(problem)) from None
        torch.set_num_threads(min(settings.TORCH_THREADS, os.cpu_count() or 1))
        path = out or base_path(network)
        dataset, region = make_synthetic_set(regions, seed, config, self.stdout.write)
        trained = train_base(dataset, region, config, seed, device_name(), settings.DATA_DIR, self.stdout.write)
        sha256 = save_network(trained.fitted, path)
        card = {
            "command": f"manage.py train_base --network {network} --regions {regions} --seed {seed}"
            + "".join(f" --set {pair}" for pair in options["set"]),
            "code_version": code_version(),
            "torch": torch.__version__,
            "sha256": sha256,
            "size_bytes": path.stat().st_size,
            "trained_on": {"regions": trained.n_regions, "segments": trained.n_segments, "labels": trained.n_labels},
            "held_out": trained.figures,
            "configuration": config.to_dict(),
        }
        path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        self.stdout.write(json.dumps({name: card[name] for name in ("trained_on", "held_out", "size_bytes", "sha256")}))
        self.stdout.write(f"Written to {path} and {path.with_suffix('.json')}")
