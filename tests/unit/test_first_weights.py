"""Starting from the base checkpoint, and from scratch."""

from __future__ import annotations

import json

import pytest
import torch

from training.lancor.config import APPROACHES, NETWORK_NAMES, TrainingConfig
from training.lancor.first_weights import base_network, base_path, base_sha256, first_network

MOST_BYTES = 4 * 1024 * 1024


@pytest.mark.parametrize("network", NETWORK_NAMES)
def test_each_network_has_a_base_checkpoint_with_its_card(network: str) -> None:
    card = json.loads(base_path(network).with_suffix(".json").read_text(encoding="utf-8"))
    assert base_path(network).stat().st_size <= MOST_BYTES
    assert card["sha256"] == base_sha256(network)
    assert base_network(network).config == TrainingConfig.from_dict(card["configuration"])


@pytest.mark.parametrize("objective", ["lancor", "lancor_published", "plain"])
def test_starts_from_the_base_what_the_base_holds(objective: str) -> None:
    config = TrainingConfig(objective=objective)
    started, base = first_network(config, 3).state_dict(), base_network("phasenet").network.state_dict()
    picker = [name for name in started if name.startswith("picker.")]
    assert picker and all(torch.equal(started[name], base[name]) for name in picker)


def test_what_the_base_does_not_hold_depends_on_the_seed() -> None:
    config = TrainingConfig(objective="lancor_published")
    one, same, other = (first_network(config, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_the_base_itself_is_never_trained() -> None:
    network = first_network(TrainingConfig(), 0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1.0)
    assert not torch.equal(network.picker.pick.weight, base_network("phasenet").network.picker.pick.weight)
    assert torch.equal(first_network(TrainingConfig(), 0).picker.pick.weight, base_network("phasenet").network.picker.pick.weight)


def test_each_approach_has_epochs_and_a_rate_of_its_own() -> None:
    for name, own in APPROACHES.items():
        config = TrainingConfig.from_dict({"start_from": name})
        assert {key: getattr(config, key) for key in own} == own
    assert TrainingConfig.from_dict({"start_from": "scratch", "epochs": "7"}).epochs == 7
    assert TrainingConfig.from_dict({}) == TrainingConfig()
    with pytest.raises(ValueError, match="start_from: 'sratch' is not known. Choose one of base, scratch"):
        TrainingConfig.from_dict({"start_from": "sratch"})
