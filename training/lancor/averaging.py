"""Weights averaged over the last steps: steadier than the last step's own, at no cost in epochs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.lancor.checkpoint import copied_state


class AveragedWeights:
    """Exponential average over about `steps` steps, shorter at the start, when the weights are still far off."""

    def __init__(self, network: nn.Module, steps: int) -> None:
        self.state: dict[str, Tensor] = copied_state(network)
        # Views of the weights themselves, which every step changes in place; asking for them anew would cost 3 % of a step.
        self.weights = network.state_dict()
        self.steps = steps
        self.n_steps = 0

    @torch.no_grad()
    def update(self) -> None:
        self.n_steps += 1
        share = max(1.0 / self.steps, 1.0 / (1.0 + 0.1 * self.n_steps))
        values = self.weights
        floating = [name for name, value in values.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.state[name] for name in floating], [values[name] for name in floating], share)
        for name in values.keys() - set(floating):
            self.state[name].copy_(values[name])
