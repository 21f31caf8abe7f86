"""One network trained by several processes, as torchrun starts them: each takes its share of every batch, and all take the same step.

PyTorch's own DistributedDataParallel divides gradients by the number of processes, whatever their shares weigh, and its synchronised
batch norm runs on GPUs only. What is here gives what one process would give, and the same code runs on CPUs (gloo) and GPUs (nccl).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed, nn

from training.lancor.windows import Batch

SILENCE = timedelta(minutes=5)  # longer than any process is alone, with a checkpoint or a validation


@contextmanager
def joined(device_type: str) -> Iterator[torch.device]:
    """Joins the processes that torchrun has started beside this one; gives the device of this one. device_type: cpu or cuda.

    A process that waits for another for longer than SILENCE ends with an error.
    """
    device = torch.device("cpu")
    if device_type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device_type == "cuda" else "gloo", timeout=SILENCE)
    try:
        yield device
    finally:
        distributed.destroy_process_group()


@dataclass(frozen=True)
class Team:
    """The processes that train one network together. rank: this one's number, from 0 to size − 1; number 0 alone writes and reports."""

    rank: int
    size: int

    @classmethod
    def present(cls) -> Team:
        """A team of one, unless torch.distributed was initialised."""
        if not distributed.is_available() or not distributed.is_initialized():
            return cls(0, 1)
        return cls(distributed.get_rank(), distributed.get_world_size())

    @property
    def leads(self) -> bool:
        return self.rank == 0

    @property
    def alone(self) -> bool:
        return self.size == 1

    def share_norms(self, network: nn.Module) -> None:
        """Lets the batch norms of the network, in place, take the statistics of whole batches. Names and weights stay."""
        if self.alone:
            return
        for module in list(network.modules()):
            for name, child in list(module.named_children()):
                if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
                    setattr(module, name, SharedBatchNorm(child, self))

    def part_of(self, batch: Batch) -> Batch:
        """This process's windows of a batch that every process has drawn. Raises ValueError where there are too few for all."""
        n_windows = len(batch.waveform)
        if n_windows < self.size:
            raise ValueError(f"batch_size: {n_windows} windows cannot be shared by {self.size} processes. Start fewer processes.")
        first, last = (n_windows * rank // self.size for rank in (self.rank, self.rank + 1))
        return Batch(**{name: array[first:last] for name, array in vars(batch).items()})

    @torch.no_grad()
    def sum_gradients(self, network: nn.Module) -> None:
        """Replaces each gradient by its sum over the processes, the same on all, bit for bit."""
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        whole = torch.cat([gradient.flatten() for gradient in gradients])  # one message instead of a hundred
        distributed.all_reduce(whole)
        parts = torch.split(whole, [gradient.numel() for gradient in gradients])
        torch._foreach_copy_(gradients, [part.view_as(gradient) for part, gradient in zip(parts, gradients, strict=True)])

    def summed(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        """Scalars, each summed over the processes."""
        if self.alone:
            return values
        whole = torch.stack(list(values.values()))
        distributed.all_reduce(whole)
        return dict(zip(values, whole, strict=True))

    def told_by_leader(self, answer: bool, device: torch.device) -> bool:
        """The answer of number 0, on all processes."""
        if self.alone:
            return answer
        told = torch.tensor(int(answer), device=device)
        distributed.broadcast(told, src=0)
        return bool(told)


class _Summed(torch.autograd.Function):
    """The sum over the processes; the gradient of a sum is each one's gradient of it, summed likewise."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        values = values.clone()
        distributed.all_reduce(values)
        return values

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        gradient = gradient.contiguous().clone()
        distributed.all_reduce(gradient)
        return gradient


class SharedBatchNorm(nn.Module):
    """A batch norm whose mean and variance are those of the windows of all processes; running ones are therefore alike everywhere.

    Averaging the running ones alone would be cheaper, but a batch of 16 over 4 processes would then be normalised by 4 windows each, and
    the result would depend on how many processes there are.
    """

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, team: Team) -> None:
        super().__init__()
        self.team = team
        self.eps, self.momentum = norm.eps, norm.momentum or 0.0
        self.weight, self.bias = norm.weight, norm.bias
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, getattr(norm, name))

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, …) → the same shape and type; statistics are float32."""
        axes = [0, *range(2, features.dim())]
        if not self.training:
            return nn.functional.batch_norm(features, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        variance, mean = torch.var_mean(features.float(), dim=axes, correction=0)
        n_values = torch.full_like(mean, features.numel() / features.shape[1])
        # Each fills in its own row: of sums over all, the small difference of two large ones would be left as the variance.
        own = torch.zeros(self.team.size, 1, 1, device=mean.device)
        own[self.team.rank] = 1.0
        every: Tensor = _Summed.apply(own * torch.stack([mean, variance, n_values]))  # type: ignore[no-untyped-call]
        means, variances, counts = every.unbind(1)  # (processes, C) each
        share = counts / counts.sum(dim=0)
        mean = (share * means).sum(dim=0)
        variance = (share * (variances + (means - mean).square())).sum(dim=0)
        self._follow(mean.detach(), variance.detach(), counts.sum(dim=0))
        scale = self.weight * (variance + self.eps).rsqrt()
        shape = [1, -1] + [1] * (features.dim() - 2)
        normed: Tensor = features * scale.view(shape) + (self.bias - mean * scale).view(shape)
        return normed.to(features.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor, n_values: Tensor) -> None:
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * n_values / (n_values - 1), self.momentum)
        self.num_batches_tracked += 1
