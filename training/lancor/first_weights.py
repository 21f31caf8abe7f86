"""The weights that a training begins with: random ones, or those of the base checkpoint that the product ships."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from training.lancor.alignment import AlignmentNetwork, seeded_network
from training.lancor.checkpoint import FittedNetwork, load_network, sha256_of
from training.lancor.config import TrainingConfig

BASE_FOLDER = Path(__file__).resolve().parents[1] / "base"


def base_path(network: str) -> Path:
    """Where the base checkpoint of a network lies, by its name."""
    return BASE_FOLDER / f"{network}.pt"


@cache
def base_network(network: str) -> FittedNetwork:
    """The base checkpoint of a network, in evaluation mode on the CPU; one copy a process, not to be changed."""
    return load_network(base_path(network))


@cache
def base_sha256(network: str) -> str:
    return sha256_of(base_path(network))


def first_network(config: TrainingConfig, seed: int) -> AlignmentNetwork:
    """A network to train. What the base checkpoint does not hold, such as the published terms' heads, is random and depends on the seed."""
    network = seeded_network(config, seed)
    if config.start_from == "base":
        own = network.state_dict()
        base = base_network(config.network).network.state_dict()
        network.load_state_dict(
            {name: base[name] if name in base and base[name].shape == value.shape else value for name, value in own.items()}
        )
    return network
