"""Networks and half-finished trainings on disk: written whole or not at all, read without unpickling objects."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.lancor.alignment import AlignmentNetwork
from training.lancor.config import TrainingConfig

FORM = "repick-checkpoint-1"


class UnreadableCheckpoint(ValueError):
    """The file is no checkpoint of this product, or a damaged one."""


@dataclass(frozen=True)
class FittedNetwork:
    """A trained network in evaluation mode, with what it was trained by."""

    network: AlignmentNetwork
    config: TrainingConfig
    seed: int


def write_whole(path: Path, content: dict[str, Any]) -> None:
    """Saves to a neighbour and renames it, so that a process killed half-way leaves the older file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        torch.save({"form": FORM, **content}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read_whole(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Raises UnreadableCheckpoint for anything but what `write_whole` wrote; FileNotFoundError where there is nothing."""
    if not path.exists():
        raise FileNotFoundError(f"{path.name}: no such checkpoint.")
    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises a different type for each kind of damage
        raise UnreadableCheckpoint(f"{path.name}: cannot be read as a checkpoint. Train again, or take an undamaged copy.") from error
    if not isinstance(content, dict) or content.get("form") != FORM:
        raise UnreadableCheckpoint(f"{path.name}: not a Repick checkpoint ({FORM}).")
    return content


def sha256_of(path: Path) -> str:
    """Hexadecimal digest of the file, which a run records and a flag cites."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_network(fitted: FittedNetwork, path: Path) -> str:
    """Writes weights, configuration and seed, and returns the file's sha256."""
    weights = {name: value.cpu() for name, value in fitted.network.state_dict().items()}
    write_whole(path, {"kind": "network", "weights": weights, "config": json.dumps(fitted.config.to_dict()), "seed": fitted.seed})
    return sha256_of(path)


def load_network(path: Path, device: str = "cpu") -> FittedNetwork:
    """The network that `save_network` wrote, in evaluation mode on the device. Raises UnreadableCheckpoint."""
    content = read_whole(path, device)
    if content.get("kind") != "network":
        raise UnreadableCheckpoint(f"{path.name}: a half-finished training, not a network. Let the run finish.")
    config = TrainingConfig.from_dict(json.loads(content["config"]))
    network = AlignmentNetwork(config)
    try:
        network.load_state_dict(content["weights"])
    except RuntimeError as error:
        raise UnreadableCheckpoint(f"{path.name}: its weights do not fit its own configuration ({config.network}).") from error
    return FittedNetwork(network.to(device).eval(), config, int(content["seed"]))


def copied_state(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The module's weights as they are now, not as they will be after the next step."""
    return copy.deepcopy(module.state_dict())
