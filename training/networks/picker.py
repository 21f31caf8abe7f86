"""What LaNCoR asks of a picking network, and how one is built by name."""

from __future__ import annotations

from training.networks.phasenet import PhaseNet
from training.networks.seist import SeisT

PickingNetwork = PhaseNet | SeisT

NETWORKS: dict[str, type[PhaseNet] | type[SeisT]] = {"phasenet": PhaseNet, "seist": SeisT}


def build_network(name: str) -> PickingNetwork:
    """A freshly initialised network. Raises ValueError for an unknown name, with the known ones."""
    if name not in NETWORKS:
        raise ValueError(f"network: {name!r} is not known. Choose one of {', '.join(NETWORKS)}.")
    return NETWORKS[name]()


def count_parameters(network: PickingNetwork) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
