"""Precision and repeatability: nothing changes on a CPU, and nothing stays changed anywhere."""

from __future__ import annotations

import torch
from torch.backends import cudnn

from training.lancor.numerics import mixed_precision, repeatable

CPU = torch.device("cpu")


def test_a_cpu_computes_in_float32() -> None:
    layer = torch.nn.Conv1d(1, 1, 3)
    with mixed_precision(CPU):
        assert not torch.is_autocast_enabled("cpu") and not torch.is_autocast_enabled("cuda")
        assert layer(torch.zeros(1, 1, 8)).dtype == torch.float32


def test_repeatable_convolutions_are_asked_for_while_a_network_trains_and_no_longer() -> None:
    before = cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32
    with repeatable(CPU):
        assert not cudnn.deterministic
    with repeatable(torch.device("cuda")):
        assert cudnn.deterministic and not cudnn.benchmark
    assert (cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32) == before
